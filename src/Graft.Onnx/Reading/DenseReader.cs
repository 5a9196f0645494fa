using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Gemm and MatMul: dense layers.</summary>
internal static class DenseReader
{
    public static void ReadGemm(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, flat: true);
        Constant weight = reader.TakeConstant(node, 1, "weight");
        if (value.Rank != 2 || weight.Shape.Length != 2 || node.Int("transA", 0) != 0) throw node.Refuse("Graft's dense layers take [batch, features] and a matrix.");
        bool transposed = node.Int("transB", 0) != 0;
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        int outputs = weight.Shape[transposed ? 0 : 1];
        string? biasName = node.Has(2) ? node.Inputs[2] : null;
        Constant? bias = node.Has(2) ? reader.TakeConstant(node, 2, "bias") : null;
        if (bias is not null && (!bias.IsFloat || !ArithmeticReader.IsPerChannel(bias, value, outputs))) throw node.Refuse($"its bias is not one number for each of {outputs} outputs.");
        Write(reader, node, value, weight, transposed, alpha, biasName, bias, beta, node.Output);
    }

    public static void ReadMatMul(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, flat: true);
        Constant weight = reader.TakeConstant(node, 1, "second matrix");
        if (value.Rank != 2 || weight.Shape.Length != 2) throw node.Refuse("Graft's dense layers take [batch, features] and a matrix.");
        (string Name, Constant Bias, string Output)? found = BiasAfter.Find(reader, node, value, weight.Shape[1]);
        Write(reader, node, value, weight, transposed: false, 1, found?.Name, found?.Bias, 1, found?.Output ?? node.Output);
    }

    private static void Write(
        GraphReader reader, OnnxNode node, Value value, Constant weight, bool transposed, float alpha, string? biasName, Constant? bias, float beta, string output)
    {
        (int outputs, int inputs) = transposed ? (weight.Shape[0], weight.Shape[1]) : (weight.Shape[1], weight.Shape[0]);
        if (outputs == 0 || inputs == 0) throw node.Refuse("its weight is empty.");
        Tensor? scales = QuantizationReader.ScalesOf(node, weight, transposed ? 0 : 1);
        if (scales is not null && alpha != 1) throw node.Refuse($"it multiplies quantized weights by {alpha}, which is no part of their scales.");
        float[] numbers = weight.Floats();
        Tensor matrix = new([outputs, inputs]);
        Span<float> rows = matrix.Span;
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++) rows[(o * inputs) + i] = alpha * numbers[transposed ? (o * inputs) + i : (i * outputs) + o];
        }

        List<(string, Tensor)> arrays = [("weight", matrix)];
        if (scales is not null) arrays.Add((QuantizedWeight.Scale, scales));
        if (bias is not null)
        {
            float[] offsets = bias.Floats();
            Tensor vector = new([outputs]);
            for (int o = 0; o < outputs; o++) vector.Span[o] = beta * offsets[offsets.Length == 1 ? 0 : o];
            arrays.Add(("bias", vector));
        }

        if (value.Flat is not null)
        {
            WriteFlat(reader, node, value, arrays, scales is null ? node.Inputs[1] : weight.Name, output);
            return;
        }

        // With scales the same arrays of the file are different weights.
        string? sharing = alpha == 1 && beta == 1 ? $"dense {transposed}\n{node.Inputs[1]}\n{biasName}" : null;
        string name = reader.Add(node, new Dense(outputs) { HasBias = bias is not null, QuantizeWeight = scales is not null }, [value], [.. arrays], scales is null ? node.Inputs[1] : weight.Name, sharing);
        reader.Give(output, value with { Name = name });
    }

    /// <summary>A dense layer of a flattened image: a convolution whose window is the image, and of whose one pixel the mean is taken.</summary>
    private static void WriteFlat(GraphReader reader, OnnxNode node, Value value, List<(string Name, Tensor Values)> arrays, string weightName, string output)
    {
        Shape image = reader.Shape(value);
        (int side, int channels) = (image[1], image[3]);
        Tensor matrix = arrays[0].Values;
        (int outputs, int pixels) = (matrix.Shape[0], side * side);
        if (matrix.Shape[1] != pixels * channels) throw node.Refuse($"its weight takes {matrix.Shape[1]} numbers, and the image before it has {pixels * channels}.");
        Tensor kernel = new([outputs, channels, side, side]);
        ReadOnlySpan<float> from = matrix.Span;
        Span<float> to = kernel.Span;
        if (value.ChannelsLast)
        {
            for (int i = 0; i < to.Length; i++)
            {
                int pixel = i % pixels, channel = i / pixels % channels, row = i / (pixels * channels);
                to[i] = from[(((row * pixels) + pixel) * channels) + channel];
            }
        }
        else
        {
            from.CopyTo(to);
        }

        arrays[0] = ("weight", kernel);
        Conv2d layer = new(outputs, side) { HasBias = arrays.Exists(array => array.Name == "bias"), QuantizeWeight = arrays.Exists(array => array.Name == QuantizedWeight.Scale) };
        Value whole = new(reader.Add(node, layer, [value with { Flat = null }], [.. arrays], weightName), 4);
        reader.Give(output, reader.Pooled(node, whole, 2));
    }
}
