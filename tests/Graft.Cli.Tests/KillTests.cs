using System.Diagnostics;

namespace Graft.Cli.Tests;

/// <summary>The tool killed at any moment: nothing half-written under a final name, and the next run works.</summary>
public sealed class KillTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task Train()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "m.graft");
        foreach (int milliseconds in new[] { 150, 300, 450, 600, 900 })
        {
            await StartAndKill(milliseconds, "train", images.Folder, "--mode", "readout", "--resolution", "64", "--out", output);
            if (File.Exists(output)) Assert.Equal(0, (await Tool.Run("inspect", output)).ExitCode);
        }

        Assert.Equal(0, (await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--out", output)).ExitCode);
        Assert.Equal(0, (await Tool.Run("evaluate", output, images.Folder)).ExitCode);
    }

    [Fact]
    public async Task Sample()
    {
        string folder = Path.Combine(images.NewFolder(), "drawn");
        foreach (int milliseconds in new[] { 200, 400, 600 })
        {
            await StartAndKill(milliseconds, "sample", "flowers", "--out", folder, "--images", "200");
            if (!Directory.Exists(folder)) continue;
            foreach (string image in Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories))
            {
                ReadOnlySpan<byte> bytes = File.ReadAllBytes(image);
                Assert.True(bytes.StartsWith([(byte)0xFF, (byte)0xD8]) && bytes.EndsWith([(byte)0xFF, (byte)0xD9]), image);
            }
        }

        Assert.Equal(0, (await Tool.Run("sample", "flowers", "--out", folder, "--images", "2", "--held-out", "1", "--size", "48")).ExitCode);
    }

    [Fact]
    public async Task Export()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "m.onnx"), back = Path.Combine(folder, "back.graft");
        foreach (int milliseconds in new[] { 150, 250, 350, 450 })
        {
            await StartAndKill(milliseconds, "export", "mobilenetv2_100", "--out", output);
            if (File.Exists(output)) Assert.Equal(0, (await Tool.Run("import", output, "--out", back)).ExitCode);
        }

        Assert.Equal(0, (await Tool.Run("export", "mobilenetv2_100", "--out", output)).ExitCode);
        Assert.Equal(0, (await Tool.Run("import", output, "--out", back)).ExitCode);
    }

    private static async Task StartAndKill(int milliseconds, params string[] arguments)
    {
        using Process process = Tool.Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(output, error);
    }
}
