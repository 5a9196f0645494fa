using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>FusedBatchNorm and its later versions.</summary>
internal static class NormReader
{
    // TensorFlow's own where a file does not say it.
    private const float DefaultEpsilon = 1e-4f;

    private static readonly string[] Names = ["weight", "bias", "running_mean", "running_var"];

    public static void Read(GraphReader reader, GraphNode node)
    {
        WindowReader.RequireChannelsLast(node);
        ChannelsLastValue value = reader.Take(node, 0);
        if (node.Flag("is_training")) throw node.Refuse("it is in training mode. Convert the network for inference.");
        float epsilon = node.Float("epsilon", DefaultEpsilon);
        if (!(epsilon > 0)) throw node.Refuse($"its epsilon is {epsilon}; it must be positive.");
        int channels = reader.Shape(value)[^1];
        reader.Spend(node, 16L * channels);
        (string, Tensor)[] arrays = [.. Names.Select((name, i) => (name, Numbers(i + 1, name)))];
        reader.Give(node, value with { Name = reader.Add(node, new BatchNorm { Epsilon = epsilon }, [value], arrays) });

        Tensor Numbers(int input, string name)
        {
            GraphConstant constant = reader.TakeConstant(node, input, name);
            return constant.Extents is [var count] && count == channels ? constant.Read() : throw node.Refuse($"its {name} has the extents [{string.Join(", ", constant.Extents)}], and [{channels}] is needed.");
        }
    }
}
