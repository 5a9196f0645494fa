using System.Runtime.InteropServices;
using Graft.Kernels.Quantization;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Convolution;
using static Graft.Onnx.Protos.TensorProto.Types;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>
/// Quantized values and weights: QuantizeLinear and DequantizeLinear around operators of float32, which runtimes make operators of whole numbers of. What a runtime asks for so that it does is that all inputs of a layer come from a
/// DequantizeLinear, its bias too, and that a QuantizeLinear follows it.
/// </summary>
internal static class QuantizationWriter
{
    // Sums of products are added to a bias in 32 bits.
    private const double LargestBias = 1 << 30;

    public static void Write(NodeWriter node, FakeQuantize quantize)
    {
        string[] grid = [node.Number("scale", DataType.Float, quantize.Scale), node.Number("zero_point", DataType.Uint8, (byte)quantize.ZeroPoint)];
        if (!node.FollowsOpenPooling)
        {
            node.FinishAs("dequantize", "DequantizeLinear", [node.AddFirst("QuantizeLinear", "quantized", [node.Input, .. grid]), .. grid]);
            return;
        }

        // The mean and the layer behind it are fused where each stands between these two: rounding again changes nothing.
        string mean = node.Add("DequantizeLinear", "mean", [node.AddFirst("QuantizeLinear", "quantized", [node.Input, .. grid]), .. grid]);
        string quantized = node.Add("QuantizeLinear", "quantize", [node.Add("Flatten", "flatten", [mean], Int("axis", 1)), .. grid]);
        node.FinishAs("dequantize", "DequantizeLinear", [quantized, .. grid]);
    }

    /// <summary>The largest of numbers of a grid are numbers of that grid.</summary>
    public static void WriteMaxPool(NodeWriter node, FakeQuantize grid, IEnumerable<AttributeProto> attributes)
    {
        string[] parameters = [node.Number("scale", DataType.Float, grid.Scale), node.Number("zero_point", DataType.Uint8, (byte)grid.ZeroPoint)];
        string pooled = node.AddFirst("MaxPool", "pooled", node.Inputs, attributes);
        node.FinishAs("dequantize", "DequantizeLinear", [node.Add("QuantizeLinear", "quantize", [pooled, .. parameters]), .. parameters]);
    }

    /// <summary>The weight of a layer, and its bias where it has one.</summary>
    public static IEnumerable<string> Weights(NodeWriter node, ILinearLayer layer)
    {
        if (!layer.IsQuantized) return layer.HasBias ? [node.Weight("weight"), node.Weight("bias")] : [node.Weight("weight")];
        float[] scales = node.Values(QuantizedWeight.Scale);
        string weight = node.Once(node.Node.WeightName("weight"), name => WriteWeight(node, name, scales));
        if (!layer.HasBias) return [weight];

        // The sums that a bias is added to are whole numbers of the input's scale times the weight's.
        float[] bias = node.Values("bias"), steps = [.. scales.Select(scale => scale * (node.Grid?.Scale ?? 0))];
        double[] whole = [.. bias.Zip(steps, (b, step) => Math.Round((double)b / step))];
        if (whole.Any(b => !(Math.Abs(b) <= LargestBias))) return [weight, node.Weight("bias")];
        string biasName = node.Node.WeightName("bias");
        return [weight, node.Once($"{biasName}\n{node.Grid!.Scale}", _ => WriteBias(node, biasName, steps, [.. whole.Select(b => (int)b)]))];
    }

    private static string WriteWeight(NodeWriter node, string name, float[] scales)
    {
        float[] weights = node.Values("weight");
        sbyte[] whole = new sbyte[weights.Length];
        RowGridKernel.Whole(weights, scales, whole);
        string weight = node.Initializer(name, DataType.Int8, node.Extents("weight"), MemoryMarshal.AsBytes(whole.AsSpan()));
        string scale = node.Initializer($"{name}.scale", DataType.Float, [scales.Length], MemoryMarshal.AsBytes(scales.AsSpan()));
        string zeroPoint = node.Initializer($"{name}.zero_point", DataType.Int8, [scales.Length], new byte[scales.Length]);
        return node.Add("DequantizeLinear", "weight", [weight, scale, zeroPoint], Int("axis", 0));
    }

    private static string WriteBias(NodeWriter node, string name, float[] steps, int[] whole)
    {
        string bias = node.Initializer(name, DataType.Int32, [whole.Length], MemoryMarshal.AsBytes(whole.AsSpan()));
        string scale = node.Initializer($"{name}.scale", DataType.Float, [steps.Length], MemoryMarshal.AsBytes(steps.AsSpan()));
        return node.Add("DequantizeLinear", "bias", [bias, scale], Int("axis", 0));
    }
}
