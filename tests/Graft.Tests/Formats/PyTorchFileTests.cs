using Graft.Formats;
using Graft.Formats.PyTorch;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public class PyTorchFileTests
{
    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    public void ReadsEveryKindOfTensor(string name)
    {
        TensorFile file = PyTorchFile.Read(Fixture.Path("Formats", name));
        Assert.Equal(["single", "half", "brain", "double", "count", "truth", "shared_a", "shared_b", "transposed", "last", "empty", "parameter"], file.Tensors.Keys);
        Check("single", [2, 2], [1, -2, 3.5f, 4.25f]);
        Check("half", [2], [0.5f, -1.5f]);
        Check("brain", [3], [1, -2.5f, 3]);
        Check("double", [1], [1e-3f]);
        Check("count", [], [7]);
        Check("truth", [2], [1, 0]);
        Check("shared_a", [4], [4 / 8f, 5 / 8f, 6 / 8f, 7 / 8f]);
        Check("shared_b", [2, 3], [8 / 8f, 9 / 8f, 10 / 8f, 14 / 8f, 15 / 8f, 16 / 8f]);

        // [2, 3, 4] seen as [4, 2, 3].
        Check("transposed", [4, 2, 3], [.. from k in Enumerable.Range(0, 4) from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) select ((i * 12) + (j * 4) + k) / 8f]);
        Check("last", [1, 2, 2, 4], [.. Enumerable.Range(0, 16).Select(i => (float)i)]);
        Check("empty", [0, 3], []);
        Check("parameter", [2], [9, 8]);

        void Check(string key, Shape shape, float[] values)
        {
            Assert.Equal(shape, file.Tensors[key].Shape);
            Assert.Equal(values, file.Tensors[key].Span.ToArray());
        }
    }

    [Fact]
    public void FindsTheStateDictionaryOfATrainingProgram()
    {
        TensorFile file = PyTorchFile.Read(Fixture.Path("Formats", "training.pth"));
        Assert.Equal(["weight", "bias"], file.Tensors.Keys);
        Assert.Equal([1, 2, 3, 4], file.Tensors["weight"].Span.ToArray());
        Assert.Equal([5, 6], file.Tensors["bias"].Span.ToArray());
    }

    [Fact]
    public void NeverCallsWhatAPickleNames()
    {
        WeightFileException e = Assert.Throws<WeightFileException>(() => PyTorchFile.Read(File.ReadAllBytes(Fixture.Path("Formats", "module.pth")), "x"));
        Assert.Equal("x, byte 38: the file wants to call 'torch.nn.modules.linear.Linear', which is not done: only tensors in dictionaries are read. Save with torch.save(model.state_dict(), path).", e.Message);
    }

    [Fact]
    public void NamesTheCallThatItRefuses()
    {
        // What `os.system("true")` looks like in a pickle.
        byte[] pickle = [0x80, 2, .. "cposix\nsystem\n"u8, (byte)'X', 4, 0, 0, 0, .. "true"u8, 0x85, (byte)'R', (byte)'.'];
        WeightFileException e = Assert.Throws<WeightFileException>(() => new Unpickler("x", pickle, 0).Read());
        Assert.Equal("x, byte 27: the file wants to call 'posix.system', which is not done: only tensors in dictionaries are read. Save with torch.save(model.state_dict(), path).", e.Message);
    }

    [Fact]
    public void RefusesACutFile()
    {
        byte[] bytes = File.ReadAllBytes(Fixture.Path("Formats", "legacy.pth"));
        WeightFileException e = Assert.Throws<WeightFileException>(() => PyTorchFile.Read(bytes[..^4], "x"));
        Assert.Contains("does not fit into the file: it is cut off.", e.Message);
    }
}
