using System.IO.Compression;

namespace Graft.Onnx.Tests.Reading;

/// <summary>
/// The ONNX project's own tests of operators (github.com/onnx/onnx, onnx/backend/test/data, Apache-2.0). Some are in Fixtures/node-tests.zip; GRAFT_ONNX_NODE_TESTS names a folder with all of them, which is looked through for folders that hold a model.onnx.
/// </summary>
public class NodeTests(ITestOutputHelper output)
{
    private const string Folder = "GRAFT_ONNX_NODE_TESTS";

    /// <summary>Every test that Graft passes stays passed.</summary>
    [Fact]
    public void TestsOfOperatorsThatAreReadPass()
    {
        using TemporaryFolder folder = new();
        ZipFile.ExtractToDirectory(Fixture.Path("Reading", "node-tests.zip"), folder.Path);
        string[] cases = Cases(folder.Path);
        Assert.True(cases.Length >= 90, $"There are {cases.Length} tests.");
        Assert.All(cases, path =>
        {
            (NodeOutcome outcome, string detail) = NodeCase.Read(path).Run();
            Assert.True(outcome == NodeOutcome.Passed, $"{outcome}: {detail}");
        });
    }

    /// <summary>Of all tests each is passed or refused by name; none computes something else. Every operator that is read, and has a test of a form that a network of images has, passes one.</summary>
    [Fact]
    public void NoTestIsWrong()
    {
        string? folder = Environment.GetEnvironmentVariable(Folder);
        Assert.SkipWhen(folder is null, $"{Folder} names no folder with the ONNX project's tests (a checkout of github.com/onnx/onnx of before August 2026: onnx/backend/test/data).");
        List<string> wrong = [];
        int passed = 0, refused = 0, noted = 0;
        foreach (string path in Cases(folder!))
        {
            NodeCase one = NodeCase.Read(path);
            (NodeOutcome outcome, string detail) = one.Run();
            output.WriteLine($"{outcome}\t{Path.GetRelativePath(folder!, path)}\t{one.Operators}\t{detail}");
            if (outcome == NodeOutcome.Wrong) wrong.Add(path);
            else if (outcome == NodeOutcome.Passed) passed++;
            else if (outcome == NodeOutcome.Noted) noted++;
            else refused++;
        }

        output.WriteLine($"{passed} passed, {refused} refused, {noted} of networks in training mode, {wrong.Count} wrong.");
        Assert.True(passed > 0, "None passed.");
        Assert.Empty(wrong);
    }

    private static string[] Cases(string folder) => [.. Directory.EnumerateFiles(folder, "model.onnx", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal)];
}
