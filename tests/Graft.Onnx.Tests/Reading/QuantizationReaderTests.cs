using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Files of quantized networks: those that Graft writes, those of ONNX Runtime's quantizer, and those of networks that were trained with rounding.</summary>
public class QuantizationReaderTests
{
    [Theory]
    [InlineData("mobilenetv2_035", ImageLayout.Nchw)]
    [InlineData("mobilenetv1_025", ImageLayout.Nhwc)]
    [InlineData("resnet18", ImageLayout.Nchw)]
    public void ANetworkComesBack(string name, ImageLayout layout)
    {
        Graph graph = Architectures.Get(name).Trunk(new TrunkOptions { Resolution = 64 }).WithHead(10, dropout: 0);
        Model model = new(QuantizedNetworks.Of(TestNetworks.WithTestWeights(graph)));
        byte[] file = OnnxFile.Export(model, new OnnxExportOptions { Layout = layout });
        OnnxImport import = OnnxFile.Import(file);
        Network network = import.Model.Network;
        Assert.Equal(model.Network.Graph.Nodes, network.Graph.Nodes);
        Assert.Empty(import.Report.Unused);
        Assert.Equal(["logits"], network.Graph.Outputs.Select(output => output.Name).Except(["features"]));
        foreach ((string key, Tensor weight) in model.Network.Weights)
        {
            // Biases are whole numbers of the input's scale times the weight's.
            if (!key.EndsWith(".bias", StringComparison.Ordinal)) Assert.Equal(weight.Span, network.Weights[key].Span);
            else TestNumbers.AssertClose(weight.Span, network.Weights[key].Span, 0.01);
        }

        Assert.Equal(file, OnnxFile.Export(import.Model with { Preprocessing = model.Preprocessing }, new OnnxExportOptions { Layout = layout }));
    }

