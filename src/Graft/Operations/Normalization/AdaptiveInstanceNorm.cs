using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Adaptive instance normalization (Huang and Belongie 2017, arXiv:1703.06868, equation 8): the first value, a content, is given the mean and the deviation that each channel of the second, a style, has in
/// its own picture: y[n, p, c] = deviation(style)[n, c] (x[n, p, c] - mean(x)[n, c]) / deviation(x)[n, c] + mean(style)[n, c], with deviation = sqrt(biased variance + epsilon) over the pixels.
/// </summary>
/// <remarks>The content, and the output, are <c>[batch, height, width, channels]</c>; the style has the same batch and channels and any height and width. There are no parameters. Gradients reach both.</remarks>
[OperationName("adaptive_instance_norm")]
public sealed record AdaptiveInstanceNorm : PictureNormalization
{
    /// <summary>Added to both variances.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <inheritdoc/>
    public override string Label => "adaptive instance norm";

    /// <inheritdoc/>
    public override int Arity => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape content = Image(inputs[0], "adaptive instance normalization"), style = Image(inputs[1], "adaptive instance normalization");
        return content[0] == style[0] && content[3] == style[3]
            ? content
            : throw new NetworkException($"An adaptive instance normalization takes a content and a style of one batch size and number of channels, not {content} and {style}.");
    }

    internal override bool IsReplaceable => false;

    internal static AdaptiveInstanceNorm Read(FieldReader fields) => new() { Epsilon = fields.Float("epsilon") };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("adaptive_instance_norm");
        fields.Float("epsilon", Epsilon);
    }

    internal override void Reference(ReferenceNode node) =>
        AdaptiveKernel.Reference(node.Batch, node.Pixels, StylePixels(node), node.Channels, Epsilon, node.X, node.Inputs[1].Span, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => AdaptiveKernel.BackwardReference(
        node.Batch, node.Pixels, StylePixels(node), node.Channels, Epsilon, node.X, node.Inputs[1].Span, node.Dy, node.Dx, node.InputGradients[1].Span);

    private protected override PictureRule Rule(NormNode node) => new AdaptiveRule(Epsilon);

    private static int StylePixels(ReferenceNode node) => node.Inputs[1].Shape[1] * node.Inputs[1].Shape[2];
}
