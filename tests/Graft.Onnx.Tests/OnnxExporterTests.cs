using System.Text.Json;
using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Tests;

public class OnnxExporterTests
{
    public static TheoryData<string, Operation, int, int, bool> Layers()
    {
        TheoryData<string, Operation, int, int, bool> data = [];
        void Image(Operation operation, int height = 9, int width = 12) => data.Add($"{operation} {height}x{width}", operation, height, width, false);
        void Flat(Operation operation) => data.Add($"{operation} flat", operation, 5, 4, true);

        foreach (int size in (int[])[11, 12])
        {
            foreach (int stride in (int[])[1, 2, 3])
            {
                foreach (int kernel in (int[])[1, 3, 5]) Image(new Conv2d(4, kernel) { Stride = stride, Padding = Padding.Same }, size, size + 3);
                Image(new Pool2d(PoolFunction.Max, 3) { Stride = stride, Padding = Padding.Same }, size, size + 3);
                Image(new Pool2d(PoolFunction.Average, 3) { Stride = stride, Padding = Padding.Same }, size, size + 3);
                Image(new Pool2d(PoolFunction.Average, 2) { Stride = stride, Padding = Padding.Same }, size, size + 3);
            }
        }

        Image(new Conv2d(5, 3) { Stride = 2, Padding = Padding.Symmetric(1), HasBias = true });
        Image(new Conv2d(6, 3) { Dilation = 2, Groups = 3, Padding = new Padding(false, 2, 0, 1, 3) });
        Image(new Conv2d(6, 3) { Dilation = 2, Padding = Padding.Same, Stride = 2 });
        Image(Conv2d.Depthwise(3, 5) with { Padding = Padding.Symmetric(2) });
        Image(new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) });
        Image(new Pool2d(PoolFunction.Average, 3) { Stride = 2, Padding = Padding.Symmetric(1) });
        Image(new Conv2d(5, 3) { Stride = 2, Padding = Padding.Symmetric(1), HasBias = true, StandardizeWeight = true });
        Image(Conv2d.Depthwise(3, 3) with { Padding = Padding.Same, StandardizeWeight = true, StandardizationEpsilon = 0.01f });
        Image(new Conv2d(5, 3) { Stride = 2, Padding = Padding.Symmetric(1), HasBias = true, QuantizeWeight = true });
        Image(Conv2d.Depthwise(3, 3) with { Padding = Padding.Same, QuantizeWeight = true });
        Image(new FakeQuantize(1 / 16f, 100));
        Image(new BatchNorm { Epsilon = 1e-3f });
        Image(new BatchNorm { IsAffine = false });
        Image(new BatchNorm { Statistics = RunningStatistics.Cumulative });
        Image(new BatchRenorm());
        Image(new GhostBatchNorm(8));
        Image(new SyncBatchNorm());
        Image(new InstanceNorm());
        Image(new InstanceNorm { IsAffine = false, Epsilon = 1e-3f });
        Image(new GroupNorm(3));
        Image(new GroupNorm(1) { IsAffine = false, Epsilon = 1e-3f });
        Image(new LayerNorm());
        Image(new LayerNorm { IsAffine = false });
        Image(new LocalResponseNorm(3) { Alpha = 0.3f, K = 2 });
        Image(new IbnNorm());
        Flat(new GroupNorm(3));
        Flat(new LayerNorm { Epsilon = 1e-3f });
        Image(new GlobalAveragePool());
        Image(new Add());
        Image(new Multiply());
        Image(new Concat(2));
        Image(new Concat(3));
        Image(new Softmax());
        Image(new Dropout(0.5f));
        foreach (ActivationFunction function in ActivationFunction.All)
        {
            Image(new Activation(function));
            Flat(new Activation(function));
        }

        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            Image(new Resize(18, 24, mode));
            Image(new Resize(13, 7, mode));
            Image(new Resize(4, 31, mode));
            Image(new Resize(13, 27, mode) { Scale = (1.5f, 2.3f) });
            Image(new Resize(3, 8, mode) { Scale = (0.4f, 0.7f) });
        }

        Flat(new Dense(7));
        Flat(new Dense(7) { HasBias = false });
        Flat(new Dense(7) { QuantizeWeight = true });
        Flat(new FakeQuantize(1 / 64f, 200));
        Flat(new BatchNorm());
        Flat(new GhostBatchNorm(8) { IsAffine = false });
        Flat(new Softmax());
        Flat(new Add());
        Flat(new Multiply());
        Flat(new Concat(2));
        Flat(new Dropout(0.5f));
        return data;
    }

    /// <summary>Layers that ONNX has no operator for and that are written as several, which come back as no one layer.</summary>
    public static TheoryData<Operation, bool> Composed => new()
    {
        { new InstanceNorm { TracksStatistics = true }, false }, { new InstanceNorm { TracksStatistics = true, IsAffine = false }, false }, { new LayerNorm { Axes = LayerNormAxes.Image }, false },
        { new RmsNorm(), false }, { new RmsNorm(), true }, { new FilterResponseNorm(), false }, { new FilterResponseNorm { HasThreshold = false, LearnsEpsilon = true }, false },
        { new AdaptiveInstanceNorm(), false }, { new SwitchableNorm(), false },
    };

    [Theory]
    [MemberData(nameof(Composed), DisableDiscoveryEnumeration = true)]
    public void AComposedLayerComputesTheSame(Operation operation, bool pooled)
    {
        Model model = OnnxFile.Single(operation, 9, 12, pooled);
        OnnxFile.AssertSame(model, scale: 8);
        OnnxFile.AssertSame(model, new OnnxExportOptions { Layout = ImageLayout.Nhwc }, scale: 8);
    }

    [Fact]
    public void AnEvenNumberOfNeighboursIsRefused()
    {
        string message = Assert.Throws<OnnxException>(() => OnnxFile.Export(OnnxFile.Single(new LocalResponseNorm(4), 3, 3))).Message;
        Assert.Equal("Node 'layer' (local response norm 4) cannot be exported: of an even number of neighbours ONNX takes one more above and Graft, as PyTorch, one more below. Use an odd size.", message);
    }

    [Theory]
    [MemberData(nameof(Layers), DisableDiscoveryEnumeration = true)]
    public void ALayerComputesTheSame(string name, Operation operation, int height, int width, bool pooled)
    {
        Assert.NotEmpty(name);
        Model model = OnnxFile.Single(operation, height, width, pooled);
        OnnxFile.AssertSame(model, scale: 8);
        OnnxFile.AssertSame(model, new OnnxExportOptions { Layout = ImageLayout.Nhwc }, scale: 8);
    }

    public static TheoryData<int, double, int, bool> Networks => new()
    {
        { 1, 0.25, 64, false },
        { 1, 0.25, 97, true },
        { 1, 1.0, 64, true },
        { 2, 0.35, 64, false },
        { 2, 0.35, 96, true },
        { 2, 0.35, 97, true },
        { 2, 1.0, 64, false },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void ANetworkComputesTheSame(int version, double width, int resolution, bool same)
    {
        Model model = MobileNet(version, width, resolution, same);
        string[] taps = ["stride2", "stride8", "stride32", "features", "logits"];
        float[] logits = OnnxFile.Reference(model, OnnxFile.Image(model.Network.Graph.Inputs[0], 1))["logits"].Span.ToArray();
        Assert.True(Math.Sqrt(logits.Average(x => (double)x * x) - Math.Pow(logits.Average(), 2)) > 0.1, "Outputs that hardly vary prove little.");
        OnnxFile.AssertSame(model);
        OnnxFile.AssertSame(model, new OnnxExportOptions { Outputs = [.. taps], FoldBatchNorm = true });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheEngineAndOnnxRuntimeAgreeAtFullSize(int version)
    {
        Model model = MobileNet(version, 1.0, 224, same: false);
        Tensor images = OnnxFile.Image(model.Network.Graph.Inputs[0], 2);
        using InferenceSession session = InferencePlan.Compile(model.Network).CreateSession();
        float[] logits = new float[2 * 10];
        session.Run(images.Span, 2, logits);
        TestNumbers.AssertClose(OnnxFile.Run(OnnxFile.Export(model), images)["logits"].Values, logits, 1e-4);
    }

    [Fact]
    public void OutputsAreNamedAsInTheNetworkAndTheMainOneComesFirst()
    {
        byte[] file = OnnxFile.Export(MobileNet(2, 0.35, 32, same: false), new OnnxExportOptions { Outputs = ["stride32", "features", "logits"], IncludeProbabilities = true });
        GraphProto graph = ModelProto.Parser.ParseFrom(file).Graph;
        Assert.Equal(["logits", "stride32", "features", "probabilities"], graph.Output.Select(output => output.Name));
        Assert.Equal("image", Assert.Single(graph.Input).Name);
        Assert.Contains("blocks.1.0.conv_dw.weight", graph.Initializer.Select(initializer => initializer.Name));
        Assert.Contains("blocks.1.0.conv_dw", graph.Node.Select(node => node.Name));
        Assert.Equal("N", graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Equal([3, 32, 32], graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(d => d.DimValue));
    }

    [Fact]
    public void NodesThatNoOutputNeedsAreLeftOut()
    {
        byte[] file = OnnxFile.Export(MobileNet(2, 0.35, 32, same: false), new OnnxExportOptions { Outputs = ["stride2"] });
        GraphProto graph = ModelProto.Parser.ParseFrom(file).Graph;
        Assert.DoesNotContain(graph.Node, node => node.OpType == "Gemm");
        Assert.DoesNotContain("conv_head.weight", graph.Initializer.Select(initializer => initializer.Name));
        Assert.Equal("stride2", Assert.Single(graph.Output).Name);
    }

    [Fact]
    public void FoldingLeavesNoBatchNorm()
    {
        Model model = MobileNet(2, 0.35, 32, same: false);
        Assert.Equal(52, Count(OnnxFile.Export(model)));
        Assert.Equal(0, Count(OnnxFile.Export(model, new OnnxExportOptions { FoldBatchNorm = true })));

        static int Count(byte[] file) => ModelProto.Parser.ParseFrom(file).Graph.Node.Count(node => node.OpType == "BatchNormalization");
    }

    [Fact]
    public void FoldingKeepsWeightsThatNodesShareApart()
    {
        Conv2d convolution = new(3, 3) { Padding = Padding.Symmetric(1), HasBias = true };
        Model model = new(TestNetworks.WithTestWeights(new Graph(
            "shared",
            [new NetworkInput("image", 6, 6, 3)],
            [
                new Node("a", convolution, ["image"]),
                new Node("norm", new BatchNorm(), ["a"]),
                new Node("b", convolution, ["norm"]) { Scope = "a" },
                new Node("c", convolution, ["b"]) { Scope = "a" },
            ],
            [new NetworkOutput("result", "c")])));
        OnnxFile.AssertSame(model, new OnnxExportOptions { FoldBatchNorm = true });
        GraphProto graph = ModelProto.Parser.ParseFrom(OnnxFile.Export(model)).Graph;
        Assert.Equal(["a.weight", "a.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"], graph.Initializer.Select(i => i.Name));
    }

    [Fact]
    public void ANormWithoutRunningStatisticsIsRefused()
    {
        Model model = OnnxFile.Single(new BatchNorm { Statistics = RunningStatistics.None }, 4, 4, pooled: false);
        OnnxException refusal = Assert.Throws<OnnxException>(() => OnnxFile.Export(model));
        Assert.Equal(
            $"Node '{model.Network.Graph.Nodes[^1].Name}' (batch norm) has no running statistics, and ONNX normalizes by such in inference: the network cannot be exported. Give it running statistics first.",
            refusal.Message);
    }

    [Fact]
    public void ProbabilitiesAreTheSoftmaxOfTheLogits()
    {
        Model model = MobileNet(1, 0.25, 32, same: false);
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2);
        Dictionary<string, (Shape Shape, float[] Values)> results = OnnxFile.Run(OnnxFile.Export(model, new OnnxExportOptions { IncludeProbabilities = true }), image);
        float[] logits = results["logits"].Values;
        for (int row = 0; row < 2; row++)
        {
            double sum = Enumerable.Range(0, 10).Sum(c => Math.Exp(logits[(row * 10) + c]));
            for (int c = 0; c < 10; c++) Assert.Equal(Math.Exp(logits[(row * 10) + c]) / sum, results["probabilities"].Values[(row * 10) + c], 1e-6);
        }
    }

    [Fact]
    public void ProbabilitiesOfIndependentLabelsAreTheSigmoids()
    {
        Model model = MobileNet(1, 0.25, 32, same: false) with { Task = ModelTask.MultiLabel };
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2);
        Dictionary<string, (Shape Shape, float[] Values)> results = OnnxFile.Run(OnnxFile.Export(model, new OnnxExportOptions { IncludeProbabilities = true }), image);
        TestNumbers.AssertClose([.. results["logits"].Values.Select(logit => (float)(1 / (1 + Math.Exp(-logit))))], results["probabilities"].Values, 1e-6);

        Assert.Equal(
            "The outputs of the model are numbers, which have no probabilities. Export without them.",
            Assert.Throws<OnnxException>(() => OnnxFile.Export(model with { Task = ModelTask.Regress }, new OnnxExportOptions { IncludeProbabilities = true })).Message);
    }

    [Theory]
    [InlineData(ImageLayout.Nchw)]
    [InlineData(ImageLayout.Nhwc)]
    public void NormalizationInTheGraphTakesRawPixels(ImageLayout layout)
    {
        Model model = MobileNet(2, 0.35, 32, same: false);
        Tensor pixels = TestNumbers.UniformTensor([2, 32, 32, 3], 9, 127.5, 127.5);
        float[] normalized = pixels.Span.ToArray();
        for (int i = 0; i < normalized.Length; i++)
            normalized[i] = ((normalized[i] / 255) - model.Preprocessing.Mean[i % 3]) / model.Preprocessing.StandardDeviation[i % 3];
        byte[] file = OnnxFile.Export(model, new OnnxExportOptions { IncludeNormalization = true, Layout = layout });
        float[] actual = OnnxFile.Run(file, pixels, layout == ImageLayout.Nhwc)["logits"].Values;
        TestNumbers.AssertClose(OnnxFile.Reference(model, new Tensor([2, 32, 32, 3], normalized))["logits"].Span, actual, 1e-4);

        string metadata = ModelProto.Parser.ParseFrom(file).MetadataProps.Single(entry => entry.Key == "preprocessing").Value;
        Assert.Equal([0f, 0f, 0f], JsonDocument.Parse(metadata).RootElement.GetProperty("mean").Floats());
        Assert.Equal([1f / 255, 1f / 255, 1f / 255], JsonDocument.Parse(metadata).RootElement.GetProperty("std").Floats());
    }

    [Fact]
    public void MetadataHoldsLabelsPreprocessingAndProvenance()
    {
        Model model = OnnxFile.Single(new GlobalAveragePool(), 4, 4) with
        {
            Labels = ["tulip", "\"daisy\"", "雛菊"],
            Preprocessing = Preprocessing.TeachableMachine,
        };
        model = model with { Provenance = model.Provenance.Add("source", "a test") };
        ModelProto proto = ModelProto.Parser.ParseFrom(OnnxFile.Export(model));
        Dictionary<string, JsonElement> entries = proto.MetadataProps.ToDictionary(entry => entry.Key, entry => JsonDocument.Parse(entry.Value).RootElement);
        Assert.Equal(["tulip", "\"daisy\"", "雛菊"], entries["labels"].EnumerateArray().Select(label => label.GetString()));
        Assert.Equal("bilinear", entries["preprocessing"].GetProperty("interpolation").GetString());
        Assert.Equal([127f / 255, 127f / 255, 127f / 255], entries["preprocessing"].GetProperty("mean").Floats());
        Assert.Equal("a test", entries["provenance"].GetProperty("source").GetString());
        Assert.Equal(("Graft", 8L, 17L), (proto.ProducerName, proto.IrVersion, proto.OpsetImport.Single().Version));
    }

    [Fact]
    public void AFileIsReplacedWholeOrNotAtAll()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string path = Path.Combine(folder, "model.onnx");
        File.WriteAllText(path, "before");
        Model model = OnnxFile.Single(new GlobalAveragePool(), 4, 4);
        Assert.Throws<OnnxException>(() => OnnxExporter.Export(OnnxFile.Single(new Add(), 4, 4), path, new OnnxExportOptions { IncludeProbabilities = true }));
        Assert.Equal("before", File.ReadAllText(path));
        OnnxExporter.Export(model, path);
        Assert.Equal(OnnxFile.Export(model), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void WhatCannotBeWrittenIsRefused()
    {
        Model image = OnnxFile.Single(new Add(), 4, 4);
        Assert.Equal(
            "Probabilities are made of [batch, classes], and output 'result' is [1, 4, 4, 3]. Export without them.",
            Assert.Throws<OnnxException>(() => OnnxFile.Export(image, new OnnxExportOptions { IncludeProbabilities = true })).Message);

        GraphBuilder builder = new("grey");
        builder.Output("grey", builder.Input("grey", 4, 4, 1));
        Model grey = new(TestNetworks.WithTestWeights(builder.Build()));
        Assert.Equal(
            "In ONNX an output needs a name of its own, and 'grey' is also an input. Rename the output.",
            Assert.Throws<OnnxException>(() => OnnxFile.Export(grey)).Message);

        builder = new("grey");
        builder.Output("result", builder.Add("pool", new GlobalAveragePool(), builder.Input("grey", 4, 4, 1)));
        grey = new(TestNetworks.WithTestWeights(builder.Build()));
        Assert.Equal(
            "Normalization in the graph takes images of 3 channels, and input 'grey' has 1. Export without it.",
            Assert.Throws<OnnxException>(() => OnnxFile.Export(grey, new OnnxExportOptions { IncludeNormalization = true })).Message);
        Assert.Equal(
            "Network 'grey' has no output 'logits'. It has: result.",
            Assert.Throws<NetworkException>(() => OnnxFile.Export(grey, new OnnxExportOptions { Outputs = ["logits"] })).Message);
    }

    private static Model MobileNet(int version, double width, int resolution, bool same)
    {
        TrunkOptions options = new() { Width = width, Resolution = resolution, SamePadding = same, Epsilon = same ? 1e-3f : 1e-5f };
        Graph trunk = version == 1 ? MobileNetV1.Trunk(options) : MobileNetV2.Trunk(options);
        return new Model(TestNetworks.WithTestWeights(trunk.WithHead(10)));
    }
}
