using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Instance normalization (Ulyanov et al. 2016, arXiv:1607.08022, equation 4): each channel of each image is normalized over the image's pixels alone, in
/// training and in inference: y[n, p, c] = weight[c] (x[n, p, c] - mean[n, c]) / sqrt(variance[n, c] + epsilon) + bias[c], with the biased variance.
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c>. The rest of the batch has no influence on an image.</remarks>
[OperationName("instance_norm")]
public sealed record InstanceNorm : Normalization
{
    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>Whether there are a scale and a shift for each channel; PyTorch's default is that there are none.</summary>
    public bool IsAffine { get; init; } = true;

    /// <summary>
    /// Whether training keeps running statistics, which then take the image's place in inference (PyTorch's track_running_stats): the layer is a fixed scale
    /// and shift there, as batch norm is.
    /// </summary>
    public bool TracksStatistics { get; init; }

    /// <summary>
    /// The weight of the new batch in running statistics: new = (1 - momentum) old + momentum batch, where the batch's is the mean over its images, of the
    /// unbiased variance.
    /// </summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <inheritdoc/>
    public override string Label => "instance norm";

    internal override bool NeedsImage => true;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], "instance normalization");

    /// <summary>
    /// <c>weight</c> (scale) and <c>bias</c> (shift) where <see cref="IsAffine"/>, the buffers <c>running_mean</c> and <c>running_var</c> where
    /// <see cref="TracksStatistics"/>, each <c>[channels]</c>.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        ImmutableArray<Parameter> affine = IsAffine ? [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)] : [];
        return TracksStatistics
            ? [.. affine, new("running_mean", shape, Initializer.Zeros, IsBuffer: true), new("running_var", shape, Initializer.Ones, IsBuffer: true)]
            : affine;
    }

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal override bool KeepsStatistics => TracksStatistics;

    internal override bool IsFixedAffine => TracksStatistics;

    [NormalizationName("instance")]
    internal static InstanceNorm Named(int _) => new();

    internal static InstanceNorm Read(FieldReader fields)
    {
        InstanceNorm norm = new() { Epsilon = fields.Float("epsilon"), IsAffine = fields.Flag("affine", absent: true), TracksStatistics = fields.Flag("tracks_statistics", absent: false) };
        return fields.FloatOrNull("momentum") is { } momentum ? norm with { Momentum = momentum } : norm;
    }

    internal override void Write(FieldWriter fields)
    {
        fields.Name("instance_norm");
        fields.Float("epsilon", Epsilon);
        fields.Flag("affine", IsAffine, absent: true);
        if (!TracksStatistics) return;
        fields.Flag("tracks_statistics", true);
        fields.Float("momentum", Momentum);
    }

    internal override void Reference(ReferenceNode node)
    {
        NormInput norm = node.Input(Epsilon, IsAffine, IsAffine);
        if (TracksStatistics && !node.UsesBatch) BatchNormKernel.Reference(norm, node.Weight("running_mean").Span, node.Weight("running_var").Span, node.Y);
        else GroupNormKernel.Reference(norm, node.Channels, node.Y);
        if (!TracksStatistics || !node.UsesBatch) return;
        GroupNormKernel.TrackReference(node.Batch, node.Pixels, node.Channels, Momentum, node.X, node.Weight("running_mean").Span, node.Weight("running_var").Span);
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        NormInput norm = node.Input(Epsilon, IsAffine, IsAffine);
        NormGradient gradient = node.Gradients(IsAffine, IsAffine);
        if (TracksStatistics && !node.UsesBatch) BatchNormKernel.BackwardReference(norm, node.Weight("running_mean").Span, node.Weight("running_var").Span, gradient);
        else GroupNormKernel.BackwardReference(norm, node.Channels, gradient);
    }

    internal override ChannelAffine Affine(Func<string, Tensor> weight) => FixedFactors.Of(weight, IsAffine, Epsilon);

    private protected override NormFactors Factors(NormNode node)
    {
        RunningMoments? running = TracksStatistics ? new RunningMoments(node.Weight, Momentum) : null;
        return running is not null && !node.UsesBatch
            ? new FixedFactors(Epsilon, running, node.Affine(IsAffine), NormScope.Image)
            : new MomentFactors(NormScope.Image, Epsilon, node.Affine(IsAffine), running);
    }
}
