using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Adaptive instance normalization (Huang and Belongie 2017, arXiv:1703.06868, equation 8): the first value, a content, is given the mean and the deviation
/// that each channel of the second, a style, has in its own image: y[n, p, c] = deviation(style)[n, c] (x[n, p, c] - mean(x)[n, c]) / deviation(x)[n, c] +
/// mean(style)[n, c], with deviation = sqrt(biased variance + epsilon) over the pixels.
/// </summary>
/// <remarks>
/// The content, and the output, are <c>[batch, height, width, channels]</c>; the style has the same batch and channels and any height and width. There are no
/// parameters. Gradients reach both.
/// </remarks>
[OperationName("adaptive_instance_norm")]
public sealed record AdaptiveInstanceNorm : Normalization
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

    internal override void Reference(ReferenceNode node)
    {
        int stylePixels = StylePixels(node);
        for (int n = 0; n < node.Batch; n++)
        {
            for (int c = 0; c < node.Channels; c++)
            {
                (double mean, double variance) = GroupNormKernel.Statistics(n, node.Pixels, node.Channels, c, 1, node.X);
                (double styleMean, double styleVariance) = GroupNormKernel.Statistics(n, stylePixels, node.Channels, c, 1, node.Inputs[1].Span);
                for (int p = 0; p < node.Pixels; p++)
                {
                    int i = (((n * node.Pixels) + p) * node.Channels) + c;
                    node.Y[i] = (float)((Math.Sqrt(styleVariance + Epsilon) * (node.X[i] - mean) / Math.Sqrt(variance + Epsilon)) + styleMean);
                }
            }
        }
    }

    // With z the normalized content and d the deviations, dx = d(s) / d(x) (dy - mean(dy) - z mean(dy z)), and
    // ds = (sum(dy) + sum(dy z) (s - m(s)) / d(s)) / stylePixels.
    internal override void ReferenceBackward(ReferenceNode node)
    {
        int pixels = node.Pixels, stylePixels = StylePixels(node);
        ReadOnlySpan<float> x = node.X, dy = node.Dy, style = node.Inputs[1].Span;
        for (int n = 0; n < node.Batch; n++)
        {
            for (int c = 0; c < node.Channels; c++)
            {
                (double mean, double variance) = GroupNormKernel.Statistics(n, pixels, node.Channels, c, 1, x);
                (double styleMean, double styleVariance) = GroupNormKernel.Statistics(n, stylePixels, node.Channels, c, 1, style);
                double inverse = 1 / Math.Sqrt(variance + Epsilon), deviation = Math.Sqrt(styleVariance + Epsilon), sum = 0, product = 0;
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * node.Channels) + c;
                    sum += dy[i];
                    product += dy[i] * (x[i] - mean) * inverse;
                }

                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * node.Channels) + c;
                    node.Dx[i] = (float)(deviation * inverse * (dy[i] - (sum / pixels) - ((x[i] - mean) * inverse * product / pixels)));
                }

                for (int p = 0; p < stylePixels; p++)
                {
                    int i = (((n * stylePixels) + p) * node.Channels) + c;
                    node.InputGradients[1].Span[i] = (float)((sum + (product * (style[i] - styleMean) / deviation)) / stylePixels);
                }
            }
        }
    }

    private protected override NormFactors Factors(NormNode node) => new AdaptiveFactors(Epsilon);

    private static int StylePixels(ReferenceNode node) => node.Inputs[1].Shape[1] * node.Inputs[1].Shape[2];

    /// <summary>Instance normalization whose gamma and beta are the style's deviation and mean.</summary>
    /// <param name="epsilon">Added to the variances.</param>
    private sealed unsafe class AdaptiveFactors(float epsilon) : MomentFactors(NormScope.Image, epsilon, affine: null)
    {
        public override void Forward(in NormTable table, int first, int end)
        {
            for (int n = first; n < end; n++)
                for (int c = 0; c < table.Channels; c++) table.Style.Scale(n)[c] = (float)Math.Sqrt(table.Style.Variance(n)[c] + Epsilon);
            base.Forward(table, first, end);
        }

        // With dbeta = sum dy and dgamma = sum dy z, ds = dbeta / pixels + dgamma (s - mean) / (gamma pixels).
        public override void Backward(in NormTable table, int first, int end)
        {
            base.Backward(table, first, end);
            NormTable style = table.Style;
            for (int n = first; n < end; n++)
            {
                for (int c = 0; c < table.Channels; c++)
                {
                    double slope = table.Product(n)[c] * table.Inverse(n)[c] / Math.Sqrt(style.Variance(n)[c] + Epsilon) / style.Count(n);
                    double constant = (table.Sum(n)[c] / style.Count(n)) + (slope * (style.Center(n)[c] - style.Mean(n)[c]));
                    (style.K2(n)[c], style.K3(n)[c]) = ((float)slope, (float)constant);
                }
            }
        }

        public override void AddGradients(in NormTable table, int count)
        {
        }

        protected override float* Gamma(in NormTable table, int cell) => table.Style.Scale(cell);

        protected override float* Beta(in NormTable table, int cell) => table.Style.About(cell);
    }
}
