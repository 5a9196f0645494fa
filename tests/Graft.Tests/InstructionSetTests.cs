using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Xml.Linq;

namespace Graft.Tests;

/// <summary>Runs the tests of kernels again in processes that have fewer vector instructions.</summary>
public class InstructionSetTests
{
    internal const string ExpectedWidth = "GRAFT_EXPECT_SIMD";

    /// <summary>The widest vectors in bits that this process computes with, 0 for none.</summary>
    internal static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    [InlineData("DOTNET_EnableHWIntrinsic", 0)]
    public async Task Kernels_pass_their_tests_without(string setting, int width)
    {
        // The settings are about x64; elsewhere the tests run again as they are.
        if (X86Base.IsSupported) width = Math.Min(width, Width);
        else width = Width;
        string host = Environment.ProcessPath!, results = Path.Combine(Path.GetTempPath(), $"graft-{Guid.NewGuid():N}.xml");
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(typeof(InstructionSetTests).Assembly.Location);
        foreach (string argument in (string[])["-trait", $"{Suites.Name}={Suites.Kernels}", "-result-xml", results, "-noColor"]) start.ArgumentList.Add(argument);
        start.Environment[setting] = "0";
        start.Environment[ExpectedWidth] = width.ToString(CultureInfo.InvariantCulture);

        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{await output}\n{await errors}");
            XElement assembly = XDocument.Load(results).Descendants("assembly").Single();
            Assert.True((int)assembly.Attribute("passed")! > 50, $"{assembly.Attribute("passed")} tests passed");
            Assert.Contains(assembly.Descendants("test"), test =>
                (string?)test.Attribute("method") == nameof(InstructionSetOfThisProcess.Is_the_expected_one) && (string?)test.Attribute("result") == "Pass");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            File.Delete(results);
        }
    }
}

[Trait(Suites.Name, Suites.Kernels)]
public class InstructionSetOfThisProcess
{
    [Fact]
    public void Is_the_expected_one()
    {
        string? expected = Environment.GetEnvironmentVariable(InstructionSetTests.ExpectedWidth);
        if (expected is null) return;
        Assert.Equal(int.Parse(expected, CultureInfo.InvariantCulture), InstructionSetTests.Width);
        if (InstructionSetTests.Width < 256) Assert.False(Fma.IsSupported);
    }
}
