using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Filter response normalization with a thresholded linear unit (Singh and Krishnan 2019, arXiv:1911.09737, equations 1 to 3): with nu2[n, c] the mean of x^2
/// over the image's pixels, y[n, p, c] = max(weight[c] x[n, p, c] / sqrt(nu2[n, c] + epsilon) + bias[c], tau[c]). No mean is subtracted; the threshold tau is
/// learned and stands for the activation.
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c>. The rest of the batch has no influence on an image.</remarks>
[OperationName("filter_response_norm")]
public sealed record FilterResponseNorm : Normalization
{
    /// <summary>Added to the mean of squares.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-6f;

    /// <summary>
    /// Whether |eps|, a learned parameter that begins at 1e-4, is added to <see cref="Epsilon"/> (the paper's section 3.2). It matters where there are few
    /// pixels: over one pixel, x / sqrt(x^2) is only x's sign.
    /// </summary>
    public bool LearnsEpsilon { get; init; }

    /// <summary>Whether the thresholded linear unit follows; where not, there is no <c>tau</c>.</summary>
    public bool HasThreshold { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => "filter response norm";

    internal override bool NeedsImage => true;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], "filter response normalization");

    /// <summary>
    /// <c>weight</c> (scale), <c>bias</c> (shift) and, where <see cref="HasThreshold"/>, <c>tau</c> (threshold), each <c>[channels]</c>; <c>eps [1]</c> where
    /// <see cref="LearnsEpsilon"/>.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        ImmutableArray<Parameter> parameters = [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)];
        if (HasThreshold) parameters = [.. parameters, new("tau", shape, Initializer.Zeros)];
        return LearnsEpsilon ? [.. parameters, new("eps", [1], new Initializer(1e-4f))] : parameters;
    }

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal override bool HasActivation => HasThreshold;

    // Images of one pixel, as at the end of a network, need the epsilon that is learned.
    [NormalizationName("frn")]
    internal static FilterResponseNorm Named(int _) => new() { LearnsEpsilon = true };

    internal static FilterResponseNorm Read(FieldReader fields) =>
        new() { Epsilon = fields.Float("epsilon"), LearnsEpsilon = fields.Flag("learns_epsilon", absent: false), HasThreshold = fields.Flag("threshold", absent: true) };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("filter_response_norm");
        fields.Float("epsilon", Epsilon);
        fields.Flag("learns_epsilon", LearnsEpsilon, absent: false);
        fields.Flag("threshold", HasThreshold, absent: true);
    }

    internal override void Reference(ReferenceNode node)
    {
        ReadOnlySpan<float> weight = node.Weight("weight").Span, bias = node.Weight("bias").Span, tau = node.WeightIf(HasThreshold, "tau"), x = node.X;
        for (int n = 0; n < node.Batch; n++)
        {
            for (int c = 0; c < node.Channels; c++)
            {
                double inverse = InverseOf(node, n, c);
                for (int p = 0; p < node.Pixels; p++)
                {
                    int i = (((n * node.Pixels) + p) * node.Channels) + c;
                    double z = (weight[c] * x[i] * inverse) + bias[c];
                    node.Y[i] = (float)(tau.IsEmpty ? z : Math.Max(z, tau[c]));
                }
            }
        }
    }

    // With g = dy where z > tau, else 0, and r = 1 / sqrt(nu2 + epsilon), dx = weight (r g - r^3 x mean(g x)), and the sum of
    // -weight r^3 sum(g x) / 2 is epsilon's.
    internal override void ReferenceBackward(ReferenceNode node)
    {
        ReadOnlySpan<float> weight = node.Weight("weight").Span, bias = node.Weight("bias").Span, tau = node.WeightIf(HasThreshold, "tau");
        ReadOnlySpan<float> x = node.X, dy = node.Dy;
        Span<float> dx = node.Dx;
        double depsilon = 0;
        for (int c = 0; c < node.Channels; c++)
        {
            double scale = 0, shift = 0, held = 0;
            for (int n = 0; n < node.Batch; n++)
            {
                double inverse = InverseOf(node, n, c), product = 0;
                for (int p = 0; p < node.Pixels; p++)
                {
                    int i = (((n * node.Pixels) + p) * node.Channels) + c;
                    bool passes = tau.IsEmpty || (weight[c] * x[i] * inverse) + bias[c] > tau[c];
                    dx[i] = passes ? dy[i] : 0;
                    if (!passes) held += dy[i];
                    shift += dx[i];
                    product += (double)dx[i] * x[i];
                }

                scale += product * inverse;
                depsilon -= weight[c] * inverse * inverse * inverse * product / 2;
                for (int p = 0; p < node.Pixels; p++)
                {
                    int i = (((n * node.Pixels) + p) * node.Channels) + c;
                    dx[i] = (float)(weight[c] * ((inverse * dx[i]) - (inverse * inverse * inverse * x[i] * product / node.Pixels)));
                }
            }

            (node.Gradient("weight")[c], node.Gradient("bias")[c]) = ((float)scale, (float)shift);
            if (HasThreshold) node.Gradient("tau")[c] = (float)held;
        }

        if (LearnsEpsilon) node.Gradient("eps")[0] = (float)(depsilon * Math.Sign(node.Weight("eps").Span[0]));
    }

    internal override Normalization WithActivation(bool hasActivation) => this with { HasThreshold = hasActivation };

    private protected override NormFactors Factors(NormNode node) => new ResponseFactors(this, node);

    private double InverseOf(ReferenceNode node, int n, int c)
    {
        double squares = 0;
        for (int p = 0; p < node.Pixels; p++)
        {
            double x = node.X[(((n * node.Pixels) + p) * node.Channels) + c];
            squares += x * x;
        }

        return 1 / Math.Sqrt((squares / node.Pixels) + Epsilon + (LearnsEpsilon ? Math.Abs(node.Weight("eps").Span[0]) : 0.0));
    }

    /// <summary>The mean in use is zero, and the variance the mean of squares, variance + mean^2. depsilon = -1/2 sum h x / sqrt(nu2 + epsilon)^3.</summary>
    private sealed unsafe class ResponseFactors(FilterResponseNorm operation, NormNode node)
        : MomentFactors(NormScope.Image, operation.Epsilon, node.Affine(exists: true))
    {
        private readonly Tensor? tau = operation.HasThreshold ? node.Weight("tau") : null, tauGradient = operation.HasThreshold ? node.Gradient("tau") : null;
        private readonly Tensor? eps = operation.LearnsEpsilon ? node.Weight("eps") : null, epsGradient = operation.LearnsEpsilon ? node.Gradient("eps") : null;

        public override double Epsilon => base.Epsilon + (eps is null ? 0.0 : Math.Abs(eps.Span[0]));

        public override float* Tau => tau is null ? null : tau.Pointer;

        protected override bool IsCentered => false;

        public override void AddGradients(in NormTable table, int count)
        {
            base.AddGradients(table, count);
            double epsilon = 0;
            for (int c = 0; c < table.Channels; c++)
            {
                double held = 0;
                for (int n = 0; n < count; n++)
                {
                    double inverse = table.Inverse(n)[c];
                    held += table.Held(n)[c];
                    epsilon -= inverse * inverse * inverse * table.NormalizedProduct(n)[c] / 2;
                }

                if (tauGradient is not null) tauGradient.Span[c] += (float)held;
            }

            if (epsGradient is not null) epsGradient.Span[0] += (float)(epsilon * Math.Sign(eps!.Span[0]));
        }

        protected override void SetUsed(in NormTable table, int cell)
        {
            new Span<float>(table.About(cell), table.Channels).Clear();
            new Span<double>(table.UsedMean(cell), table.Channels).Clear();
            for (int c = 0; c < table.Channels; c++) table.UsedVariance(cell)[c] = table.Variance(cell)[c] + (table.Mean(cell)[c] * table.Mean(cell)[c]);
        }
    }
}
