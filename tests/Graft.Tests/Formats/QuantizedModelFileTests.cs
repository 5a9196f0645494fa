using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Graft.Activations;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>The .graft files of quantized networks.</summary>
public class QuantizedModelFileTests
{
    /// <summary>A network with every layer that can be quantized, and one that is not.</summary>
    internal static Model Small()
    {
        GraphBuilder builder = new("quantized");
        string x = builder.Add("qimage", new FakeQuantize(0.0235294122f, 128), builder.Input("image", 6, 5, 3));
        x = builder.Add("conv", new Conv2d(4, 3) { HasBias = true, QuantizeWeight = true }, x);
        x = builder.Add("qconv", new FakeQuantize(0.01f, 0), builder.Add("relu6", new Activation(ActivationFunction.Relu6), x));
        x = builder.Add("qdw", new FakeQuantize(0.02f, 127), builder.Add("dw", Conv2d.Depthwise(4, 3) with { Padding = Padding.Same, QuantizeWeight = true }, x));
        x = builder.Add("plain", new Conv2d(4, 3) { Padding = Padding.Same }, x);
        x = builder.Add("qpool", new FakeQuantize(0.03f, 255), builder.Add("pool", new GlobalAveragePool(), x));
        builder.Output("logits", builder.Add("dense", new Dense(3) { QuantizeWeight = true }, x));
        return new Model(OnGrid(TestNetworks.WithTestWeights(builder.Build())));
    }

    private static Model Load(byte[] bytes) => ModelFile.Load(new MemoryStream(bytes), "x");

    [Theory]
    [InlineData(WeightPrecision.Float32)]
    [InlineData(WeightPrecision.Float16)]
    [InlineData(WeightPrecision.Int8)]
    public void WeightsAreWholeNumbersAndComeBackToTheBit(WeightPrecision precision)
    {
        Model model = Small();
        byte[] bytes = ModelFileTests.Bytes(model, precision);
        Model back = Load(bytes);
        Assert.Equal(model.Network.Graph.Nodes, back.Network.Graph.Nodes);
        Assert.Equal(model.Network.Weights.Keys.Order(), back.Network.Weights.Keys.Order());
        foreach ((string name, Tensor weight) in model.Network.Weights.Where(weight => weight.Key != "plain.weight")) Assert.Equal(weight.Span, back.Network.Weights[name].Span);
        Assert.Equal(bytes, ModelFileTests.Bytes(back, precision));

        // What is not quantized is as the option says.
        bool isExact = model.Network.Weights["plain.weight"].Span.SequenceEqual(back.Network.Weights["plain.weight"].Span);
        Assert.Equal(precision == WeightPrecision.Float32, isExact);

        // Any reader finds whole numbers and their scales.
        SafetensorsHeader header = Header(bytes);
        foreach (string name in (string[])["conv.weight", "dw.weight", "dense.weight"])
        {
            Assert.Equal(StoredType.Int8, header.Entries.Find(entry => entry.Name == name)!.Type);
            Assert.Equal(StoredType.Float32, header.Entries.Find(entry => entry.Name == $"{name}.scale")!.Type);
        }

        Assert.Equal(precision switch { WeightPrecision.Int8 => StoredType.Int8, WeightPrecision.Float16 => StoredType.Float16, _ => StoredType.Float32 }, header.Entries.Find(entry => entry.Name == "plain.weight")!.Type);
        Assert.All(Safetensors.Read(new MemoryStream(bytes), "x").Tensors["dw.weight"].Span.ToArray(), q => Assert.Equal(q, MathF.Round(q)));
    }

