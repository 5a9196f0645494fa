using Graft.Activations;
using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Tests.Reading;

public class RoundTripTests
{
    [Theory]
    [MemberData(nameof(OnnxExporterTests.Layers), MemberType = typeof(OnnxExporterTests), DisableDiscoveryEnumeration = true)]
    public void ALayerComesBack(string name, Operation operation, int height, int width, bool pooled)
    {
        Assert.NotEmpty(name);
        Model model = OnnxFile.Single(operation, height, width, pooled);
        foreach (ImageLayout layout in Enum.GetValues<ImageLayout>()) AssertComesBack(model, new OnnxExportOptions { Layout = layout }, 1e-6);
    }

    /// <summary>What is written as several operators comes back as one that computes the same.</summary>
    [Theory]
    [MemberData(nameof(OnnxExporterTests.Composed), MemberType = typeof(OnnxExporterTests), DisableDiscoveryEnumeration = true)]
    public void AComposedLayerComesBack(Operation operation, bool pooled)
    {
        Model model = OnnxFile.Single(operation, 9, 12, pooled);
        foreach (ImageLayout layout in Enum.GetValues<ImageLayout>())
        {
            Network back = AssertComesBack(model, new OnnxExportOptions { Layout = layout }, 1e-5).Model.Network;
            Operation read = Assert.Single(back.Graph.Nodes, node => node.Operation is not GlobalAveragePool).Operation;
            if (operation is RmsNorm or FilterResponseNorm or SwitchableNorm or AdaptiveInstanceNorm) Assert.Equal(operation.GetType(), read.GetType());
        }
    }

