using Graft.Formats;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.</summary>
internal static class LayerReader
{
    public static void ReadConvolution(GraphReader reader, LiteOperator op) => Read(reader, op, isDepthwise: false);

    public static void ReadDepthwise(GraphReader reader, LiteOperator op) => Read(reader, op, isDepthwise: true);

    public static void ReadDense(GraphReader reader, LiteOperator op)
    {
        LiteTensor weight = reader.TakeConstant(op, 1, "weight");
        if (op.Choice(1) != 0) throw op.Refuse($"its weights are in the order {op.Choice(1)}, and only the default one is read.");
        if (weight.Shape.Length != 2 || weight.Count == 0) throw op.Refuse($"its weights have the extents [{string.Join(", ", weight.Shape)}], and [outputs, inputs] are read.");
        ChannelsLastValue value = reader.Take(op, 0);
        Shape shape = reader.Shape(value);
        if (shape.Rank == 4 && (shape[1] != 1 || shape[2] != 1)) throw op.Refuse($"it takes all pixels of {shape}, and Graft's dense layers take pooled features.");
        ChannelsLastValue pooled = reader.Pooled(op, value, op.Flag(2) ? value.Rank : 2);
        Write(reader, op, pooled, weight, new WeightLayout(weight.Shape[0], weight.Shape[1], 1, false), pooled.Rank, 0, (quantized, hasBias) => new Dense(weight.Shape[0]) { HasBias = hasBias, QuantizeWeight = quantized });
    }

    private static void Read(GraphReader reader, LiteOperator op, bool isDepthwise)
    {
        ChannelsLastValue value = reader.Take(op, 0, padded: true);
        LiteTensor weight = reader.TakeConstant(op, 1, "weight");
        int[] extents = weight.Shape;
        if (value.Rank != 4 || extents.Length != 4 || weight.Count == 0 || (isDepthwise && extents[0] != 1))
            throw op.Refuse($"its weights have the extents [{string.Join(", ", extents)}], and {(isDepthwise ? "[1, height, width, outputs]" : "[outputs, height, width, inputs]")} for an image are read.");
        Shape shape = reader.Shape(value);
        int kernel = WindowReader.Square(op, extents[1], extents[2], "kernel"), channels = shape[^1], inputs = isDepthwise ? 1 : extents[3], outputs = isDepthwise ? extents[3] : extents[0];
        if (channels % inputs != 0 || (isDepthwise && outputs % channels != 0)) throw op.Refuse($"its weights have the extents [{string.Join(", ", extents)}], which do not fit the {Amount.Of(channels, "channel")} that it takes.");
        int stride = WindowReader.Square(op, op.Int(2), op.Int(1), "stride"), first = isDepthwise ? 5 : 4;
        int dilation = WindowReader.Square(op, op.Int(first + 1, 1), op.Int(first, 1), "dilation"), activation = isDepthwise ? 4 : 3;
        Padding padding = WindowReader.Padding(op);
        WeightLayout layout = new(outputs, inputs, kernel, isDepthwise);
        if (shape.Rank == 2)
        {
            if (kernel != 1 || isDepthwise || inputs != channels || value.Padding != default) throw op.Refuse($"it follows the mean over the image with a kernel of {kernel}x{kernel}; only 1x1, which is a dense layer, is read there.");
            Write(reader, op, value, weight, layout, 4, activation, (quantized, hasBias) => new Dense(outputs) { HasBias = hasBias, QuantizeWeight = quantized });
            return;
        }

        if (value.Padding != default && padding.IsSame) throw op.Refuse("it pads by the rule SAME after an operator of type 'PAD'.");
        if (value.Padding != default) padding = value.Padding;
        Write(reader, op, value with { Padding = default }, weight, layout, 4, activation, (quantized, hasBias) =>
            new Conv2d(outputs, kernel) { Stride = stride, Dilation = dilation, Groups = channels / inputs, Padding = padding, HasBias = hasBias, QuantizeWeight = quantized });
    }

    private static void Write(GraphReader reader, LiteOperator op, ChannelsLastValue value, LiteTensor weight, WeightLayout layout, int rank, int activation, Func<bool, bool, Operation> make)
    {
        LayerWeights weights = LayerWeights.Read(reader, op, weight, layout, isMatrix: reader.Shape(value).Rank == 2);
        (string, Tensor)[] arrays =
        [
            ("weight", weights.Weight),
            .. weights.Scales is null ? [] : new[] { (QuantizedWeight.Scale, weights.Scales) },
            .. weights.Bias is null ? [] : new[] { ("bias", weights.Bias) },
        ];
        Operation layer = make(weights.Scales is not null, weights.Bias is not null);
        reader.Finish(op, value with { Name = reader.Add(op, layer, [value], arrays), Rank = rank }, ActivationReader.Of(op, activation), cutsOff: true);
    }
}
