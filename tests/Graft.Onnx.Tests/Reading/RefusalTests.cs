using Google.Protobuf;
using Graft.Onnx.Protos;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

public class RefusalTests
{
    private static OnnxGraph Conv(params AttributeProto[] attributes) =>
        Of(-1, 2, 7, 6).Floats("w", [1, 2, 1, 1], 1, 2).Node("Conv", "x w", "y", attributes).Output("y");

    private static readonly Dictionary<string, (OnnxGraph Graph, string Message)> Cases = new()
    {
        ["unknown operator"] = (Of(-1, 2, 7, 6).Node("LSTM", "x", "y").Output("y"), "ONNX node 'node_y' of type 'LSTM' cannot be imported: Graft has no such operation."),
        ["clip"] = (
            Of(-1, 2, 7, 6).Floats("a", [], 1).Floats("b", [], -1).Node("Clip", "x a b", "y").Output("y"),
            "ONNX node 'node_y' of type 'Clip' cannot be imported: it clips to [1, -1]; bounds of which the first is the lower one, from -4096 to 4096, are read."),
        ["flatten"] = (
            Of(-1, 2, 7, 6).Node("Flatten", "x", "y").Output("y"),
            "ONNX node 'node_y' of type 'Flatten' cannot be imported: it makes [batch, 84] of [batch, 2, 7, 6], and Graft reshapes only what is one number for each channel, and square images before a dense layer: put a global average pooling before it."),
        ["flattened image"] = (
            Of(-1, 2, 7, 7).Node("Flatten", "x", "f").Node("Softmax", "f", "y").Output("y"),
            "ONNX node 'node_f' of type 'Flatten' cannot be imported: it makes [batch, 98] of [batch, 2, 7, 7], and Graft reshapes only what is one number for each channel, and square images before a dense layer: put a global average pooling before it."),
        ["hanging window"] = (
            Of(-1, 2, 6, 6).Node("MaxPool", "x", "y", Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Ints("pads", 1, 1, 1, 1), Int("ceil_mode", 1)).Output("y"),
            "ONNX node 'node_y' of type 'MaxPool' cannot be imported: Pooling takes a padding of at most half its window of 3, not 1,2,1,2."),
        ["counted padding"] = (
            Of(-1, 2, 7, 6).Node("AveragePool", "x", "y", Ints("kernel_shape", 3, 3), Ints("pads", 1, 1, 1, 1), Int("count_include_pad", 1)).Output("y"),
            "ONNX node 'node_y' of type 'AveragePool' cannot be imported: it counts the padding in the mean, and Graft does not. Export it with count_include_pad=False."),
        ["oblong kernel"] = (
            Of(-1, 2, 7, 6).Floats("w", [1, 2, 1, 3], new float[6]).Node("Conv", "x w", "y").Output("y"),
            "ONNX node 'node_y' of type 'Conv' cannot be imported: its kernel is 1x3, and Graft's are square."),
        ["oblong stride"] = (
            Conv(Ints("strides", 1, 2)), "ONNX node 'node_y' of type 'Conv' cannot be imported: its strides are [1, 2]; two equal numbers from 1 to 4096 are read."),
        ["negative padding"] = (
            Conv(Ints("pads", 0, -1, 0, 0)), "ONNX node 'node_y' of type 'Conv' cannot be imported: its padding is [0, -1, 0, 0]; four numbers from 0 to 4096 are read."),
        ["channels that do not fit"] = (
            Of(-1, 3, 7, 6).Floats("w", [1, 2, 1, 1], 1, 2).Node("Conv", "x w", "y").Output("y"),
            "ONNX node 'node_y' of type 'Conv' cannot be imported: its weight has the extents [1, 2, 1, 1], and [1, 3, 1, 1] are needed."),
        ["computed weight"] = (
            Of(-1, 2, 7, 6).Node("Conv", "x x", "y").Output("y"), "ONNX node 'node_y' of type 'Conv' cannot be imported: its weight 'x' is not a constant."),
        ["unknown value"] = (
            Of(-1, 2, 7, 6).Node("Add", "x z", "y").Output("y"), "ONNX node 'node_y' of type 'Add' cannot be imported: it takes the value 'z', which no earlier node computes."),
        ["cycle"] = (
            Of(-1, 2, 7, 6).Node("Relu", "y", "z").Node("Relu", "z", "y").Output("y"),
            "ONNX node 'node_z' of type 'Relu' cannot be imported: it takes the value 'y', which no earlier node computes."),
        ["padding before another layer"] = (
            Of(-1, 2, 7, 6).Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "x pads", "p").Node("Relu", "p", "y").Output("y"),
            "ONNX node 'node_y' of type 'Relu' cannot be imported: it follows a node of type 'Pad', and Graft pads only before a convolution."),
        ["resize by nothing"] = (
            Of(-1, 2, 7, 6).Floats("scales", [4], 1, 1, 0, 2).Node("Resize", "x - scales", "y", Text("mode", "linear")).Output("y"),
            "ONNX node 'node_y' of type 'Resize' cannot be imported: its scales are 0 and 2; they must be positive."),
        ["nearest centres by a factor that is not whole"] = (
            Of(-1, 2, 10, 10).Floats("scales", [4], 1, 1, 1.05f, 1.05f).Node("Resize", "x - scales", "y").Output("y"),
            "ONNX node 'node_y' of type 'Resize' cannot be imported: it resizes by 'nearest, half_pixel, round_prefer_floor'; Graft has 'nearest, asymmetric, floor' and 'linear, half_pixel'."),
        ["a weight for each pixel"] = (
            Of(-1, 2, 7, 6).Floats("w", [1, 2, 1, 1], 1, 2).Node("Conv", "x w", "a").Node("Sigmoid", "a", "s").Node("Mul", "x s", "y").Output("y"),
            "ONNX node 'node_y' of type 'Mul' cannot be imported: it multiplies values of the extents [1, 7, 6, 2] and [1, 7, 6, 1], and Graft multiplies values of one shape, or an image by a factor for each of its channels."),
        ["factors that are spread over the columns"] = (
            Of(-1, 2, 7, 2).Node("GlobalAveragePool", "x", "p").Node("Flatten", "p", "s").Node("Mul", "x s", "y").Output("y"),
            "ONNX node 'node_y' of type 'Mul' cannot be imported: it multiplies values of the extents [1, 7, 2, 2] and [1, 2], and Graft multiplies values of one shape, or an image by a factor for each of its channels."),
        ["difference"] = (
            Of(-1, 2, 7, 6).Node("Relu", "x", "r").Node("Sub", "x r", "y").Output("y"), "ONNX node 'node_y' of type 'Sub' cannot be imported: Graft subtracts no value from another."),
        ["quotient"] = (
            Of(-1, 2, 7, 6).Node("Sigmoid", "x", "r").Node("Div", "x r", "y").Output("y"), "ONNX node 'node_y' of type 'Div' cannot be imported: Graft does not divide by a value."),
        ["integers"] = (
            Of(-1, 2, 7, 6).Integers("w", 1, 2).Node("Mul", "x w", "y").Output("y"),
            "ONNX node 'node_y' of type 'Mul' cannot be imported: its constant has the extents [2]; one number, or one for each of 2 channels, is read."),
        ["no input reached"] = (Of(-1, 2, 7, 6).Output("y"), "None of its outputs depends on an input."),
        ["no output"] = (Of(-1, 2, 7, 6), "Its graph has no output."),
        ["no graph"] = (new OnnxGraph { Proto = { Graph = null } }, "It is not an ONNX file: it holds no graph."),
        ["new operators"] = (Of(-1, 2, 7, 6).OperatorSet(99).Output("x"), "It uses ONNX operator set 99, and Graft reads 7 to 26. Export it for set 17."),
        ["no image"] = (
            Of(-1, 2).Node("Relu", "x", "y").Output("y"), "Input 'x' is not an image: Graft imports networks that take float32 of four axes, [batch, channels, height, width]."),
        ["huge image"] = (Of(-1, 2, 1L << 40, 6).Node("Relu", "x", "y").Output("y"), "Input 'x' has a side of 1099511627776 pixels; it must be from 1 to 16384."),
        ["too few values"] = (
            Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], 1).Node("Conv", "x w", "y").Output("y"), "'w' has the extents [4, 2, 3, 3], but not as many values."),
        ["huge extents"] = (
            Of(-1, 2, 7, 6).Floats("w", [1 << 30, 1 << 30], 1).Node("Conv", "x w", "y").Output("y"), "'w' has the extents [1073741824, 1073741824], which is more than 2147483647 values."),
        ["half floats"] = (Tensor(DoHalf), "'w' holds numbers of type FLOAT16, and Graft reads float32. Export the network in float32."),
        ["external data"] = (
            Tensor(tensor =>
            {
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
            }),
            "The values of 'w' are in another file, 'w.bin', and beside a stream there is none. Import the model by its path, or save it as one file (in Python: onnx.save(model, path, save_as_external_data=False))."),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatGraftDoesNotHaveIsRefusedByName(string name) => Assert.Equal($"hand.onnx: {Cases[name].Message}", Cases[name].Graph.Error());

    /// <summary>A norm that is written as several nodes is one where nothing else takes a value between them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ANormWhosePartsAreTakenIsRefused(bool isTaken)
    {
        OnnxGraph graph = Of(1, 3, 4, 4).Floats("w", [3, 3, 1, 1], 1, 2, 3, 4, 5, 6, 7, 8, 9).Floats("one", [3], 1, 1, 1).Floats("zero", [3], 0, 0, 0).Floats("eps", [], 1e-5f)
            .Node("Conv", "x w", "style").Node("InstanceNormalization", "x one zero", "normed").Node("ReduceMean", "style", "m", Ints("axes", 2, 3)).Node("Sub", "style m", "c").Node("Mul", "c c", "q")
            .Node("ReduceMean", "q", "v", Ints("axes", 2, 3)).Node("Add", "v eps", "ve").Node("Sqrt", "ve", "deviation").Node("Mul", "deviation normed", "p").Node("Add", "p m", "ada").Node("Relu", isTaken ? "normed" : "ada", "r").Node("Add", "ada r", "y").Output("y");
        if (isTaken) Assert.Contains("node_c", Assert.Throws<OnnxException>(() => graph.Import()).Message, StringComparison.Ordinal);
        else Assert.Single(graph.Import().Model.Network.Graph.Nodes, node => node.Operation is Operations.Normalization.AdaptiveInstanceNorm);
    }

    /// <summary>What begins as a norm made of statistics, and is none.</summary>
    [Fact]
    public void HalfANormIsRefused() =>
        Assert.Throws<OnnxException>(() => OnnxFile.Import(OnnxGraph.Of(1, 3, 4, 4).Integers("axes", 2, 3).Node("ReduceMean", "x", "m", Ints("axes", 2, 3)).Node("Sub", "x m", "c").Node("Add", "m", "y").Output("y").Bytes));

    [Fact]
    public void OtherDomainsAreRefused()
    {
        OnnxGraph graph = Of(-1, 2, 7, 6).Node("Relu", "x", "y").Output("y");
        graph.Proto.Graph.Node[0].Domain = "com.example";
        Assert.Equal("hand.onnx: ONNX node 'node_y' of type 'Relu' cannot be imported: it is an operator of 'com.example', and Graft has only those of ONNX itself.", graph.Error());
    }

    /// <summary>A file with no operators of ONNX itself, as of scikit-learn's trees, is an ONNX file all the same.</summary>
    [Fact]
    public void AFileOfOtherOperatorsIsRefusedByTheirName()
    {
        OnnxGraph graph = Of(-1, 2, 7, 6).Node("TreeEnsembleClassifier", "x", "y").Output("y");
        graph.Proto.Graph.Node[0].Domain = graph.Proto.OpsetImport[0].Domain = "ai.onnx.ml";
        Assert.Equal("hand.onnx: ONNX node 'node_y' of type 'TreeEnsembleClassifier' cannot be imported: it is an operator of 'ai.onnx.ml', and Graft has only those of ONNX itself.", graph.Error());
        graph.Proto.Graph.Node[0].Domain = "";
        graph.Proto.OpsetImport.Clear();
        Assert.Equal("hand.onnx: It is not an ONNX file: it names no operator set.", graph.Error());
    }

    /// <summary>In training mode a dropout would drop values; a network that answers does not, and says so.</summary>
    [Fact]
    public void DropoutInTrainingModeIsNoted()
    {
        Assert.Equal(["ONNX node 'node_y' of type 'Dropout' is in training mode: here it lets everything through, as in inference."], Notes(1));
        Assert.Empty(Notes(0));

        static IEnumerable<string> Notes(int training)
        {
            OnnxGraph graph = Of(-1, 2, 7, 6).Floats("ratio", [], 0.5f).Node("Dropout", "x ratio training", "y").Output("y");
            TensorProto flag = new() { Name = "training", DataType = (int)TensorProto.Types.DataType.Bool, Int32Data = { training } };
            graph.Proto.Graph.Initializer.Add(flag);
            OnnxImport import = graph.Import();
            Assert.Empty(import.Model.Network.Graph.Nodes);
            return import.Report.Notes;
        }
    }

    [Fact]
    public void ALinkToAnEndlessDeviceIsNotRead()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no endless device.");
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        File.CreateSymbolicLink(path, "/dev/zero");
        try
        {
            Assert.Equal($"{path}: It is empty, or no ordinary file.", Assert.Throws<OnnxException>(() => OnnxImporter.Import(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ANodeThatNoOutputNeedsIsNotLookedAt() =>
        Assert.Single(Of(-1, 2, 7, 6).Node("LSTM", "x", "z").Node("Relu", "x", "y").Output("y").Import().Model.Network.Graph.Nodes);

    [Fact]
    public void WhatIsNoOnnxFileIsSaidSo()
    {
        byte[] whole = Conv().Bytes;
        Assert.Equal("hand.onnx: It is not an ONNX file: it holds no graph.", Message([]));
        Assert.Equal("hand.onnx: It is not an ONNX file: byte 0 begins no field of a protocol buffer.", Message("graft"u8.ToArray()));
        Assert.Equal("hand.onnx: It is not a whole ONNX file: byte 2 begins 10 bytes, and 3 are left.", Message([0x3A, 10, 1, 2, 3]));
        for (int length = 1; length < whole.Length; length++) Assert.StartsWith("hand.onnx: It", Message(whole[..length]));

        static string Message(byte[] file) => Assert.Throws<OnnxException>(() => OnnxFile.Import(file)).Message;
    }

    [Fact]
    public void AFileOfEmptyMessagesIsRefusedBeforeItIsMade()
    {
        GraphProto graph = new();
        for (int i = 0; i < 1_100_000; i++) graph.Node.Add(new NodeProto());
        byte[] file = new ModelProto { Graph = graph }.ToByteArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<OnnxException>(() => OnnxFile.Import(file)).Message;
        Assert.Equal("hand.onnx: It consists of more than 1,000,000 parts beside its weights, which no network that Graft can import does.", message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 3 * file.Length);
    }

    [Fact]
    public void WeightsUsedOverAndOverAreBounded()
    {
        // Each node has weights of its own, made from one array of the file.
        OnnxGraph graph = Of(-1, 2048, 1, 1).Floats("w", [2048, 2048, 1, 1], new float[2048 * 2048]);
        string value = "x";
        for (int i = 0; i < 64; i++) graph.Floats($"b{i}", [2048], new float[2048]).Node("Conv", $"{value} w b{i}", value = $"v{i}");
        Assert.Equal(
            "hand.onnx: ONNX node 'node_v8' of type 'Conv' cannot be imported: the file's nodes use its weights so often, each in another way, that they would take many times its size.",
            graph.Output(value).Error());
    }

    [Fact]
    public void NumbersThatAreMadeOfWeightsOverAndOverAreBounded()
    {
        // Each node makes a constant of its own of one array of the file, and no layer takes it.
        OnnxGraph graph = Of(-1, 3, 1, 1).Floats("s", [], 1);
        graph.Proto.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Int8, RawData = ByteString.CopyFrom(new byte[1 << 22]), Dims = { 1 << 22 } });
        string[] made = [.. Enumerable.Range(0, 64).Select(i => $"v{i}")];
        foreach (string name in made) graph.Node("DequantizeLinear", "w s", name);
        Assert.Equal(
            "hand.onnx: ONNX node 'node_v8' of type 'DequantizeLinear' cannot be imported: the file's nodes use its weights so often, each in another way, that they would take many times its size.",
            graph.Output(made).Error());

        // And back again.
        graph = Of(-1, 3, 1, 1).Floats("s", [], 1);
        graph.Proto.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(new byte[1 << 24]), Dims = { 1 << 22 } });
        foreach (string name in made) graph.Node("QuantizeLinear", "w s", name);
        Assert.Contains("ONNX node 'node_v32' of type 'QuantizeLinear' cannot be imported: the file's nodes use its weights so often", graph.Output(made).Error());
    }

    private static OnnxGraph Tensor(Action<TensorProto> change)
    {
        OnnxGraph graph = Conv();
        change(graph.Proto.Graph.Initializer[0]);
        return graph;
    }

    private static void DoHalf(TensorProto tensor)
    {
        tensor.FloatData.Clear();
        (tensor.DataType, tensor.RawData) = ((int)TensorProto.Types.DataType.Float16, ByteString.CopyFrom(new byte[4]));
    }
}
