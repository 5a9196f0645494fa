using Graft.Kernels.Normalization;
using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Switchable normalization (Luo et al. 2018, arXiv:1806.10779, equations 3 to 5): the mean and the variance that normalize are mixtures of those of the instance (a picture's channel), the layer (a
/// picture) and the batch (a channel of all pictures): y = weight[c] (x - sum of w_k mean_k) / sqrt(sum of v_k variance_k + epsilon) + bias[c], w = softmax(mean_weight), v = softmax(var_weight),
/// k in the order instance, layer, batch.
/// </summary>
/// <remarks>
/// Input and output are <c>[batch, height, width, channels]</c>; variances are biased. In inference running statistics stand for the batch's, kept as batch norm keeps them, with the unbiased variance.
/// </remarks>
[OperationName("switchable_norm")]
public sealed record SwitchableNorm : Normalization
{
    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>The weight of the new batch in running statistics: new = (1 - momentum) old + momentum batch.</summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <inheritdoc/>
    public override string Label => "switchable norm";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], "switchable normalization");

    /// <summary>
    /// <c>weight</c> (scale) and <c>bias</c> (shift), each <c>[channels]</c>, <c>mean_weight</c> and <c>var_weight</c>, each <c>[3]</c>: instance, layer, batch; and the buffers <c>running_mean</c>
    /// and <c>running_var</c>, each <c>[channels]</c>: the names in the authors' files.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        return
        [
            new("weight", shape, Initializer.Ones),
            new("bias", shape, Initializer.Zeros),
            new("mean_weight", [3], Initializer.Ones),
            new("var_weight", [3], Initializer.Ones),
            new("running_mean", shape, Initializer.Zeros, IsBuffer: true),
            new("running_var", shape, Initializer.Ones, IsBuffer: true),
        ];
    }

    internal override bool KeepsStatistics => true;

    [NormalizationName("switchable")]
    internal static SwitchableNorm Named(int _) => new();

    internal static SwitchableNorm Read(FieldReader fields) => new() { Epsilon = fields.Float("epsilon"), Momentum = fields.Float("momentum") };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("switchable_norm");
        fields.Float("epsilon", Epsilon);
        fields.Float("momentum", Momentum);
    }

    internal override void Reference(ReferenceNode node)
    {
        (double[] Means, double[] Variances) statistics = Statistics(node);
        SwitchableKernel.Reference(
            node.Batch, node.Pixels, node.Channels, Epsilon, node.X, node.Weight("weight").Span, node.Weight("bias").Span, node.Weight("mean_weight").Span, node.Weight("var_weight").Span, statistics, node.Y);
        if (!node.UsesBatch) return;
        Span<float> mean = node.Weight("running_mean").Span, variance = node.Weight("running_var").Span;
        double m = Momentum, unbiased = node.Rows / (node.Rows - 1.0);
        for (int c = 0; c < node.Channels; c++)
        {
            mean[c] = (float)(((1 - m) * mean[c]) + (m * statistics.Means[(3 * c) + 2]));
            variance[c] = (float)(((1 - m) * variance[c]) + (m * unbiased * statistics.Variances[(3 * c) + 2]));
        }
    }

    internal override void ReferenceBackward(ReferenceNode node) => SwitchableKernel.BackwardReference(
        node.Batch, node.Pixels, node.Channels, Epsilon, node.X, node.Weight("weight").Span, node.Weight("mean_weight").Span, node.Weight("var_weight").Span, Statistics(node), node.UsesBatch, node.Dy, node.Dx,
        node.Gradient("weight"), node.Gradient("bias"), node.Gradient("mean_weight"), node.Gradient("var_weight"));

    private protected override NormFactors Factors(NormNode node) => new SwitchableFactors(this, node);

    private static (double[] Means, double[] Variances) Statistics(ReferenceNode node) => SwitchableKernel.Statistics(
        node.Batch, node.Pixels, node.Channels, node.X, node.WeightIf(!node.UsesBatch, "running_mean"), node.WeightIf(!node.UsesBatch, "running_var"));
}
