using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Concat of values, over channels.</summary>
internal static class ConcatReader
{
    public static void Read(GraphReader reader, OnnxNode node)
    {
        if (node.Inputs.Count is < 1 or > Concat.MostValues) throw node.Refuse($"it joins {Amount.Of(node.Inputs.Count, "value")}, and 1 to {Concat.MostValues:N0} are read.");
        Value[] values = [.. Enumerable.Range(0, node.Inputs.Count).Select(i => reader.Take(node, i))];
        Value first = values[0];
        long axis = node.Int("axis", 1), channels = first.ChannelsLast ? first.Rank - 1 : 1;
        if (axis != channels && axis != channels - first.Rank) throw node.Refuse($"it joins along axis {axis}, and Graft joins channels, which are axis {channels} here.");
        Shape shape = reader.Shape(first);
        if (values.FirstOrDefault(value => value.Rank != first.Rank || value.ChannelsLast != first.ChannelsLast || reader.Shape(value).Rank != shape.Rank) is { } other)
            throw node.Refuse($"it joins values of the extents {shape} and {reader.Shape(other)} in different orders of axes.");
        reader.Give(node, values.Length == 1 ? first : first with { Name = reader.Add(node, new Concat(values.Length), values) });
    }
}
