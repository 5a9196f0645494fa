using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;

namespace Graft.Keras.Tests.Reading;

/// <summary>Models as Keras 1, 2 and 3 write them compute what Keras does.</summary>
public sealed class NetworkTests
{
    private static float[] Expected(string name) => Fixture.Json("Reading", "expected.json").GetProperty(name).Floats();

    /// <summary>Every layer, saved by Keras 3 in both of its formats; what it does to pixels is the preprocessing.</summary>
    [Theory]
    [InlineData("layers.keras")]
    [InlineData("layers.h5")]
    public void EveryLayerComputesWhatKerasDoes(string file)
    {
        KerasImport import = KerasFile.Import(file);
        Model model = import.Model;
        TestNumbers.AssertClose(Expected("layers"), KerasFile.Softmax(KerasFile.Run(model)), 1e-5);
        Assert.Equal("3.16.0", import.Report.Version);
        Assert.True(import.Report.Weights.IsComplete);
        Assert.Equal("Keras 3.16.0", model.Provenance["source"]);
        Assert.Equal([ClassifierHead.Features, ClassifierHead.Logits], model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Equal("every_layer", model.Network.Graph.Architecture);
        Assert.Equal(6, model.Network.Graph.OutputShape(ClassifierHead.Features)[^1]);
        Assert.Equal(ModelTask.Classify, model.Task);

        // (v / 255 - mean) / deviation = v / 120 - 1.1 and so on.
        Assert.False(import.Report.AssumesPreprocessing);
        TestNumbers.AssertClose([120 / 255f, 127.5f / 255, 140 / 255f], model.Preprocessing.StandardDeviation.AsSpan(), 1e-6);
        TestNumbers.AssertClose([1.1f * 120 / 255, 127.5f / 255, 0.9f * 140 / 255], model.Preprocessing.Mean.AsSpan(), 1e-6);
        Assert.Equal(KerasFile.Side, model.Preprocessing.Resolution);
        Assert.Equal(Interpolation.Bilinear, model.Preprocessing.Interpolation);
    }

    /// <summary>x relu6(x + 3) / 6, relu6(x + 3) / 6 and x sigmoid(x) are one function each, and the border before the pooling is a node.</summary>
    [Fact]
    public void FunctionsThatAreSeveralLayersAreOne()
    {
        Graph graph = KerasFile.Import("layers.keras").Model.Network.Graph;
        Dictionary<ActivationFunction, int> functions = graph.Nodes.Select(node => node.Operation).OfType<Activation>().GroupBy(activation => activation.Function).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(2, functions[ActivationFunction.HardSwish]);
        Assert.Equal(2, functions[ActivationFunction.HardSigmoid]);
        Assert.Equal(2, functions[ActivationFunction.Silu]);
        Assert.Equal(1, functions[ActivationFunction.Relu6]);
        Assert.False(functions.ContainsKey(ActivationFunction.Sigmoid));

        // The two norms of the model, and the Rescaling that is not of pixels.
        Assert.Equal(3, graph.Nodes.Count(node => node.Operation is BatchNorm));
        Assert.Single(graph.Nodes, node => node.Operation is Conv2d { KernelSize: 1, Groups: 12, Padding.Top: 1 });
    }

    /// <summary>Models in models, layers that only change images in training, a Normalization that measured, an optimizer's state beside.</summary>
    [Theory]
    [InlineData("nested.keras")]
    [InlineData("nested.h5")]
    public void ModelsInModelsAreRead(string file)
    {
        KerasImport import = KerasFile.Import(file);
        float logit = Assert.Single(KerasFile.Run(import.Model));
        Assert.Equal(Expected("nested")[0], 1 / (1 + MathF.Exp(-logit)), 1e-5);
        Assert.Equal(ModelTask.MultiLabel, import.Model.Task);
        Assert.False(import.Report.AssumesPreprocessing);
        Assert.Contains(import.Report.Notes, note => note.Contains("sigmoid", StringComparison.Ordinal));
        Model trunk = KerasFile.Import(file, new KerasImportOptions { DropHead = true }).Model;
        Assert.Equal([ClassifierHead.Features], trunk.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Equal(KerasFile.Run(import.Model, ClassifierHead.Features), KerasFile.Run(trunk, ClassifierHead.Features));
        Assert.Equal(7, KerasFile.Run(trunk, ClassifierHead.Features).Length);
    }

    /// <summary>tf.keras 2 with functions of TensorFlow, float16 weights in compressed pieces, a renamed layer, and the hard sigmoid of before Keras 3.</summary>
    [Fact]
    public void Keras2IsRead()
    {
        KerasImport import = KerasFile.Import("keras2.h5");
        TestNumbers.AssertClose(Expected("keras2"), KerasFile.Softmax(KerasFile.Run(import.Model)), 1e-5);
        Assert.Equal("2.15.0", import.Report.Version);
        Assert.False(import.Report.AssumesPreprocessing);
        TestNumbers.AssertClose([0.5f, 0.5f, 0.5f], import.Model.Preprocessing.Mean.AsSpan(), 1e-6);
        TestNumbers.AssertClose([0.5f, 0.5f, 0.5f], import.Model.Preprocessing.StandardDeviation.AsSpan(), 1e-6);
        Assert.Contains(import.Model.Network.Graph.Nodes, node => node.Operation is Activation { Function: { } function } && function == ActivationFunction.HardSwish);
    }

    /// <summary>A bare list of layers, whose images nobody tells; and the same in the newest structures of HDF5.</summary>
    [Theory]
    [InlineData("keras1.h5")]
    [InlineData("latest.h5")]
    public void Keras1IsRead(string file)
    {
        KerasImport import = KerasFile.Import(file);
        TestNumbers.AssertClose(Expected("keras1"), KerasFile.Run(import.Model), 1e-5);
        Assert.Equal("2.1.6", import.Report.Version);
        Assert.True(import.Report.AssumesPreprocessing);
        Assert.Equal(KerasFile.Side, import.Model.Preprocessing.Resolution);
    }

    /// <summary>Weights of a kind that HDF5 has no name for.</summary>
    [Fact]
    public void WeightsOfBFloat16AreRead() => TestNumbers.AssertClose(Expected("bfloat16"), KerasFile.Run(KerasFile.Import("bfloat16.keras").Model), 1e-5);

    /// <summary>A side that the file leaves open is the options'.</summary>
    [Fact]
    public void OpenSidesAreTheOptions()
    {
        byte[] open = KerasFile.With("layers.keras", "\"batch_shape\": [null, 16, 16, 3]", "\"batch_shape\": [null, null, null, 3]");
        Assert.Equal(224, KerasImporter.Import(open, "x").Model.Preprocessing.Resolution);
        Assert.Equal(64, KerasImporter.Import(open, "x", new KerasImportOptions { Resolution = 64 }).Model.Network.Graph.Inputs[0].Width);
    }
}