    [Fact]
    public void AQuantizedNetworkTakesAQuarterOfTheFile()
    {
        Network network = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 64 }).WithHead(200)).FoldNormalization();
        Graph quantized = new(network.Graph.Architecture, network.Graph.Inputs, [.. network.Graph.Nodes.Select(node => node.Operation is ILinearLayer layer ? node with { Operation = layer.Quantized() } : node)], network.Graph.Outputs);
        byte[] single = ModelFileTests.Bytes(new Model(network)), eight = ModelFileTests.Bytes(new Model(OnGrid(TestNetworks.WithTestWeights(quantized))));
        Assert.InRange(eight.Length, 0.25 * single.Length, 0.31 * single.Length);
    }

    /// <summary>As while it is trained: what is stored is what is computed with.</summary>
    [Fact]
    public void WeightsBesideTheirGridAreStoredAsTheNearest()
    {
        Model model = Small();
        Network off = TestNetworks.WithTestWeights(model.Network.Graph);
        Tensor weight = off.Weights["conv.weight"];
        Network back = Load(ModelFileTests.Bytes(new Model(off))).Network;
        Assert.False(weight.Span.SequenceEqual(back.Weights["conv.weight"].Span));
        Assert.Equal(OnGrid(off).Weights["conv.weight"].Span, back.Weights["conv.weight"].Span);
    }

    /// <summary>A training that failed is to be seen in its file, too.</summary>
    [Fact]
    public void WhatIsNotANumberIsKept()
    {
        Model model = Small();
        Dictionary<string, Tensor> weights = new(model.Network.Weights);
        Tensor odd = new(weights["conv.weight"].Shape, weights["conv.weight"].Span);
        odd.Span[5] = float.NaN;
        weights["conv.weight"] = odd;
        byte[] bytes = ModelFileTests.Bytes(new Model(new Network(model.Network.Graph, weights)));
        Assert.Equal(odd.Span.ToArray(), Load(bytes).Network.Weights["conv.weight"].Span.ToArray());
        Assert.Equal(StoredType.Int8, Header(bytes).Entries.Find(entry => entry.Name == "dw.weight")!.Type);
    }

    [Fact]
    public void WeightsStoredAsFloatsAreRead()
    {
        Model model = Small();
        MemoryStream stream = new();
        Safetensors.Write(stream, model.Network.Weights, Safetensors.Read(new MemoryStream(ModelFileTests.Bytes(model)), "x").Metadata);
        Network back = Load(stream.ToArray()).Network;
        Assert.Equal(model.Network.Graph.Nodes, back.Graph.Nodes);
        foreach ((string name, Tensor weight) in model.Network.Weights) Assert.Equal(weight.Span, back.Weights[name].Span);
    }

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0.5f, "-0.5")]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "∞")]
    [InlineData(1e38f, "1E+38")]
    [InlineData(1e-40f, "1E-40")]
    public void AScaleOfWeightsThatCannotBeIsRefused(float scale, string shown)
    {
        byte[] bytes = ModelFileTests.Bytes(Small());
        MemoryMarshal.Cast<byte, float>(Data(bytes, "dw.weight.scale"))[1] = scale;
        Assert.Equal($"x: the layer 'dw' has a weight scale of {shown}: scales must be from 1e-30 to 1e30.", Message(bytes).Replace("Infinity", "∞", StringComparison.Ordinal).Replace("1.0E-40", "1E-40", StringComparison.Ordinal));
    }

    [Fact]
    public void TheWholeNumberWithoutACounterpartIsRefused()
    {
        byte[] bytes = ModelFileTests.Bytes(Small());
        Data(bytes, "dense.weight")[2] = 0x80;
        Assert.Equal("x: the weight 'dense.weight' holds -128, and whole numbers that stand for weights are from -127 to 127.", Message(bytes));
    }

    [Fact]
    public void MissingScalesAreNamed()
    {
        Model model = Small();
        TensorFile file = Safetensors.Read(new MemoryStream(ModelFileTests.Bytes(model)), "x");
        MemoryStream stream = new();
        Safetensors.Write(stream, model.Network.Weights.Where(weight => weight.Key != "conv.weight.scale"), file.Metadata);
        Assert.Equal("x: the network needs the weight 'conv.weight.scale', which the file does not hold.", Message(stream.ToArray()));
    }

    [Theory]
    [InlineData("zero_point", "-1", "must be a whole number from 0 to 255, not -1.")]
    [InlineData("zero_point", "256", "must be a whole number from 0 to 255, not 256.")]
    [InlineData("zero_point", "1e9", "must be a whole number from 0 to 255, not 1e9.")]
    [InlineData("zero_point", "0.5", "must be a whole number from 0 to 255, not 0.5.")]
    [InlineData("scale", "0", "The scale of a quantization must be from 1e-30 to 1e30, not 0.")]
    [InlineData("scale", "-1", "The scale of a quantization must be from 1e-30 to 1e30, not -1.")]
    [InlineData("scale", "1e38", "The scale of a quantization must be from 1e-30 to 1e30, not 1E+38.")]
    [InlineData("scale", "\"NaN\"", "must be a finite number, n")]
    [InlineData("scale", "null", "must be a finite number, n")]
    public void AGridThatCannotBeIsRefused(string field, string value, string message)
    {
        Model model = Small();
        Dictionary<string, string> metadata = new(Safetensors.Read(new MemoryStream(ModelFileTests.Bytes(model)), "x").Metadata);
        JsonNode graph = JsonNode.Parse(metadata["graph"])!;
        graph["nodes"]![0]![field] = JsonNode.Parse(value);
        metadata["graph"] = graph.ToJsonString();
        MemoryStream stream = new();
        Safetensors.Write(stream, model.Network.Weights, metadata);
        Assert.StartsWith("x: ", Message(stream.ToArray()));
        Assert.Contains(message, Message(stream.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingScaleOfAGridIsNamed()
    {
        string graph = GraphJson.Write(Small().Network.Graph);
        Assert.Contains("""{"name":"qimage","inputs":["image"],"op":"fake_quantize","scale":0.023529412,"zero_point":128}""", graph);
        Dictionary<string, string> metadata = new(Safetensors.Read(new MemoryStream(ModelFileTests.Bytes(Small())), "x").Metadata) { ["graph"] = graph.Replace("\"scale\":0.023529412,", "", StringComparison.Ordinal) };
        MemoryStream stream = new();
        Safetensors.Write(stream, Small().Network.Weights, metadata);
        Assert.Equal("x: graph.nodes[0] has no 'scale'.", Message(stream.ToArray()));
    }

    /// <summary>Every weight the number that its layer computes with.</summary>
    private static Network OnGrid(Network network)
    {
        Dictionary<string, Tensor> weights = new(network.Weights);
        foreach (Node node in network.Graph.Nodes)
            if (node.Operation is ILinearLayer { IsQuantized: true } layer) weights[node.WeightName("weight")] = new(network.Weight(node, "weight").Shape, layer.EffectiveWeights(name => network.Weight(node, name)));
        return new Network(network.Graph, weights);
    }

    private static SafetensorsHeader Header(byte[] bytes)
    {
        Stream stream = new MemoryStream(bytes);
        return SafetensorsHeader.Read(ref stream, "x", "a .graft file");
    }

    /// <summary>The bytes of a tensor.</summary>
    private static Span<byte> Data(byte[] bytes, string name)
    {
        int length = (int)BitConverter.ToUInt64(bytes);
        JsonNode offsets = JsonNode.Parse(bytes.AsSpan(8, length))![name]!["data_offsets"]!;
        return bytes.AsSpan(8 + length)[(int)offsets[0]!..(int)offsets[1]!];
    }

    private static string Message(byte[] bytes) => Assert.Throws<WeightFileException>(() => Load(bytes)).Message;
}
