using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Group normalization (Wu and He 2018, arXiv:1803.08494, equations 1, 6 and 7): the channels of each image are normalized in groups of neighbours, over the
/// pixels and channels of the group: y[n, p, c] = weight[c] (x[n, p, c] - mean[n, g]) / sqrt(variance[n, g] + epsilon) + bias[c], g the group of c, with the
/// biased variance.
/// </summary>
/// <remarks>
/// Input and output are <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>. As many groups as channels are instance normalization; one group
/// is layer normalization over pixels and channels. The rest of the batch has no influence on an image.
/// </remarks>
[OperationName("group_norm")]
public sealed record GroupNorm : Normalization
{
    /// <summary>Makes a group normalization.</summary>
    /// <param name="groups">The number of groups, which divides the channels; the paper's is 32.</param>
    public GroupNorm(int groups) => Groups = groups;

    /// <summary>The number of groups, which divides the channels.</summary>
    public int Groups { get; init => field = Require.Positive(value, nameof(Groups)); }

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>Whether there are a scale and a shift for each channel.</summary>
    public bool IsAffine { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => $"group norm {Groups}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0][^1] % Groups == 0
        ? inputs[0]
        : throw new NetworkException($"Groups of a normalization must divide its channels: {Groups} groups, {inputs[0][^1]} channels.");

    /// <summary><c>weight</c> (scale) and <c>bias</c> (shift), each <c>[channels]</c>, where <see cref="IsAffine"/>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        return IsAffine ? [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)] : [];
    }

    // Groups of fewer than 4 channels come near to instance normalization.
    [NormalizationName("group")]
    internal static GroupNorm Named(int channels) => new(Enumerable.Range(1, Math.Clamp(channels / 4, 1, 32)).Last(groups => channels % groups == 0));

    internal static GroupNorm Read(FieldReader fields) =>
        new(fields.Int("groups", 1, FieldReader.MostChannels)) { Epsilon = fields.Float("epsilon"), IsAffine = fields.Flag("affine", absent: true) };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("group_norm");
        fields.Int("groups", Groups);
        fields.Float("epsilon", Epsilon);
        fields.Flag("affine", IsAffine, absent: true);
    }

    internal override void Reference(ReferenceNode node) => GroupNormKernel.Reference(node.Input(Epsilon, IsAffine, IsAffine), Groups, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => GroupNormKernel.BackwardReference(node.Input(Epsilon, IsAffine, IsAffine), Groups, node.Gradients(IsAffine, IsAffine));

    private protected override NormFactors Factors(NormNode node) => new MomentFactors(NormScope.Group(node.Channels / Groups), Epsilon, node.Affine(IsAffine));
}
