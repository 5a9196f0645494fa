using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Tests.Reading;

public class FuzzTests
{
    // GRAFT_ONNX_FUZZ=ROUNDS,SEED makes a longer run of it, of other damage.
    private static readonly int[] Longer = [.. (Environment.GetEnvironmentVariable("GRAFT_ONNX_FUZZ") ?? "3000,0").Split(',').Select(int.Parse)];

    private static readonly int Rounds = Longer[0], Seed = Longer[1];

    /// <summary>Whatever bytes are changed, the answer is a model or an <see cref="OnnxException"/>, and memory stays within a multiple of the file.</summary>
    [Fact]
    public void DamagedFilesGiveErrorsAndTakeLittleMemory()
    {
        byte[][] seeds =
        [
            OnnxFile.Export(new Model(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.01, Resolution = 32 }).WithHead(3))), new OnnxExportOptions { IncludeProbabilities = true }),
            OnnxFile.Export(OnnxFile.Single(new Resize(9, 7, ResizeMode.Bilinear), 5, 5), new OnnxExportOptions { Layout = ImageLayout.Nhwc, IncludeNormalization = true }),
            File.ReadAllBytes(Fixture.Path("Reading", "mixed.onnx")),
            QuantizationReaderTests.Static(isSigned: true, isPerChannel: true).Bytes,
            .. WiderFilesTests.All.Select(graph => graph.Bytes),
            OnnxFile.Export(OnnxFile.Single(new SwitchableNorm(), 5, 5)),
            OnnxFile.Export(OnnxFile.Single(new FilterResponseNorm(), 5, 5)),
            OnnxFile.Export(new Model(QuantizedNetworks.Of(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.01, Resolution = 32 }).WithHead(3))))),
        ];
        Mutator damage = new(Seed + 1);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] file = damage.Overwritten(seeds[round % seeds.Length]);
            if (TryImport(file)) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 50 && refused > Rounds / 10, $"{read} were read and {refused} refused.");
    }

    /// <summary>The same for files that are well formed as protocol buffers, and wrong as networks.</summary>
    [Fact]
    public void StrangeGraphsGiveErrorsAndTakeLittleMemory()
    {
        ModelProto[] seeds = [QuantizationReaderTests.Static(isSigned: false, isPerChannel: true).Proto, .. new[] { "mixed", "mobilenet_v3_opset11", "resnet_basic" }.Select(name => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Fixture.Path("Reading", $"{name}.onnx"))))];
        long[] extremes = [0, 1, -1, 2, 3, 4, 255, 4096, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 32];
        Random random = new(Seed + 2);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds / 2; round++)
        {
            ModelProto proto = seeds[round % seeds.Length].Clone();
            for (int i = random.Next(1, 4); i > 0; i--) Change(proto.Graph);
            if (TryImport(Google.Protobuf.MessageExtensions.ToByteArray(proto))) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 100 && refused > Rounds / 20, $"{read} were read and {refused} refused.");

        void Change(GraphProto graph)
        {
            NodeProto node = graph.Node[random.Next(graph.Node.Count)];
            TensorProto tensor = graph.Initializer[random.Next(graph.Initializer.Count)];
            long extreme = extremes[random.Next(extremes.Length)];
            switch (random.Next(8))
            {
                case 0:
                    node.OpType = graph.Node[random.Next(graph.Node.Count)].OpType;
                    break;
                case 1 when node.Input.Count > 0:
                    node.Input[random.Next(node.Input.Count)] = graph.Node[random.Next(graph.Node.Count)].Output[0];
                    break;
                case 2 when node.Input.Count > 0:
                    node.Input[random.Next(node.Input.Count)] = tensor.Name;
                    break;
                case 3 when node.Attribute.Count > 0:
                    AttributeProto attribute = node.Attribute[random.Next(node.Attribute.Count)];
                    attribute.I = extreme;
                    attribute.F = random.Next(3) switch { 0 => float.NaN, 1 => float.NegativeInfinity, _ => extreme };
                    if (attribute.Ints.Count > 0) attribute.Ints[random.Next(attribute.Ints.Count)] = extreme;
                    break;
                case 4 when tensor.Dims.Count > 0:
                    tensor.Dims[random.Next(tensor.Dims.Count)] = extreme;
                    break;
                case 5:
                    graph.Input[0].Type.TensorType.Shape.Dim[random.Next(4)].DimValue = extreme;
                    break;
                case 6:
                    node.Input.Add(tensor.Name);
                    break;
                default:
                    node.Attribute.Clear();
                    break;
            }
        }
    }

    /// <summary>The same for what a model keeps beside its file, wherever a damaged model says it is, and for a file that prepares images.</summary>
    [Fact]
    public void DamagedFilesBesideOthersGiveErrorsAndTakeLittleMemory()
    {
        using TemporaryFolder folder = new();
        byte[] numbers = new byte[1 << 14];
        folder.Write("w.bin", numbers);
        ModelProto external = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Fixture.Path("Reading", "mixed.onnx")));
        foreach (TensorProto tensor in external.Graph.Initializer.Where(tensor => tensor.RawData.Length is > 16 and < 4096))
        {
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            foreach ((string key, string value) in new[] { ("location", "w.bin"), ("offset", "0"), ("length", $"{tensor.RawData.Length}") }) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            tensor.RawData = Google.Protobuf.ByteString.Empty;
        }

        byte[] model = Google.Protobuf.MessageExtensions.ToByteArray(external), preparing = InputPreprocessingTests.Preparing([.. Enumerable.Repeat(100f, 12)], 1, 3, 2, 2), mixed = File.ReadAllBytes(Fixture.Path("Reading", "mixed.onnx"));
        string path = folder.Write("model.onnx", model), beside = folder["preparing.onnx"];
        Mutator damage = new(Seed + 3);
        int read = 0;
        for (int round = 0; round < Rounds / 10; round++)
        {
            File.WriteAllBytes(path, damage.Overwritten(model));
            if (IsRead(numbers.Length + model.Length, () => OnnxImporter.Import(path))) read++;
            File.WriteAllBytes(beside, damage.Overwritten(preparing));
            if (IsRead(mixed.Length, () => OnnxFile.Import(mixed, new OnnxImportOptions { PreprocessingFile = beside }))) read++;
        }

        Assert.True(read > Rounds / 300, $"{read} were read.");
    }

    private static bool TryImport(byte[] file) => IsRead(file.Length, () => OnnxFile.Import(file));

    private static bool IsRead(int size, Action import)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            import();
            return true;
        }
        catch (OnnxException)
        {
            return false;
        }
        finally
        {
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < (32L * size) + (4 << 20), $"{taken} bytes for a file of {size}.");
        }
    }
}
