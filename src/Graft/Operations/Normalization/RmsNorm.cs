using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Root mean square normalization (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4) over the channels of each pixel: y[n, p, c] = weight[c] x[n, p, c] /
/// sqrt(mean over channels of x^2 + epsilon).
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>.</remarks>
[OperationName("rms_norm")]
public sealed record RmsNorm : Normalization
{
    /// <summary>Added to the mean of squares.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <inheritdoc/>
    public override string Label => "rms norm";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary><c>weight [channels]</c> (scale).</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs) => [new("weight", [inputs[0][^1]], Initializer.Ones)];

    [NormalizationName("rms")]
    internal static RmsNorm Named(int _) => new();

    internal static RmsNorm Read(FieldReader fields) => new() { Epsilon = fields.Float("epsilon") };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("rms_norm");
        fields.Float("epsilon", Epsilon);
    }

    internal override void Reference(ReferenceNode node) => LayerNormKernel.Reference(node.Input(Epsilon, hasBias: false), isCentered: false, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => LayerNormKernel.BackwardReference(node.Input(Epsilon, hasBias: false), isCentered: false, node.Gradients(hasBias: false));

    private protected override PixelRule OfPixels(NormNode node) => new LayerRule(node, Epsilon, isCentered: false, hasWeight: true, hasBias: false);
}
