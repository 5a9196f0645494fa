using Graft.Kernels.Normalization;

namespace Graft.Operations.Normalization;

/// <summary>What the scalar references of normalizations take of a node.</summary>
internal static class NormReferences
{
    /// <summary>The input, with the scale and the shift where they exist.</summary>
    public static NormInput Input(this ReferenceNode node, double epsilon, bool hasWeight = true, bool hasBias = true) => new()
    {
        Batch = node.Batch,
        Pixels = node.Pixels,
        Channels = node.Channels,
        Epsilon = epsilon,
        X = node.X,
        Weight = node.WeightIf(hasWeight, "weight"),
        Bias = node.WeightIf(hasBias, "bias"),
    };

    /// <summary>Some rows of an input.</summary>
    public static NormInput Part(this NormInput norm, Range rows) => new()
    {
        Pixels = rows.GetOffsetAndLength(norm.Rows).Length,
        Channels = norm.Channels,
        Epsilon = norm.Epsilon,
        X = norm.X[Values(rows, norm.Channels)],
        Weight = norm.Weight,
        Bias = norm.Bias,
    };

    /// <summary>The gradients, with those of the scale and the shift where they exist.</summary>
    public static NormGradient Gradients(this ReferenceNode node, bool hasWeight = true, bool hasBias = true) =>
        new() { Dy = node.Dy, Dx = node.Dx, DWeight = node.Gradient("weight", hasWeight), DBias = node.Gradient("bias", hasBias) };

    /// <summary>Where the numbers of some rows lie.</summary>
    public static Range Values(Range rows, int channels) => (rows.Start.Value * channels)..(rows.End.Value * channels);
}
