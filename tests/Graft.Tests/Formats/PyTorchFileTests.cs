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
        Assert.Equal(["module.weight", "module.bias"], file.Tensors.Keys);
        Assert.Equal([1, 2, 3, 4], file.Tensors["module.weight"].Span.ToArray());
        Assert.Equal([5, 6], file.Tensors["module.bias"].Span.ToArray());
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
        byte[] bytes = FuzzTests.WithPickle(File.ReadAllBytes(Fixture.Path("Formats", "zip.pth")), pickle);
        WeightFileException e = Assert.Throws<WeightFileException>(() => PyTorchFile.Read(bytes, "x"));
        Assert.Equal("x, byte 27: the file wants to call 'posix.system', which is not done: only tensors in dictionaries are read. Save with torch.save(model.state_dict(), path).", e.Message);
    }

    [Fact]
    public void RefusesACutFile()
    {
        byte[] bytes = File.ReadAllBytes(Fixture.Path("Formats", "legacy.pth"));
        WeightFileException e = Assert.Throws<WeightFileException>(() => PyTorchFile.Read(bytes[..^4], "x"));
        Assert.EndsWith("it is cut off.", e.Message);
    }

    [Fact]
    public void APickleThatHoldsItselfEnds()
    {
        // x = []; x.extend([x] * 20000), as the dictionary of an old file.
        byte[] itself = [0x80, 2, (byte)'}', (byte)'U', 1, (byte)'a', (byte)']', (byte)'q', 0, (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', 0], 20000).SelectMany(b => b), (byte)'e', (byte)'s', (byte)'.'];
        byte[] legacy = File.ReadAllBytes(Fixture.Path("Formats", "legacy.pth"));
        int start = legacy.AsSpan().IndexOf("little_endian"u8);
        start += legacy.AsSpan(start).IndexOf("u."u8) + 2;
        byte[] bytes = [.. legacy[..start], .. itself, 0x80, 2, (byte)']', (byte)'.'];
        Assert.Equal(
            "x: it holds no dictionary of named tensors. Save with torch.save(model.state_dict(), path).",
            Assert.Throws<WeightFileException>(() => PyTorchFile.Read(bytes, "x")).Message);
    }

    [Fact]
    public void TensorsThatUnfoldAreRefused()
    {
        // One storage of 4 numbers seen as [1000, 1000, 4] with strides of 0.
        byte[] size = [(byte)'M', 0xe8, 3, (byte)'M', 0xe8, 3, (byte)'K', 4, 0x87, (byte)'K', 0, (byte)'K', 0, (byte)'K', 1, 0x87];
        byte[] pickle =
        [
            0x80, 2, (byte)'}', (byte)'U', 1, (byte)'a', .. "ctorch._utils\n_rebuild_tensor_v2\n("u8, .. "(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0004tQ"u8,
            (byte)'K', 0, .. size, 0x89, (byte)'N', (byte)'t', (byte)'R', (byte)'s', (byte)'.',
        ];
        byte[] bytes = FuzzTests.WithPickle(File.ReadAllBytes(Fixture.Path("Formats", "zip.pth")), pickle);
        Assert.Equal(
            "x: its tensors repeat their storages so often that they are larger than the file; the tensor 'a' is one. Call .contiguous() before saving.",
            Assert.Throws<WeightFileException>(() => PyTorchFile.Read(bytes, "x")).Message);
    }
}
