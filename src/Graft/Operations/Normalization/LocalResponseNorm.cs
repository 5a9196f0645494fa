using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Local response normalization across channels (Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", section 3.3, with
/// PyTorch's constants): y[p, c] = x[p, c] / (k + alpha / size sum of x[p, j]^2)^beta, j from c - size / 2 to c + (size - 1) / 2 (whole divisions) where there
/// are such channels.
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c>.</remarks>
[OperationName("local_response_norm")]
public sealed record LocalResponseNorm : Operation
{
    /// <summary>Makes a local response normalization.</summary>
    /// <param name="size">The number of neighbouring channels; AlexNet's is 5.</param>
    public LocalResponseNorm(int size) => Size = size;

    /// <summary>The number of neighbouring channels.</summary>
    public int Size { get; init => field = Require.Positive(value, nameof(Size)); }

    /// <summary>The factor of the mean square; not negative.</summary>
    public float Alpha { get; init => field = value >= 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Alpha), value, $"Alpha must be finite and not negative, not {value}."); } = 1e-4f;

    /// <summary>The exponent.</summary>
    public float Beta { get; init => field = Require.PositiveFinite(value); } = 0.75f;

    /// <summary>Added to the mean square.</summary>
    public float K { get; init => field = Require.PositiveFinite(value); } = 1;

    /// <inheritdoc/>
    public override string Label => $"local response norm {Size}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], "local response normalization");

    internal static LocalResponseNorm Read(FieldReader fields) =>
        new(fields.Int("size", 1, FieldReader.LargestWindow)) { Alpha = fields.Float("alpha"), Beta = fields.Float("beta"), K = fields.Float("k") };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("local_response_norm");
        fields.Int("size", Size);
        fields.Float("alpha", Alpha);
        fields.Float("beta", Beta);
        fields.Float("k", K);
    }

    internal override void Reference(ReferenceNode node) => LocalResponseKernel.Reference(Of(node.Channels), node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => LocalResponseKernel.BackwardReference(Of(node.Channels), node.X, node.Dy, node.Dx);

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new PixelNormInference(new LocalResponseRule(Of(node.Output[^1])), node);

    internal override TrainingKernel Train(TrainingNode node) => new PixelNormTraining(new LocalResponseRule(Of(node.OutputShape[^1])), node);

    private LocalResponse Of(int channels) => new(channels, Size, Alpha, Beta, K);
}
