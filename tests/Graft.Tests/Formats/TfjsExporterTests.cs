using Graft.Activations;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Formats.Keras.Writing;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>TensorFlow.js models that Graft writes, by what its reader, which is tested with files of others, makes of them.</summary>
public sealed class TfjsExporterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("mobilenetv1_025", false)]
    [InlineData("mobilenetv2_035", false)]
    [InlineData("mobilenetv2_035", true)]
    [InlineData("resnet18", false)]
    [InlineData("mobilenetv3_small_050", false)]
    [InlineData("mobilenetv4_conv_small_035", false)]
    public void WhatIsWrittenComputesTheSameProbabilities(string architecture, bool isSame)
    {
        Network network = TestNetworks.WithTestWeights(Architectures.Get(architecture).Trunk(new TrunkOptions { Resolution = 64, SamePadding = isSame }).WithHead(5));
        Model model = new(network) { Labels = ["a", "b", "c", "d", "\"é\""], Preprocessing = Preprocessing.ImageNet with { Resolution = 64, CropFraction = 0.9 } };
        Model read = Written(model);
        Assert.Equal(model.Labels, read.Labels);
        Assert.Equal((64, 0.9), (read.Preprocessing.Resolution, read.Preprocessing.CropFraction));
        Assert.Equal("TensorFlow.js layers model of Graft", read.Provenance["source"]);
        Same(model, read, 64);
    }

    [Fact]
    public void FunctionsThatKerasDoesNotHaveAreMadeOfLayers()
    {
        GraphBuilder builder = new("gates");
        string value = builder.Input("image", 16, 16, 3);
        value = builder.Add("first", new Conv2d(8, 3) { Stride = 2, Padding = Padding.Symmetric(1), HasBias = true }, value);
        foreach (ActivationFunction function in OperationLayers.KnownFunctions) value = builder.Add($"{function.Name}.act", new Activation(function), builder.Add($"{function.Name}.conv", new Conv2d(8, 1) { HasBias = true }, value));
        value = builder.Add("max", new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) }, builder.Add("relu", new Activation(ActivationFunction.Relu), value));
        string factors = builder.Add("gate", new Activation(ActivationFunction.HardSigmoid), builder.Add("expand", new Dense(8), builder.Add("squeeze", new GlobalAveragePool(), value)));
        value = builder.Add("excited", new Multiply(), value, factors);
        value = builder.Add("wide", new Conv2d(16, 3) { Groups = 8, Dilation = 2, Padding = Padding.Symmetric(2) }, builder.Add("norm", new BatchNorm { Epsilon = 0.01f }, builder.Add("sum", new Add(), value, value)));
        value = builder.Add("joined", new Concat(3), value, builder.Add("narrow", new Conv2d(5, 1), value), value);
        builder.Output("features", builder.Add("pool", new GlobalAveragePool(), value));
        Model model = new(TestNetworks.WithTestWeights(builder.Build().WithHead(3))) { Preprocessing = Preprocessing.Unit with { Resolution = 16 } };
        Same(model, Written(model), 16);
    }

    [Fact]
    public void TheSecondTimeSomethingElseIsInTheFolderAndStays()
    {
        Model model = Model.Builtin();
        TfjsExporter.Export(model, folder["out/"]);
        Assert.Equal(["index.html", "metadata.json", "model.json", "weights.bin"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
        Assert.Contains("tf.loadLayersModel", File.ReadAllText(folder["out/index.html"]), StringComparison.Ordinal);
        Assert.Contains("is there already and not an empty folder", Assert.Throws<GraftException>(() => TfjsExporter.Export(model, folder["out"])).Message);
        Assert.Equal(["out"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void WhatHasNoLayerIsRefusedByName()
    {
        Refuses("Node 'norm' (group norm", new GroupNorm(4));
        Refuses("Node 'norm' (conv 3x3 groups 2) has no layer in TensorFlow.js: its convolutions have one group, or one for each channel", new Conv2d(8, 3) { Groups = 2 });
        Refuses("Node 'norm' (average pool 3x3) has no layer in TensorFlow.js: its border is of another size than the rule SAME gives", new Pool2d(PoolFunction.Average, 3) { Padding = new Padding(false, 1, 0, 1, 0) });
        Refuses("Node 'norm' is quantized", new Conv2d(8, 1) { QuantizeWeight = true });
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        void Refuses(string message, Operation operation)
        {
            GraphBuilder builder = new("refused");
            string value = builder.Add("norm", operation, builder.Add("conv", new Conv2d(8, 1), builder.Input("image", 8, 8, 3)));
            builder.Output("features", builder.Add("pool", new GlobalAveragePool(), value));
            Assert.StartsWith(message, Assert.Throws<GraftException>(() => TfjsExporter.Export(new Model(TestNetworks.WithTestWeights(builder.Build())), folder["out"])).Message);
        }
    }

    private Model Written(Model model)
    {
        TfjsExporter.Export(model, folder["out"]);
        return WeightImporter.Import(folder["out"]).Model;
    }

    // The same pixels, prepared as each wants them.
    private static void Same(Model model, Model read, int side)
    {
        Tensor pixels = TestNumbers.UniformTensor([1, side, side, 3], 51);
        Tensor own = new(pixels.Shape), other = new(pixels.Shape);
        for (int i = 0; i < pixels.Span.Length; i++)
        {
            float value = (pixels.Span[i] + 1) / 2;
            own.Span[i] = (value - model.Preprocessing.Mean[i % 3]) / model.Preprocessing.StandardDeviation[i % 3];
            other.Span[i] = (value - read.Preprocessing.Mean[i % 3]) / read.Preprocessing.StandardDeviation[i % 3];
        }

        TestNumbers.AssertClose(Run(model.Network, own), Run(read.Network, other), 1e-4);
    }

    private static float[] Run(Network network, Tensor image) => ReferencePlan.Run(network, new Dictionary<string, Tensor> { [network.Graph.Inputs[0].Name] = image })["logits"].Span.ToArray();
}
