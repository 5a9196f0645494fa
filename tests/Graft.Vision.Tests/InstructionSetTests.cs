using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Xml.Linq;
using Graft.Vision.Tests.Augmentation;

namespace Graft.Vision.Tests;

/// <summary>Runs the tests of resizing, packing and colours again in processes that have fewer vector instructions.</summary>
public class InstructionSetTests
{
    internal const string ExpectedWidth = "GRAFT_VISION_EXPECT_SIMD";

    // The code here uses no vectors wider than 256 bits.
    internal static int Width => Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    [Theory]
    [InlineData("DOTNET_EnableAVX2", 128)]
    [InlineData("DOTNET_EnableHWIntrinsic", 0)]
    public async Task PicturesHaveTheSameBitsWithout(string setting, int width)
    {
        // The settings are about x64; elsewhere the tests run again as they are.
        width = X86Base.IsSupported ? Math.Min(width, Width) : Width;
        string host = Environment.ProcessPath!;
        using var folder = new TemporaryFolder();
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(typeof(InstructionSetTests).Assembly.Location);
        foreach (Type tests in new[] { typeof(InstructionSetOfThisProcessTests), typeof(ResizerTests), typeof(ImagePreprocessorTests), typeof(ImageDecoderTests), typeof(OperationTests) })
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }

        foreach (string argument in (string[])["-result-xml", folder["results.xml"], "-noColor"]) start.ArgumentList.Add(argument);
        start.Environment[setting] = "0";
        start.Environment[ExpectedWidth] = width.ToString(CultureInfo.InvariantCulture);

        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{await output}\n{await errors}");
            XElement assembly = XDocument.Load(folder["results.xml"]).Descendants("assembly").Single();
            Assert.True((int)assembly.Attribute("passed")! > 50, $"{assembly.Attribute("passed")} tests passed");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}

public class InstructionSetOfThisProcessTests
{
    [Fact]
    public void IsTheExpectedOne()
    {
        string? expected = Environment.GetEnvironmentVariable(InstructionSetTests.ExpectedWidth);
        Assert.SkipWhen(expected is null, "Only for processes that another test starts.");
        Assert.Equal(int.Parse(expected, CultureInfo.InvariantCulture), InstructionSetTests.Width);
    }
}
