using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Tests.Inference;

/// <summary>What values of quantized networks take where they run.</summary>
public class StoredValuesTests
{
    /// <summary>Bytes between steps on bytes, nothing for what is computed on the way, and float32 where steps give it.</summary>
    [Fact]
    public void QuantizedNetworksAreCountedAsTheyRun()
    {
        GraphBuilder builder = new("q");
        string value = builder.Add("pixels", new FakeQuantize(0.01f, 128), builder.Input("x", 4, 4, 3));
        value = builder.Add("wide", new Conv2d(8, 1) { QuantizeWeight = true }, value);
        value = builder.Add("act", new Activation(ActivationFunction.Relu), value);
        value = builder.Add("first", new FakeQuantize(0.02f, 0), value);
        value = builder.Add("narrow", new Conv2d(5, 1) { QuantizeWeight = true }, value);
        value = builder.Add("second", new FakeQuantize(0.03f, 100), value);
        value = builder.Add("pool", new GlobalAveragePool(), value);
        builder.Output("logits", builder.Add("head", new Dense(2), value));
        Graph graph = builder.Build();
        NetworkSummary summary = StoredValues.Summary(graph);
        Assert.Equal([48, 0, 0, 128, 0, 80, 20, 8], summary.Layers.Select(layer => layer.ActivationBytes));
        Assert.Equal(284, summary.ActivationBytes);
        Assert.Equal(4 * (48 + 128 + 128 + 128 + 80 + 80 + 5 + 2), new NetworkSummary(graph).ActivationBytes);
    }

    /// <summary>Other networks are counted as before, each value as float32.</summary>
    [Fact]
    public void OtherNetworksAreCountedInFloat32()
    {
        GraphBuilder builder = new("f");
        string value = builder.Add("conv", new Conv2d(8, 1), builder.Input("x", 4, 4, 3));
        builder.Output("y", builder.Add("act", new Activation(ActivationFunction.Relu), value));
        Assert.Equal([512, 512], StoredValues.Summary(builder.Build()).Layers.Select(layer => layer.ActivationBytes));
    }
}
