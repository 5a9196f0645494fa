using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Xml.Linq;

namespace Graft.Testing;

/// <summary>Runs the tests of an assembly's kernels (<see cref="Suites.Kernels"/>) again in processes that have fewer vector instructions.</summary>
public abstract class InstructionSetTests
{
    private const string ExpectedWidth = "GRAFT_EXPECT_SIMD";

    /// <summary>The widest vectors in bits that this process computes with, 0 for none.</summary>
    private static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    [Theory]
    [InlineData("GRAFT_ASSEMBLED", 512)]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    [InlineData("DOTNET_EnableHWIntrinsic", 0)]
    public async Task KernelsPassTheirTestsWithout(string setting, int width)
    {
        // The settings are about x64; elsewhere the tests run again as they are.
        width = X86Base.IsSupported ? Math.Min(width, Width) : Width;
        string host = Environment.ProcessPath!;
        using TemporaryFolder folder = new();
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(GetType().Assembly.Location);
        foreach (string argument in (string[])["-trait", $"{Suites.Name}={Suites.Kernels}", "-result-xml", folder["results.xml"], "-noColor"]) start.ArgumentList.Add(argument);
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
            Assert.Contains(assembly.Descendants("test"), test =>
                (string?)test.Attribute("method") == nameof(AProcessThatAnotherTestStartsHasTheExpectedInstructions) && (string?)test.Attribute("result") == "Pass");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    [Trait(Suites.Name, Suites.Kernels)]
    public void AProcessThatAnotherTestStartsHasTheExpectedInstructions()
    {
        string? expected = Environment.GetEnvironmentVariable(ExpectedWidth);
        Assert.SkipWhen(expected is null, "Only for processes that another test starts.");
        Assert.Equal(int.Parse(expected, CultureInfo.InvariantCulture), Width);
        if (Width < 256) Assert.False(Fma.IsSupported);
    }
}
