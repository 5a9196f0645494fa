using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using Microsoft.ML.OnnxRuntime;
using static Graft.Onnx.Protos.TensorProto.Types;
using InferenceSession = Microsoft.ML.OnnxRuntime.InferenceSession;

namespace Graft.Onnx.Tests;

/// <summary>Quantized networks in ONNX Runtime: what it makes of them, and what that computes.</summary>
public class QuantizedExportTests
{
    // Where nothing is added, ONNX Runtime rounds as the network does.
    public static TheoryData<string, ImageLayout, double, double> Networks => new()
    {
        { "mobilenetv1_025", ImageLayout.Nhwc, 1e-5, 0.05 }, { "mobilenetv2_035", ImageLayout.Nchw, 0.06, 0.1 }, { "resnet18", ImageLayout.Nchw, 0.05, 0.05 },
    };

    /// <summary>
    /// It computes with whole numbers as the network is defined with floats. A file's biases are rounded, and additions of whole numbers round a middle between two numbers another way: then a value is a step off, which is passed on.
    /// In these networks of random weights that is some hundredths of the largest logit; the class is the same wherever the second is further away.
    /// </summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void LogitsAreThoseOfTheReferenceButForSteps(string name, ImageLayout layout, double tolerance, double toleranceOfBiases)
    {
        Model model = Quantized(name, 64);
        Tensor images = OnnxFile.Image(model.Network.Graph.Inputs[0], 4);
        float[] expected = Logits(model), planned = new float[expected.Length];
        byte[] file = OnnxFile.Export(model, new OnnxExportOptions { Layout = layout });
        float[] actual = OnnxFile.Run(file, images, layout == ImageLayout.Nhwc, isPrecise: true)["logits"].Values;
        using Graft.Inference.InferenceSession session = InferencePlan.Compile(model.Network).CreateSession();
        session.Run(images.Span, 4, planned);

        AssertNear(Logits(OnnxFile.Import(file).Model), actual, tolerance);
        AssertNear(expected, actual, toleranceOfBiases);
        AssertNear(expected, planned, toleranceOfBiases);

        float[] Logits(Model model) => OnnxFile.Reference(model, images)["logits"].Span.ToArray();
    }

    /// <summary>No layer is left in floats: one operator of whole numbers for each, and a conversion at either end.</summary>
    [Theory]
    [InlineData("mobilenetv2_035", 64)]
    [InlineData("mobilenetv1_025", 64)]
    [InlineData("resnet18", 64)]
    public void EveryLayerIsComputedWithWholeNumbers(string name, int resolution)
    {
        Model model = Quantized(name, resolution);
        Dictionary<string, int> operators = Optimized(OnnxFile.Export(model));
        string all = string.Join(", ", operators.Select(pair => $"{pair.Key} {pair.Value}"));
        int Count(Func<Operation, bool> which) => model.Network.Graph.Nodes.Count(node => which(node.Operation));
        Assert.True(Count(operation => operation is Conv2d) == operators.GetValueOrDefault("QLinearConv"), all);
        Assert.True(Count(operation => operation is Add) == operators.GetValueOrDefault("QLinearAdd"), all);
        Assert.True(operators.GetValueOrDefault("QLinearGlobalAveragePool") == 1, all);
        Assert.True(operators.GetValueOrDefault("QGemm") == 1, all);
        Assert.True(operators.GetValueOrDefault("QuantizeLinear") == 1, all);
        string[] floats = ["Conv", "FusedConv", "Gemm", "FusedGemm", "Add", "Clip", "Relu", "GlobalAveragePool", "DequantizeLinear"];
        Assert.True(!floats.Any(operators.ContainsKey), all);
    }