    /// <summary>
    /// As ONNX Runtime's quantize_static lays a file out: bytes with a sign or without, weights for each channel or one scale for all, an activation left out where the grid's end is its own, every value rounded again behind what
    /// only gives it another shape, and the logits too.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void AFileOfOnnxRuntimesQuantizerIsRead(bool isSigned, bool isPerChannel)
    {
        OnnxGraph graph = Static(isSigned, isPerChannel);
        OnnxImport import = graph.Import();
        Network network = import.Model.Network;
        Assert.Equal(
            ["FakeQuantize", "Conv2d", "FakeQuantize", "Pool2d", "GlobalAveragePool", "FakeQuantize", "Dense"],
            network.Graph.Nodes.Select(node => node.Operation.GetType().Name));
        Assert.Equal(new FakeQuantize(0.03f, 120), network.Graph.Nodes[0].Operation);
        Assert.Equal(new FakeQuantize(0.05f, 0), network.Graph.Nodes[2].Operation);
        Assert.Equal(("body", "head"), (network.Graph.Nodes[1].Name, network.Graph.Nodes[6].Name));
        Assert.Equal(new Conv2d(2, 1) { HasBias = true, QuantizeWeight = true }, network.Graph.Nodes[1].Operation);
        Assert.Equal(new Dense(3) { QuantizeWeight = true }, network.Graph.Nodes[6].Operation);
        Assert.Equal([0.01f, isPerChannel ? 0.02f : 0.01f], network.Weights["body.weight.scale"].Span.ToArray());
        Assert.Equal([100 * 0.01f, -127 * (isPerChannel ? 0.02f : 0.01f)], network.Weights["body.weight"].Span.ToArray());
        Assert.Equal([500 * 0.0003f, -700 * (isPerChannel ? 0.0006f : 0.0003f)], network.Weights["body.bias"].Span.ToArray());
        Assert.Equal([0.04f, 0.04f, 0.04f], network.Weights["head.weight.scale"].Span.ToArray());
        Assert.Equal([1 * 0.04f, 2 * 0.04f, 3 * 0.04f, 4 * 0.04f, 5 * 0.04f, 6 * 0.04f], network.Weights["head.weight"].Span.ToArray());
        Assert.Equal("logits", network.Graph.Outputs[^1].Name);
        Assert.Contains("The quantization behind the last layer, 'head', was left out: its values stay float32.", import.Report.Notes);
        Assert.Empty(import.Report.Unused);

        // But for the rounding of the logits it is what ONNX Runtime computes.
        Tensor image = OnnxFile.Image(network.Graph.Inputs[0], 1);
        float[] expected = OnnxFile.Run(graph.Bytes, image)["y"].Values, actual = OnnxFile.Reference(import.Model, image)["logits"].Span.ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], Math.Clamp(MathF.Round(actual[i] / 0.01f), -128, 127) * 0.01f, 1e-5f);
    }

    /// <summary>Weights in float32 that are rounded on the way, and a matrix whose outputs are its columns.</summary>
    [Fact]
    public void AFileOfRoundedTrainingIsRead()
    {
        OnnxGraph graph = Of(-1, 1, 2, 2)
            .Floats("conv.weight", [2, 1, 1, 1], 0.26f, -7).Floats("s", [2], 0.1f, 0.05f).Whole("z", DataType.Int8, [2], 0, 0)
            .Node("QuantizeLinear", "conv.weight s z", "wq", Int("axis", 0)).Node("DequantizeLinear", "wq s z", "w", Int("axis", 0))
            .Node("Conv", "x w", "c").Node("GlobalAveragePool", "c", "g").Node("Flatten", "g", "f")
            .Whole("fc.weight", DataType.Uint8, [2, 3], 128, 129, 130, 1, 255, 0).Floats("t", [3], 1, 2, 3).Whole("tz", DataType.Uint8, [3], 128, 128, 128)
            .Node("DequantizeLinear", "fc.weight t tz", "m", Int("axis", -1)).Node("MatMul", "f m", "y").Output("y");
        OnnxImport import = graph.Import();
        Network network = import.Model.Network;
        Assert.Equal([3 * 0.1f, -127 * 0.05f], network.Weights["conv.weight"].Span.ToArray());
        Assert.Equal([0.1f, 0.05f], network.Weights["conv.weight.scale"].Span.ToArray());
        Assert.Equal([0, -127, 2, 254, 6, -381], network.Weights["fc.weight"].Span.ToArray());
        Assert.Equal([1, 2, 3], network.Weights["fc.weight.scale"].Span.ToArray());
        Assert.Contains("1 number of 'fc.weight' was -128, and Graft's quantized weights go to -127: it is that here.", import.Report.Notes);
    }

    [Fact]
    public void APaddedValueIsQuantizedBeforeItsBorder()
    {
        OnnxGraph graph = Layer().Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "x pads", "p")
            .Node("QuantizeLinear", "p s z", "q").Node("DequantizeLinear", "q s z", "d").Node("Conv", "d w", "y").Output("y");
        Assert.Equal(["FakeQuantize", "Conv2d"], graph.Import().Model.Network.Graph.Nodes.Select(node => node.Operation.GetType().Name));
        Assert.Equal(Padding.Symmetric(1), ((Conv2d)graph.Import().Model.Network.Graph.Nodes[1].Operation).Padding);
    }

    private const string Remedy = "Quantize it to 8 bits, values with one scale each and weights symmetrically (in ONNX Runtime: QuantFormat.QDQ, QuantType.QUInt8 or QInt8, weight_type=QuantType.QInt8).";

    public static TheoryData<string, string> Refusals => new()
    {
        { "channels", $"ONNX node 'node_q' of type 'QuantizeLinear' cannot be imported: its value has 2 scales, and Graft's values have one. {Remedy}" },
        { "zero scale", "ONNX node 'node_q' of type 'QuantizeLinear' cannot be imported: its scale is 0, and it must be from 1e-30 to 1e30." },
        { "nan", "ONNX node 'node_q' of type 'QuantizeLinear' cannot be imported: its scale is NaN, and it must be from 1e-30 to 1e30." },
        { "int16", "'z16' holds numbers of type INT16, and Graft reads float32 and, of quantized networks, 8 bits. Quantize the network to 8 bits." },
        { "type", $"ONNX node 'node_q' of type 'QuantizeLinear' cannot be imported: its whole numbers are of type INT16, and Graft's are of 8 bits. {Remedy}" },
        { "blocks", $"ONNX node 'node_q' of type 'QuantizeLinear' cannot be imported: it has a scale for each block of 32 numbers. {Remedy}" },
        { "other grid", "ONNX node 'node_d' of type 'DequantizeLinear' cannot be imported: its scale and zero point, 2 and 3, are not those of the QuantizeLinear before it, 0.5 and 3." },
        { "whole numbers", "ONNX node 'node_y' of type 'Relu' cannot be imported: it takes whole numbers, and Graft reads networks that are quantized by QuantizeLinear and DequantizeLinear in turn, with float32 operators between (in ONNX Runtime: QuantFormat.QDQ)." },
        { "output", "Output 'q' is whole numbers, and Graft's are float32. Put a DequantizeLinear before it." },
        { "floats", $"ONNX node 'node_y' of type 'DequantizeLinear' cannot be imported: it takes a value that is no whole number. {Remedy}" },
        { "weight zero point", $"ONNX node 'node_y' of type 'Conv' cannot be imported: its weights have the zero point 5, and Graft's have 0. {Remedy}" },
        { "weight axis", "ONNX node 'node_y' of type 'Conv' cannot be imported: its weights have a scale for each place on axis 1, and Graft's for each output, axis 0." },
        { "weight scale", "ONNX node 'node_y' of type 'Conv' cannot be imported: it has a weight scale of -1: scales must be from 1e-30 to 1e30." },
        { "weight scales", "ONNX node 'node_w2' of type 'DequantizeLinear' cannot be imported: it has 3 scales and 3 zero points for a constant of the extents [2, 2, 1, 1] and axis 0." },
        { "operator", "ONNX node 'node_y' of type 'QLinearConv' cannot be imported: it computes with whole numbers. Quantize the network with QuantizeLinear and DequantizeLinear instead (in ONNX Runtime: QuantFormat.QDQ)." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void WhatCannotBeIsRefused(string which, string message)
    {
        OnnxGraph graph = Layer().Floats("s2", [2], 1, 2).Floats("s0", [], 0).Floats("sn", [], float.NaN).Floats("t", [], 2).Whole("z16", DataType.Int16, [], 3);
        graph = which switch
        {
            "channels" => graph.Node("QuantizeLinear", "x s2 z", "q").Node("DequantizeLinear", "q s2 z", "y"),
            "zero scale" => graph.Node("QuantizeLinear", "x s0 z", "q").Node("DequantizeLinear", "q s0 z", "y"),
            "nan" => graph.Node("QuantizeLinear", "x sn z", "q").Node("DequantizeLinear", "q sn z", "y"),
            "int16" => graph.Node("QuantizeLinear", "x s z16", "q").Node("DequantizeLinear", "q s z16", "y"),
            "type" => graph.Node("QuantizeLinear", "x s", "q", Int("output_dtype", 5)).Node("DequantizeLinear", "q s", "y"),
            "blocks" => graph.Node("QuantizeLinear", "x s z", "q", Int("block_size", 32)).Node("DequantizeLinear", "q s z", "y"),
            "other grid" => graph.Node("QuantizeLinear", "x s z", "q").Node("DequantizeLinear", "q t z", "d").Node("Relu", "d", "y"),
            "whole numbers" => graph.Node("QuantizeLinear", "x s z", "q").Node("Relu", "q", "y"),
            "output" => graph.Node("QuantizeLinear", "x s z", "q").Output("q"),
            "floats" => graph.Node("DequantizeLinear", "x s z", "y"),
            "weight zero point" => graph.Whole("z5", DataType.Int8, [], 5).Node("DequantizeLinear", "k s z5", "w2").Node("Conv", "x w2", "y"),
            "weight axis" => graph.Node("DequantizeLinear", "k s2", "w2", Int("axis", 1)).Node("Conv", "x w2", "y"),
            "weight scale" => graph.Floats("sm", [2], 1, -1).Node("DequantizeLinear", "k sm", "w2", Int("axis", 0)).Node("Conv", "x w2", "y"),
            "weight scales" => graph.Floats("s3", [3], 1, 1, 1).Node("DequantizeLinear", "k s3", "w2", Int("axis", 0)).Node("Conv", "x w2", "y"),
            _ => graph.Node("QLinearConv", "x s z k s zw s z", "y"),
        };
        if (which != "output") graph.Output("y");
        Assert.Equal($"hand.onnx: {message}", graph.Error());
    }

    /// <summary>A grid <c>s</c> and <c>z</c>, and a quantized kernel <c>w</c>.</summary>
    private static OnnxGraph Layer() => Of(-1, 2, 4, 4).Floats("s", [], 0.5f).Whole("z", DataType.Uint8, [], 3)
        .Whole("k", DataType.Int8, [2, 2, 1, 1], 1, 2, 3, 4).Whole("zw", DataType.Int8, [], 0).Node("DequantizeLinear", "k s zw", "w");

    internal static OnnxGraph Static(bool isSigned, bool isPerChannel)
    {
        (DataType type, int less) = isSigned ? (DataType.Int8, 128) : (DataType.Uint8, 0);
        int[] shape = isPerChannel ? [2] : [];
        float[] weightScales = isPerChannel ? [0.01f, 0.02f] : [0.01f], biasScales = isPerChannel ? [0.0003f, 0.0006f] : [0.0003f];
        OnnxGraph graph = Of(-1, 1, 6, 6)
            .Floats("x_scale", [], 0.03f).Whole("x_zero_point", type, [], 120 - less).Floats("c_scale", [], 0.05f).Whole("c_zero_point", type, [], 0 - less)
            .Floats("g_scale", [], 0.02f).Whole("g_zero_point", type, [], 5 - less).Floats("y_scale", [], 0.01f).Whole("y_zero_point", type, [], 128 - less)
            .Whole("body.weight_quantized", DataType.Int8, [2, 1, 1, 1], 100, -127).Floats("body.weight_scale", shape, weightScales).Whole("body.weight_zero_point", DataType.Int8, shape, new int[weightScales.Length])
            .Whole("body.bias_quantized", DataType.Int32, [2], 500, -700).Floats("body.bias_scale", shape, biasScales).Whole("body.bias_zero_point", DataType.Int32, shape, new int[biasScales.Length])
            .Whole("head.weight_quantized", DataType.Int8, [3, 2], 1, 2, 3, 4, 5, 6).Floats("head.weight_scale", [], 0.04f).Whole("head.weight_zero_point", DataType.Int8, [], 0)
            .Whole("head.bias_quantized", DataType.Int32, [3], 10, 20, 30).Floats("head.bias_scale", [], 0.0008f).Whole("head.bias_zero_point", DataType.Int32, [], 0);
        Pair("x", "x", "xd");
        Weights("body.weight", isPerChannel);
        Weights("body.bias", isPerChannel);
        graph.Node("Conv", "xd body.weight_d body.bias_d", "c");
        Pair("c", "c", "cd");
        graph.Node("MaxPool", "cd", "m", Ints("kernel_shape", 2, 2), Ints("strides", 2, 2));
        Pair("m", "c", "md");
        graph.Node("GlobalAveragePool", "md", "g");
        Pair("g", "g", "gd");
        graph.Node("Flatten", "gd", "f");
        Pair("f", "g", "fd");
        Weights("head.weight", false);
        Weights("head.bias", false);
        graph.Node("Gemm", "fd head.weight_d head.bias_d", "l", Int("transB", 1));
        Pair("l", "y", "y");
        return graph.Output("y");

        void Pair(string value, string grid, string result) =>
            graph.Node("QuantizeLinear", $"{value} {grid}_scale {grid}_zero_point", $"{value}_q").Node("DequantizeLinear", $"{value}_q {grid}_scale {grid}_zero_point", result);

        void Weights(string name, bool isPerAxis) => graph.Node("DequantizeLinear", $"{name}_quantized {name}_scale {name}_zero_point", $"{name}_d", isPerAxis ? [Int("axis", 0)] : []);
    }
}
