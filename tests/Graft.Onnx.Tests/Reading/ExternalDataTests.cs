using Google.Protobuf;
using Graft.Onnx.Protos;
using static Graft.Onnx.Protos.TensorProto.Types;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Numbers in files beside the model: read where they lie in its folder, and refused anywhere else.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static byte[] Weights => [.. new float[] { 9, 1, 2, 9 }.SelectMany(BitConverter.GetBytes)];

    private string Model(string location, string? offset = "4", string? length = "8")
    {
        OnnxGraph graph = Of(-1, 2, 7, 6).Floats("w", [1, 2, 1, 1]).Node("Conv", "x w", "y").Output("y");
        TensorProto tensor = graph.Proto.Graph.Initializer[0];
        tensor.DataLocation = DataLocation.External;
        foreach ((string key, string? value) in new[] { ("location", location), ("offset", offset), ("length", length) })
            if (value is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        return folder.Write("models/net.onnx", graph.Bytes);
    }

    private static float[] Read(string path) => [.. OnnxImporter.Import(path).Model.Network.Weights.Values.Single().Span];

    private static string Error(string path) => Assert.Throws<OnnxException>(() => OnnxImporter.Import(path)).Message[(path.Length + 2)..];

    [Fact]
    public void NumbersBesideTheModelAreRead()
    {
        folder.Write("models/net.onnx.data", Weights);
        Assert.Equal([1, 2], Read(Model("net.onnx.data")));
        Assert.Equal([1, 2], Read(Model("./net.onnx.data")));
        folder.Write("models/parts/w.bin", Weights.AsSpan(4, 8));
        Assert.Equal([1, 2], Read(Model("parts/w.bin", null, null)));
    }

    [Theory]
    [InlineData("../out.bin")]
    [InlineData("parts/../../out.bin")]
    [InlineData("..\\out.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("C:\\Windows\\win.ini")]
    [InlineData("parts//w.bin")]
    [InlineData("")]
    public void NothingOutsideTheFolderIsRead(string location)
    {
        folder.Write("out.bin", Weights);
        Assert.Equal($"The values of 'w' are said to be in '{location}', and Graft reads only files in the model's own folder: no path out of it, and no link.", Error(Model(location)));
    }

    [Fact]
    public void ALinkOutOfTheFolderIsNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take rights there.");
        string outside = folder.Write("out.bin", Weights);
        string path = Model("w.bin");
        string link = folder["models", "w.bin"], parts = folder["models", "parts"];
        foreach (string target in (string[])[outside, "../out.bin"])
        {
            File.CreateSymbolicLink(link, target);
            Assert.Contains("are said to be in 'w.bin', and Graft reads only files in the model's own folder", Error(path));
            File.Delete(link);
        }

        // A link to a folder outside, and one within the folder that leads through it.
        Directory.CreateSymbolicLink(parts, folder.Path);
        Assert.Contains("no link.", Error(Model("parts/out.bin")));
        File.CreateSymbolicLink(link, "parts/out.bin");
        Assert.Contains("no link.", Error(Model("w.bin")));
        File.Delete(link);

        // Round and round.
        File.CreateSymbolicLink(link, "w.bin");
        Assert.Contains("no link.", Error(Model("w.bin")));
        File.Delete(link);

        // Within the folder a link is as good as a file.
        folder.Write("models/real.bin", Weights);
        File.CreateSymbolicLink(link, "real.bin");
        Assert.Equal([1, 2], Read(Model("w.bin")));
    }

    [Theory]
    [InlineData("0", "17", "The values of 'w' are 17 bytes from byte 0 of 'w.bin', which has 16: one of the two files is not whole.")]
    [InlineData("17", null, "The values of 'w' begin at byte 17 of 'w.bin', which has 16: one of the two files is not whole.")]
    [InlineData("9", "8", "The values of 'w' are 8 bytes from byte 9 of 'w.bin', which has 16: one of the two files is not whole.")]
    [InlineData("9223372036854775807", "8", "The values of 'w' begin at byte 9,223,372,036,854,775,807 of 'w.bin', which has 16: one of the two files is not whole.")]
    [InlineData("-4", "8", "The offset of the values of 'w' is '-4', which is no number of bytes.")]
    [InlineData("0", "much", "The length of the values of 'w' is 'much', which is no number of bytes.")]
    [InlineData("0", "4", "'w' has the extents [1, 2, 1, 1], but not as many values.")]
    [InlineData("0", null, "'w' has the extents [1, 2, 1, 1], but not as many values.")]
    public void PlacesAreBoundedByTheFile(string offset, string? length, string message)
    {
        folder.Write("models/w.bin", Weights);
        Assert.Equal(message, Error(Model("w.bin", offset, length)));
    }

    [Fact]
    public void AMissingFileIsNamed() => Assert.Equal("The values of 'w' are in the file 'w.bin', which is not in the model's folder. Copy it beside the model.", Error(Model("w.bin")));

    /// <summary>A thousand tensors that all name the same large file would take a thousand times its size.</summary>
    [Fact]
    public void TheSameBytesAreNotReadOverAndOver()
    {
        folder.Write("models/w.bin", new byte[1 << 20]);
        OnnxGraph graph = Of(-1, 512, 1, 1);
        string value = "x";
        for (int i = 0; i < 1000; i++)
        {
            graph.Floats($"w{i}", [512, 512, 1, 1]).Node("Conv", $"{value} w{i}", value = $"v{i}");
            TensorProto tensor = graph.Proto.Graph.Initializer[^1];
            tensor.DataLocation = DataLocation.External;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        }

        string path = folder.Write("models/net.onnx", graph.Output(value).Proto.ToByteArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("The model's tensors read the same bytes of 'w.bin' again and again, which no exporter writes.", Error(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }
}
