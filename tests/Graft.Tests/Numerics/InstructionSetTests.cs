using System.Diagnostics;

namespace Graft.Tests.Numerics;

/// <summary>Runs the tests of the products and factorizations again in child processes with fewer instruction sets.</summary>
public class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Linear_algebra_is_right_without(string setting)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Graft.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program, ["-class", typeof(MatrixTests).FullName!, "-class", typeof(FactorizationTests).FullName!, "-class", typeof(PackedColumnsTests).FullName!, "-class", typeof(RowProductsTests).FullName!, "-method-", "*any_number_of_threads"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[setting] = "0";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Matches(@"Total: [1-9]\d, Errors: 0, Failed: 0", output);
    }
}
