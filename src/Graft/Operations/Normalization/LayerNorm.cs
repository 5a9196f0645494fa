using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>What layer normalization takes its statistics over.</summary>
public enum LayerNormAxes
{
    /// <summary>The channels of each pixel, as in transformers and ConvNeXt.</summary>
    Channels,

    /// <summary>Height, width and channels of each image: group normalization with one group.</summary>
    Image,
}

/// <summary>
/// Layer normalization (Ba et al. 2016, arXiv:1607.06450, equations 3 and 4): y = weight[c] (x - mean) / sqrt(variance + epsilon) + bias[c], with mean and
/// biased variance over <see cref="Axes"/>. The scale and the shift are one for each channel in both cases (PyTorch's LayerNorm over pixels and channels has
/// one for each number).
/// </summary>
/// <remarks>
/// Input and output are <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>. The rest of the batch has no influence on an image.
/// </remarks>
[OperationName("layer_norm")]
public sealed record LayerNorm : Normalization
{
    private static readonly string[] AxesNames = ["channels", "picture"];

    /// <summary>What the statistics are taken over.</summary>
    public LayerNormAxes Axes { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Axes), value, $"There are no axes {value}."); }

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>Whether there are a scale and a shift for each channel.</summary>
    public bool IsAffine { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => Axes == LayerNormAxes.Channels ? "layer norm" : "layer norm of the image";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary><c>weight</c> (scale) and <c>bias</c> (shift), each <c>[channels]</c>, where <see cref="IsAffine"/>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        return IsAffine ? [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)] : [];
    }

    [NormalizationName("layer")]
    internal static LayerNorm NamedOfImage(int _) => new() { Axes = LayerNormAxes.Image };

    [NormalizationName("layer-channels")]
    internal static LayerNorm NamedOfChannels(int _) => new();

    internal static LayerNorm Read(FieldReader fields) =>
        new() { Axes = (LayerNormAxes)fields.OneOf("axes", AxesNames, absent: 0), Epsilon = fields.Float("epsilon"), IsAffine = fields.Flag("affine", absent: true) };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("layer_norm");
        if (Axes != LayerNormAxes.Channels) fields.Text("axes", AxesNames[(int)Axes]);
        fields.Float("epsilon", Epsilon);
        fields.Flag("affine", IsAffine, absent: true);
    }

    internal override void Reference(ReferenceNode node)
    {
        if (Axes == LayerNormAxes.Image) GroupNormKernel.Reference(node.Input(Epsilon, IsAffine, IsAffine), 1, node.Y);
        else LayerNormKernel.Reference(node.Input(Epsilon, IsAffine, IsAffine), isCentered: true, node.Y);
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        NormGradient gradient = node.Gradients(IsAffine, IsAffine);
        if (Axes == LayerNormAxes.Image) GroupNormKernel.BackwardReference(node.Input(Epsilon, IsAffine, IsAffine), 1, gradient);
        else LayerNormKernel.BackwardReference(node.Input(Epsilon, IsAffine, IsAffine), isCentered: true, gradient);
    }

    private protected override NormFactors Factors(NormNode node) => new MomentFactors(NormScope.Group(node.Channels), Epsilon, node.Affine(IsAffine));

    private protected override PixelRule? OfPixels(NormNode node) => Axes == LayerNormAxes.Channels ? new LayerRule(node, Epsilon, isCentered: true, IsAffine, IsAffine) : null;
}
