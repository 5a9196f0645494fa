using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>BatchNormalization, and any other factor and offset for each channel, which is one too.</summary>
internal static class NormReader
{
    public static void Read(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        float epsilon = node.Float("epsilon", 1e-5f);
        if (value.ChannelsLast) throw node.Refuse("it normalizes another axis than the channels.");
        if (node.Int("training_mode", 0) != 0 || node.Int("spatial", 1) != 1) throw node.Refuse("it is in training mode. Export the network for inference.");
        if (!(epsilon > 0) || !float.IsFinite(epsilon)) throw node.Refuse($"its epsilon is {epsilon}; it must be positive.");
        (string Name, Tensor)[] arrays =
        [
            .. new[] { "weight", "bias", "running_mean", "running_var" }.Select((name, i) =>
            {
                Constant array = reader.TakeConstant(node, i + 1, name);
                return (name, array.Tensor([.. array.Shape]));
            }),
        ];
        string sharing = $"{node.Type}\n{string.Join('\n', node.Inputs.Skip(1))}\n{epsilon:R}";
        reader.AddInPlace(node, new BatchNorm { Epsilon = epsilon }, value, arrays, node.Inputs[1], sharing);
    }

    /// <summary>Says that a node computes y = factor x + offset, for each channel.</summary>
    public static void Write(GraphReader reader, OnnxNode node, Value value, Func<int, float> factor, Func<int, float> offset) => reader.Give(node, Scaled(reader, node, value, factor, offset));

    /// <summary>y = factor x + offset, for each channel.</summary>
    public static Value Scaled(GraphReader reader, OnnxNode node, Value value, Func<int, float> factor, Func<int, float> offset)
    {
        const float Epsilon = 1e-5f;
        int channels = reader.Shape(value)[^1];
        Tensor weight = new([channels]), bias = new([channels]), mean = new([channels]), variance = new([channels]);
        for (int c = 0; c < channels; c++) (weight.Span[c], bias.Span[c], variance.Span[c]) = (factor(c), offset(c), 1 - Epsilon);
        string name = reader.Add(node, new BatchNorm { Epsilon = Epsilon }, [value], [("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", variance)]);
        reader.Affines.Add(name, new ChannelAffine([.. weight.Span], [.. bias.Span]));
        return value with { Name = name };
    }
}
