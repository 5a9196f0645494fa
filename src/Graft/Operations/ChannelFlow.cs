using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>What an operation does to channels: which of its output belong to which of its inputs.</summary>
internal enum ChannelFlow
{
    /// <summary>All of them depend on all, or nothing is known: no channel of what it takes and gives can be taken away.</summary>
    Fixed,

    /// <summary>A channel of the output comes from the same channel of every input alone: they go together.</summary>
    Same,

    /// <summary>Every channel of the output is a sum over the channels of the input, each with weights of its own: other channels begin.</summary>
    Mixed,
}

/// <summary>The channels that an operation keeps.</summary>
/// <param name="Before">How many channels its output had.</param>
/// <param name="Inputs">Those of its first input that stay, ascending.</param>
/// <param name="Outputs">Those of its output that stay, ascending.</param>
internal sealed record KeptChannels(int Before, ImmutableArray<int> Inputs, ImmutableArray<int> Outputs)
{
    /// <summary>Some rows of a tensor: the places of its first axis.</summary>
    public static Tensor Rows(Tensor tensor, ImmutableArray<int> rows) => Slices(tensor, tensor.Shape.With(0, rows.Length), 1, tensor.Shape[0], rows);

    /// <summary>Some columns of a tensor: the places of its second axis.</summary>
    public static Tensor Columns(Tensor tensor, ImmutableArray<int> columns) => Slices(tensor, tensor.Shape.With(1, columns.Length), tensor.Shape[0], tensor.Shape[1], columns);

    private static Tensor Slices(Tensor tensor, Shape shape, int outer, int places, ImmutableArray<int> kept)
    {
        Tensor result = Tensor.Uninitialized(shape);
        int inner = tensor.Span.Length / (outer * places);
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < kept.Length; i++)
                tensor.Span.Slice(((o * places) + kept[i]) * inner, inner).CopyTo(result.Span[(((o * kept.Length) + i) * inner)..]);
        }

        return result;
    }
}
