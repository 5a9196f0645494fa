using Graft.Activations;
using Graft.Formats.Keras;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>Convolutions and products with matrices, with what is fused to their end or follows as a bias.</summary>
internal static class LayerReader
{
    /// <summary>What a node does at its end.</summary>
    /// <param name="HasBias">Whether a bias is among its inputs.</param>
    /// <param name="Activation">The function; null for none.</param>
    private sealed record Tail(bool HasBias, ActivationFunction? Activation);

    /// <summary>What a layer computes with.</summary>
    /// <param name="Weight">Its weights.</param>
    /// <param name="Layout">Their order in the file.</param>
    /// <param name="Outputs">The number of its outputs.</param>
    /// <param name="Make">The layer, with a bias or without one.</param>
    private sealed record Layer(GraphConstant Weight, KerasLayout Layout, int Outputs, Func<bool, Operation> Make);

    public static void ReadConvolution(GraphReader reader, GraphNode node) => Read(reader, node, isDepthwise: false);

    public static void ReadDepthwise(GraphReader reader, GraphNode node) => Read(reader, node, isDepthwise: true);

    public static void ReadDense(GraphReader reader, GraphNode node)
    {
        GraphConstant weight = reader.TakeConstant(node, 1, "matrix");
        ChannelsLastValue value = reader.Take(node, 0);
        if (node.Flag("transpose_a")) throw node.Refuse("it turns its first value over (transpose_a).");
        if (weight.Extents.Length != 2 || weight.Count == 0 || value.Rank != 2) throw node.Refuse($"it multiplies {Amount.Of(value.Rank, "axis", "axes")} by the extents [{string.Join(", ", weight.Extents)}], and [batch, inputs] by [inputs, outputs] is read.");
        bool isTurned = node.Flag("transpose_b");
        int outputs = weight.Extents[isTurned ? 0 : 1];
        Write(reader, node, value, new Layer(weight, isTurned ? KerasLayout.Vector : KerasLayout.Dense, outputs, hasBias => new Dense(outputs) { HasBias = hasBias }));
    }

    private static void Read(GraphReader reader, GraphNode node, bool isDepthwise)
    {
        WindowReader.RequireChannelsLast(node);
        ChannelsLastValue value = reader.Take(node, 0, padded: true);
        GraphConstant weight = reader.TakeConstant(node, 1, "filter");
        int[] extents = weight.Extents;
        if (value.Rank != 4 || extents.Length != 4 || weight.Count == 0)
            throw node.Refuse($"its filter has the extents [{string.Join(", ", extents)}], and [height, width, inputs, {(isDepthwise ? "multiplier" : "outputs")}] for an image is read.");
        Shape shape = reader.Shape(value);
        int kernel = WindowReader.Square(node, extents[0], extents[1], "filter"), channels = shape[^1];
        int stride = WindowReader.Square(node, "strides"), dilation = WindowReader.Square(node, "dilations");
        if (extents[2] != channels) throw node.Refuse($"its filter has the extents [{string.Join(", ", extents)}], which do not fit the {Amount.Of(channels, "channel")} that it takes.");
        long outputs = isDepthwise ? (long)channels * extents[3] : extents[3];
        if (outputs > 1 << 24) throw node.Refuse($"it gives {outputs} channels, which is too many.");
        Padding padding = WindowReader.Padding(node);
        if (shape.Rank == 2)
        {
            if (kernel != 1 || isDepthwise || value.Padding != default) throw node.Refuse($"it follows the mean over the image with a filter of {kernel}x{kernel}; only 1x1, which is a dense layer, is read there.");
            Write(reader, node, value, new Layer(weight, KerasLayout.Dense, (int)outputs, hasBias => new Dense((int)outputs) { HasBias = hasBias }));
            return;
        }

        if (value.Padding != default)
        {
            if (padding != Padding.None) throw node.Refuse("it pads its image after a node of the operation 'Pad' did.");
            padding = value.Padding;
        }

        Write(reader, node, value with { Padding = default }, new Layer(weight, isDepthwise ? KerasLayout.Depthwise : KerasLayout.Convolution, (int)outputs, hasBias =>
            new Conv2d((int)outputs, kernel) { Stride = stride, Dilation = dilation, Groups = isDepthwise ? channels : 1, Padding = padding, HasBias = hasBias }));
    }

    private static void Write(GraphReader reader, GraphNode node, ChannelsLastValue value, Layer layer)
    {
        Tail tail = ReadTail(node);
        GraphConstant? bias = tail.HasBias ? reader.TakeConstant(node, 2, "bias") : null;
        if (bias is not null && bias.Count != layer.Outputs) throw node.Refuse($"its bias has {Amount.Of((int)Math.Min(bias.Count, int.MaxValue), "number")} for {Amount.Of(layer.Outputs, "output")}.");
        GraphNode last = node;
        if (bias is null && tail.Activation is null && reader.SoleConsumer(node) is { } next && BiasOf(reader, node, next, layer.Outputs) is { } following) (bias, last) = (following, next);
        reader.Spend(node, sizeof(float) * (layer.Weight.Count + layer.Outputs));
        Tensor weight = KerasModel.Arrange(layer.Weight.Read(), layer.Layout);
        (string, Tensor)[] arrays = [("weight", weight), .. bias is null ? [] : new[] { ("bias", new Tensor([layer.Outputs], bias.Floats())) }];
        ChannelsLastValue result = value with { Name = reader.Add(node, layer.Make(bias is not null), [value], arrays) };

        // The value before a bias that follows is nothing else's.
        reader.Finish(node, result, tail.Activation);
        if (last != node) reader.Give(last, result);
    }

    private static Tail ReadTail(GraphNode node)
    {
        string[] fused = node.Texts("fused_ops");
        bool hasBias = fused is ["BiasAdd", ..];
        string[] rest = hasBias ? fused[1..] : fused;
        ActivationFunction? activation = rest switch
        {
            [] => null,
            ["Relu"] => ActivationFunction.Relu,
            ["Relu6"] => ActivationFunction.Relu6,
            ["Sigmoid"] => ActivationFunction.Sigmoid,
            _ => throw node.Refuse($"{string.Join(", ", rest.Take(4).Select(WeightFileException.Quote))} is fused to its end, and BiasAdd and one of Relu, Relu6 and Sigmoid are read there."),
        };
        int inputs = hasBias ? 3 : 2;
        return node.Inputs.Length == inputs ? new Tail(hasBias, activation) : throw node.Refuse($"it takes {Amount.Of(node.Inputs.Length, "value")}, and {inputs} are read.");
    }

    /// <summary>The bias that the only node behind a layer adds, if it is that.</summary>
    private static GraphConstant? BiasOf(GraphReader reader, GraphNode node, GraphNode next, int outputs)
    {
        if (next.Operation is not ("BiasAdd" or "Add" or "AddV2") || next.Inputs.Length != 2) return null;
        int other = next.Inputs[0] == node.Name ? 1 : 0;
        return reader.Known(next.Inputs[other]) is { } bias && bias.Count == outputs && bias.Extents is [.., var last] && last == outputs ? bias : null;
    }
}