    [Fact]
    public void WeightsAreBytesAndBiasesWholeNumbersOfBothScales()
    {
        Model model = Quantized("mobilenetv2_035", 64);
        GraphProto graph = ModelProto.Parser.ParseFrom(OnnxFile.Export(model)).Graph;
        TensorProto weight = Initializer("blocks.1.0.conv_dw.weight"), scale = Initializer("blocks.1.0.conv_dw.weight.scale"), zero = Initializer("blocks.1.0.conv_dw.weight.zero_point");
        Assert.Equal(((int)DataType.Int8, (int)DataType.Float, (int)DataType.Int8), (weight.DataType, scale.DataType, zero.DataType));
        Assert.Equal(weight.Dims[0], scale.Dims.Single());
        Assert.All(zero.RawData, value => Assert.Equal(0, value));
        NodeProto dequantize = graph.Node.Single(node => node.Input[0] == weight.Name);
        Assert.Equal(("DequantizeLinear", 0L), (dequantize.OpType, dequantize.Attribute.Single(attribute => attribute.Name == "axis").I));

        // The input's scale times each output's.
        Node layer = model.Network.Graph.Producer("blocks.1.0.conv_dw")!;
        float input = ((FakeQuantize)model.Network.Graph.Producer(layer.Inputs[0])!.Operation).Scale;
        float[] steps = Floats(Initializer("blocks.1.0.conv_dw.bias.scale")), bias = model.Network.Weight(layer, "bias").Span.ToArray();
        int[] whole = Integers(Initializer("blocks.1.0.conv_dw.bias"));
        for (int o = 0; o < bias.Length; o++)
        {
            Assert.Equal(input * model.Network.Weight(layer, "weight.scale").Span[o], steps[o]);
            Assert.Equal(bias[o], (double)whole[o] * steps[o], 0.5001 * steps[o]);
        }

        TensorProto Initializer(string name) => graph.Initializer.Single(initializer => initializer.Name == name);
        static float[] Floats(TensorProto tensor) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.RawData.ToByteArray()).ToArray();
        static int[] Integers(TensorProto tensor) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(tensor.RawData.ToByteArray()).ToArray();
    }

    [Fact]
    public void AFileIsAQuarterAsLarge()
    {
        Network network = TestNetworks.WithTestWeights(Architectures.Get("mobilenetv2_035").Trunk(new TrunkOptions { Resolution = 64 }).WithHead(10));
        int single = OnnxFile.Export(new Model(network), new OnnxExportOptions { FoldBatchNorm = true }).Length;
        Assert.InRange(OnnxFile.Export(new Model(QuantizedNetworks.Of(network))).Length, 0.25 * single, 0.36 * single);
    }

    /// <summary>A bias beyond what 32 bits hold in such steps stays float32.</summary>
    [Fact]
    public void ABiasThatIsTooLargeStaysAsItIs()
    {
        GraphBuilder builder = new("large");
        string x = builder.Add("q", new FakeQuantize(1e-10f, 0), builder.Input("image", 4, 4, 3));
        builder.Output("result", builder.Add("conv", new Conv2d(2, 1) { HasBias = true, QuantizeWeight = true }, x));
        Model model = new(TestNetworks.WithTestWeights(builder.Build()));
        GraphProto graph = ModelProto.Parser.ParseFrom(OnnxFile.Export(model)).Graph;
        Assert.Equal((int)DataType.Float, graph.Initializer.Single(initializer => initializer.Name == "conv.bias").DataType);
        OnnxFile.AssertSame(model);
    }

    /// <summary>Nodes of one scope share their whole numbers; where they read values of different scales, each has its own bias.</summary>
    [Fact]
    public void SharedWeightsAreWrittenOnce()
    {
        Conv2d convolution = new(3, 1) { HasBias = true, QuantizeWeight = true };
        Model model = new(TestNetworks.WithTestWeights(new Graph(
            "shared",
            [new NetworkInput("image", 6, 6, 3)],
            [
                new Node("q1", new FakeQuantize(0.03f, 128), ["image"]),
                new Node("a", convolution, ["q1"]),
                new Node("q2", new FakeQuantize(0.05f, 120), ["a"]),
                new Node("b", convolution, ["q2"]) { Scope = "a" },
                new Node("q3", new FakeQuantize(0.05f, 110), ["b"]),
                new Node("c", convolution, ["q3"]) { Scope = "a" },
            ],
            [new NetworkOutput("result", "c")])));
        byte[] file = OnnxFile.Export(model);
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 1);
        float[] expected = OnnxFile.Reference(model, image)["result"].Span.ToArray();
        TestNumbers.AssertClose(expected, OnnxFile.Reference(OnnxFile.Import(file).Model, image)["result"].Span, 0.02);
        TestNumbers.AssertClose(expected, OnnxFile.Run(file, image)["result"].Values, 0.02);
        GraphProto graph = ModelProto.Parser.ParseFrom(file).Graph;
        Assert.Single(graph.Initializer, initializer => initializer.DataType == (int)DataType.Int8 && initializer.Dims.Count == 4);
        Assert.Equal(2, graph.Initializer.Count(initializer => initializer.DataType == (int)DataType.Int32));
        Assert.Equal(3 + 1 + 2, graph.Node.Count(node => node.OpType == "DequantizeLinear"));
    }

    private static Model Quantized(string name, int resolution) =>
        new(QuantizedNetworks.Of(TestNetworks.WithTestWeights(Architectures.Get(name).Trunk(new TrunkOptions { Resolution = resolution }).WithHead(10))));

    /// <summary>The operators of a file after ONNX Runtime's optimizations, and how many of each.</summary>
    private static Dictionary<string, int> Optimized(byte[] file)
    {
        using TemporaryFolder folder = new();
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            OptimizedModelFilePath = folder["optimized.onnx"],
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        using (InferenceSession session = new(file, options)) Assert.Single(session.OutputNames);
        return ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["optimized.onnx"])).Graph.Node.CountBy(node => node.OpType).ToDictionary();
    }

    /// <summary>Asserts that no logit is off by more than a share of the image's largest, and that the class is the same where the second is further away than that twice.</summary>
    private static void AssertNear(float[] expected, float[] actual, double tolerance)
    {
        const int Classes = 10;
        Assert.Equal(expected.Length, actual.Length);
        int decided = 0;
        foreach ((float[] wanted, float[] given) in expected.Chunk(Classes).Zip(actual.Chunk(Classes)))
        {
            TestNumbers.AssertClose(wanted, given, tolerance);
            float[] sorted = [.. wanted.OrderDescending()];
            if (sorted[0] - sorted[1] <= 2 * tolerance * wanted.Max(Math.Abs)) continue;
            Assert.Equal(Array.IndexOf(wanted, wanted.Max()), Array.IndexOf(given, given.Max()));
            decided++;
        }

        Assert.True(decided > 0, "No image has a class that is sure.");
    }
}