    [Theory]
    [InlineData(1, false, ImageLayout.Nchw)]
    [InlineData(2, false, ImageLayout.Nhwc)]
    [InlineData(2, true, ImageLayout.Nchw)]
    public void ANetworkComesBack(int version, bool fold, ImageLayout layout)
    {
        TrunkOptions options = new() { Width = 0.35, Resolution = 65, SamePadding = true, Epsilon = 1e-3f };
        Graph graph = (version == 1 ? MobileNetV1.Trunk(options) : MobileNetV2.Trunk(options)).WithHead(3);
        Model model = new(TestNetworks.WithTestWeights(graph)) { Labels = ["a", "b", "c"], Preprocessing = Preprocessing.TeachableMachine with { Resolution = 65, Decoding = JpegDecoding.Scaled } };
        model = model with { Provenance = model.Provenance.Add("source", "a test") };
        OnnxImport import = AssertComesBack(
            model, new OnnxExportOptions { FoldBatchNorm = fold, Layout = layout, Outputs = ["stride8", "features", "logits"], IncludeProbabilities = true }, fold ? 1e-5 : 0);

        Assert.Equal(["stride8", "features", "logits"], import.Model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Equal(graph.Architecture, import.Model.Network.Graph.Architecture);
        Assert.Equal(model.Labels, import.Model.Labels);
        Assert.Equal(model.Preprocessing, import.Model.Preprocessing);
        Assert.Equal(model.Provenance, import.Model.Provenance);
        Assert.Equal(17, import.Report.OperatorSet);
        Assert.StartsWith("Graft ", import.Report.Producer);
        Assert.Empty(import.Report.Unused);
        Assert.False(import.Report.AssumesPreprocessing);
        Assert.Equal(["Output 'probabilities', the softmax of 'logits', was left out: Graft computes it from the logits."], import.Report.Notes);
        Assert.Equal(graph.Nodes.Count(node => node.Operation is not Dropout && !(fold && node.Operation is BatchNorm)), import.Model.Network.Graph.Nodes.Length);
        Assert.Equal(!fold, import.Model.Network.Graph.Parameters.Keys.SequenceEqual(graph.Parameters.Keys));
    }

    /// <summary>A file says that its labels are independent, and from which probability on each is given, or that its outputs are numbers, and how sure they are.</summary>
    [Fact]
    public void TasksComeBack()
    {
        Model classes = new(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.25, Resolution = 32 }).WithHead(3))) { Labels = ["a", "b", "c"] };
        Model labels = classes with { Task = ModelTask.MultiLabel, Thresholds = [0.25f, 0.5f, 0.75f] };
        OnnxImport import = AssertComesBack(labels, new OnnxExportOptions { IncludeProbabilities = true }, 0);
        Assert.Equal(ModelTask.MultiLabel, import.Model.Task);
        Assert.Equal(labels.Thresholds, import.Model.Thresholds);
        Assert.Equal("Output 'probabilities', the sigmoid of 'logits', was left out: Graft computes it from the logits.", import.Report.Notes[0]);

        Model numbers = classes with { Task = ModelTask.Regress, Margins = [1, 20, 3], Coverage = 0.9 };
        Model back = AssertComesBack(numbers, new OnnxExportOptions(), 0).Model;
        Assert.Equal(ModelTask.Regress, back.Task);
        Assert.Equal(numbers.Margins, back.Margins);
        Assert.Equal(0.9, back.Coverage);
        Assert.Equal(ModelTask.Classify, AssertComesBack(classes, new OnnxExportOptions(), 0).Model.Task);
    }

    /// <summary>Other programs write what they like under the key.</summary>
    [Theory]
    [InlineData("multilabel")]
    [InlineData("""{"name": "guess"}""")]
    [InlineData("""{"name": "multilabel", "thresholds": [0.5]}""")]
    [InlineData("""{"name": "regress", "margins": [1, 2, -3], "coverage": 0.9}""")]
    public void AnotherTaskIsLeftOut(string task)
    {
        OnnxGraph graph = OnnxGraph.Of(-1, 2, 7, 6).Node("GlobalAveragePool", "x", "g").Node("Flatten", "g", "p").Floats("w", [2, 3], 1, 2, 3, 4, 5, 6).Node("Gemm", "p w", "y").Output("y");
        graph.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "task", Value = task });
        Assert.Equal(ModelTask.Classify, graph.Import().Model.Task);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void NamesOfNodesComeBack(int version)
    {
        TrunkOptions options = new() { Width = 0.35, Resolution = 65 };
        Graph graph = (version == 1 ? MobileNetV1.Trunk(options) : MobileNetV2.Trunk(options)).WithHead(3);
        OnnxImport import = AssertComesBack(new Model(TestNetworks.WithTestWeights(graph)), new OnnxExportOptions { FoldBatchNorm = false }, 0);
        Assert.Equal(graph.Nodes.Where(node => node.Operation is not Dropout).Select(node => node.Name), import.Model.Network.Graph.Nodes.Select(node => node.Name));
    }

    [Theory]
    [InlineData("resnet18", ImageLayout.Nchw)]
    [InlineData("resnet50", ImageLayout.Nhwc)]
    [InlineData("resnet18_ibn_b", ImageLayout.Nchw)]
    [InlineData("resnet50_ibn_a", ImageLayout.Nchw)]
    [InlineData("mobilenetv2_035_ibn_a", ImageLayout.Nhwc)]
    [InlineData("mobilenetv3_small_050", ImageLayout.Nchw)]
    [InlineData("mobilenetv3_large_075", ImageLayout.Nhwc)]
    [InlineData("mobilenetv4_conv_small_035", ImageLayout.Nhwc)]
    [InlineData("efficientnet_lite0", ImageLayout.Nchw)]
    public void AnArchitectureComesBackUnderItsName(string name, ImageLayout layout)
    {
        Graph graph = Architectures.Get(name).Trunk(new TrunkOptions { Resolution = 32, Epsilon = 1e-4f }).WithHead(3, dropout: 0);
        Model model = new(TestNetworks.WithTestWeights(graph));
        OnnxImport import = AssertComesBack(model, new OnnxExportOptions { FoldBatchNorm = false, Layout = layout, Outputs = ["features", "logits"] }, 0);
        Assert.Equal(name, import.Model.Network.Graph.Architecture);
        Assert.Equal(graph.Nodes, import.Model.Network.Graph.Nodes);
        Assert.Equal(graph.Parameters.Keys, import.Model.Network.Graph.Parameters.Keys);
    }

    /// <summary>Hard swish, gates, layers behind the pooling and TensorFlow's padding, with norms in the weights: ONNX Runtime runs them, and they come back.</summary>
    [Theory]
    [InlineData("mobilenetv3_small_050", ImageLayout.Nchw)]
    [InlineData("tf_mobilenetv3_small_075", ImageLayout.Nhwc)]
    [InlineData("mobilenetv4_conv_small_035", ImageLayout.Nchw)]
    public void AFoldedMobileNetRunsElsewhereAndComesBack(string name, ImageLayout layout)
    {
        Model model = new(TestNetworks.WithTestWeights(Architectures.Get(name).Trunk(new TrunkOptions { Resolution = 64 }).WithHead(3, dropout: 0)));
        OnnxExportOptions options = new() { Layout = layout };
        OnnxFile.AssertSame(model, options);
        Node[] back = [.. AssertComesBack(model, options, 1e-5).Model.Network.Graph.Nodes];
        foreach (ActivationFunction function in (ActivationFunction[])[ActivationFunction.HardSwish, ActivationFunction.HardSigmoid])
            Assert.Equal(model.Network.Graph.Nodes.Count(node => node.Operation == new Activation(function)), back.Count(node => node.Operation == new Activation(function)));
        Assert.Equal(model.Network.Graph.Nodes.Count(node => node.Operation is Multiply), back.Count(node => node.Operation is Multiply));
    }

    /// <summary>An image times a factor for each channel, which is [batch, channels] or an image of one pixel, and which may come first.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void SqueezeAndExcitationComesBack(bool isFirst, bool isImage)
    {
        GraphBuilder builder = new("squeezed");
        string x = builder.Add("conv", new Conv2d(6, 3) { HasBias = true }, builder.Input("image", 9, 9, 3));
        string s = isImage ? builder.Add("gate", new Conv2d(6, 7), x) : builder.Add("gate", new Dense(6), builder.Add("pool", new GlobalAveragePool(), x));
        s = builder.Add("sigmoid", new Activation(ActivationFunction.HardSigmoid), s);
        builder.Output("result", builder.Add("excited", new Multiply(), isFirst ? [s, x] : [x, s]));
        Model model = new(TestNetworks.WithTestWeights(builder.Build()));
        foreach (ImageLayout layout in Enum.GetValues<ImageLayout>())
        {
            OnnxExportOptions options = new() { Layout = layout, FoldBatchNorm = false };
            OnnxFile.AssertSame(model, options);
            Assert.Contains(AssertComesBack(model, options, 1e-6).Model.Network.Graph.Nodes, node => node.Operation is Multiply);
        }
    }

    [Fact]
    public void NormalizationComesBackAsTheFirstLayer()
    {
        Model model = new(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.25, Resolution = 32 }).WithHead(3)));
        Tensor pixels = TestNumbers.UniformTensor([1, 32, 32, 3], 9, 127.5, 127.5);
        byte[] file = OnnxFile.Export(model, new OnnxExportOptions { IncludeNormalization = true });
        Model back = OnnxFile.Import(file).Model;
        Assert.Equal([1f / 255, 1f / 255, 1f / 255], back.Preprocessing.StandardDeviation);
        TestNumbers.AssertClose(OnnxFile.Run(file, pixels)["logits"].Values, OnnxFile.Reference(back, pixels)["logits"].Span, 1e-4);
    }

    [Fact]
    public void SharedWeightsStayShared()
    {
        Conv2d convolution = new(3, 3) { Padding = Padding.Symmetric(1), HasBias = true };
        Model model = new(TestNetworks.WithTestWeights(new Graph(
            "shared",
            [new NetworkInput("image", 6, 6, 3)],
            [new Node("a", convolution, ["image"]), new Node("b", convolution, ["a"]) { Scope = "a" }],
            [new NetworkOutput("result", "b")])));
        Model back = AssertComesBack(model, new OnnxExportOptions(), 0).Model;
        Assert.Equal(["a.weight", "a.bias"], back.Network.Graph.Parameters.Keys);
    }

    private static OnnxImport AssertComesBack(Model model, OnnxExportOptions options, double tolerance)
    {
        OnnxImport import = OnnxFile.Import(OnnxFile.Export(model, options));
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2, 8);
        IReadOnlyDictionary<string, Tensor> expected = OnnxFile.Reference(model, image), actual = OnnxFile.Reference(import.Model, image);
        string main = import.Model.Network.Graph.Outputs[^1].Name;
        foreach ((string name, Tensor tensor) in actual)
        {
            if (!expected.TryGetValue(name, out Tensor? same))
            {
                // Importing calls a single layer's result by what it is.
                if (name != main) continue;
                Assert.True(name is "logits" or "features");
                same = expected["result"];
            }

            float[] values = tensor.Span.ToArray();
            if (model.Network.Graph.Nodes[^1].Operation is Softmax && name == main && tensor.Shape.Rank == 2) values = Softmax(values, tensor.Shape[1]);
            Assert.Equal(same.Shape, tensor.Shape);
            TestNumbers.AssertClose(same.Span, values, tolerance, name);
        }

        return import;
    }

    // The importer leaves a final softmax to whoever reads the logits.
    private static float[] Softmax(float[] logits, int classes) =>
    [
        .. logits.Chunk(classes).SelectMany(row =>
        {
            double largest = row.Max(), sum = row.Sum(x => Math.Exp(x - largest));
            return row.Select(x => (float)(Math.Exp(x - largest) / sum));
        }),
    ];
}
