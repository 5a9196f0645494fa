using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Switchable normalization (Luo et al. 2018, arXiv:1806.10779, equations 3 to 5): the mean and the variance that normalize are mixtures of those of the
/// instance (an image's channel), the layer (an image) and the batch (a channel of all images): y = weight[c] (x - sum of w_k mean_k) / sqrt(sum of v_k
/// variance_k + epsilon) + bias[c], w = softmax(mean_weight), v = softmax(var_weight), k in the order instance, layer, batch.
/// </summary>
/// <remarks>
/// Input and output are <c>[batch, height, width, channels]</c>; variances are biased. In inference running statistics stand for the batch's, kept as batch
/// norm keeps them, with the unbiased variance.
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

    internal override bool NeedsImage => true;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], "switchable normalization");

    /// <summary>
    /// <c>weight</c> (scale) and <c>bias</c> (shift), each <c>[channels]</c>, <c>mean_weight</c> and <c>var_weight</c>, each <c>[3]</c>: instance, layer,
    /// batch; and the buffers <c>running_mean</c> and <c>running_var</c>, each <c>[channels]</c>: the names in the authors' files.
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
        double[] w = Softmax(node.Weight("mean_weight").Span), v = Softmax(node.Weight("var_weight").Span);
        (double[] Means, double[] Variances) statistics = Statistics(node);
        ReadOnlySpan<float> weight = node.Weight("weight").Span, bias = node.Weight("bias").Span;
        for (int i = 0; i < node.X.Length; i++)
        {
            int c = i % node.Channels, s = Cell(node, i);
            node.Y[i] = (float)((weight[c] * (node.X[i] - Mix(w, statistics.Means, s)) / Math.Sqrt(Mix(v, statistics.Variances, s) + Epsilon)) + bias[c]);
        }

        if (!node.UsesBatch) return;
        Span<float> mean = node.Weight("running_mean").Span, variance = node.Weight("running_var").Span;
        double m = Momentum, unbiased = node.Rows / (node.Rows - 1.0);
        for (int c = 0; c < node.Channels; c++)
        {
            mean[c] = (float)(((1 - m) * mean[c]) + (m * statistics.Means[(3 * c) + 2]));
            variance[c] = (float)(((1 - m) * variance[c]) + (m * unbiased * statistics.Variances[(3 * c) + 2]));
        }
    }

    // The gradients of the mixed mean and variance go to each statistic by its share, and from there to all that it is taken over.
    internal override void ReferenceBackward(ReferenceNode node)
    {
        int batch = node.Batch, channels = node.Channels;
        double pixels = node.Pixels;
        double[] w = Softmax(node.Weight("mean_weight").Span), v = Softmax(node.Weight("var_weight").Span);
        double[] dmean = new double[batch * channels], dvariance = new double[dmean.Length];
        double[] scales = new double[channels], shifts = new double[channels], means = new double[3], variances = new double[3];
        (double[] Means, double[] Variances) statistics = Statistics(node);
        ReadOnlySpan<float> weight = node.Weight("weight").Span, x = node.X, dy = node.Dy;
        for (int i = 0; i < x.Length; i++)
        {
            int c = i % channels, s = Cell(node, i);
            double inverse = 1 / Math.Sqrt(Mix(v, statistics.Variances, s) + Epsilon), distance = x[i] - Mix(w, statistics.Means, s);
            scales[c] += dy[i] * distance * inverse;
            shifts[c] += dy[i];
            dmean[s / 3] -= weight[c] * dy[i] * inverse;
            dvariance[s / 3] -= weight[c] * dy[i] * distance * inverse * inverse * inverse / 2;
        }

        double[] layerMean = new double[batch], layerVariance = new double[batch], batchMean = new double[channels], batchVariance = new double[channels];
        for (int s = 0; s < dmean.Length; s++)
        {
            (int n, int c) = (s / channels, s % channels);
            (layerMean[n], layerVariance[n]) = (layerMean[n] + dmean[s], layerVariance[n] + dvariance[s]);
            (batchMean[c], batchVariance[c]) = (batchMean[c] + dmean[s], batchVariance[c] + dvariance[s]);
            for (int k = 0; k < 3; k++)
            {
                means[k] += dmean[s] * statistics.Means[(3 * s) + k];
                variances[k] += dvariance[s] * statistics.Variances[(3 * s) + k];
            }
        }

        for (int i = 0; i < x.Length; i++)
        {
            int s = Cell(node, i), c = i % channels, n = s / 3 / channels;
            double gradient = dy[i] * weight[c] / Math.Sqrt(Mix(v, statistics.Variances, s) + Epsilon);
            gradient += ((w[0] * dmean[s / 3]) + (v[0] * dvariance[s / 3] * 2 * (x[i] - statistics.Means[s]))) / pixels;
            gradient += ((w[1] * layerMean[n]) + (v[1] * layerVariance[n] * 2 * (x[i] - statistics.Means[s + 1]))) / (pixels * channels);
            if (node.UsesBatch) gradient += ((w[2] * batchMean[c]) + (v[2] * batchVariance[c] * 2 * (x[i] - statistics.Means[s + 2]))) / (pixels * batch);
            node.Dx[i] = (float)gradient;
        }

        for (int c = 0; c < channels; c++) (node.Gradient("weight")[c], node.Gradient("bias")[c]) = ((float)scales[c], (float)shifts[c]);
        for (int k = 0; k < 3; k++)
        {
            node.Gradient("mean_weight")[k] = (float)SoftmaxGradient(w, means, k);
            node.Gradient("var_weight")[k] = (float)SoftmaxGradient(v, variances, k);
        }
    }

    private protected override NormFactors Factors(NormNode node) => new SwitchableFactors(this, node);

    /// <summary>
    /// The three means and biased variances, <c>[batch, channels, 3]</c> in the order instance, layer, batch, with running ones in the batch's place where
    /// those are used.
    /// </summary>
    private static (double[] Means, double[] Variances) Statistics(ReferenceNode node)
    {
        double[] means = new double[node.Batch * node.Channels * 3], variances = new double[means.Length];
        for (int n = 0; n < node.Batch; n++)
        {
            (double mean, double variance) layer = GroupNormKernel.Statistics(n, node.Pixels, node.Channels, 0, node.Channels, node.X);
            for (int c = 0; c < node.Channels; c++)
            {
                int i = ((n * node.Channels) + c) * 3;
                (means[i], variances[i]) = GroupNormKernel.Statistics(n, node.Pixels, node.Channels, c, 1, node.X);
                (means[i + 1], variances[i + 1]) = layer;
                (means[i + 2], variances[i + 2]) = node.UsesBatch
                    ? GroupNormKernel.Statistics(0, node.Rows, node.Channels, c, 1, node.X)
                    : (node.Weight("running_mean").Span[c], node.Weight("running_var").Span[c]);
            }
        }

        return (means, variances);
    }

    // Where the three statistics of a number lie.
    private static int Cell(ReferenceNode node, int i) => ((i / node.Channels / node.Pixels * node.Channels) + (i % node.Channels)) * 3;

    private static double Mix(double[] shares, double[] values, int first) =>
        (shares[0] * values[first]) + (shares[1] * values[first + 1]) + (shares[2] * values[first + 2]);

    private static double[] Softmax(ReadOnlySpan<float> weights)
    {
        double largest = Math.Max(weights[0], Math.Max(weights[1], weights[2]));
        double[] powers = [Math.Exp(weights[0] - largest), Math.Exp(weights[1] - largest), Math.Exp(weights[2] - largest)];
        double sum = powers[0] + powers[1] + powers[2];
        return [powers[0] / sum, powers[1] / sum, powers[2] / sum];
    }

    /// <summary>The gradient of what a share is the softmax of, from the gradients of the shares.</summary>
    private static double SoftmaxGradient(double[] shares, double[] gradients, int k) =>
        shares[k] * (gradients[k] - ((shares[0] * gradients[0]) + (shares[1] * gradients[1]) + (shares[2] * gradients[2])));

    /// <summary>
    /// The mean and the variance in use are mixtures of those of the instance, the layer and the batch, which are those of the images' channels, taken
    /// together. Their gradients, dmean = -inverse sum h and dvariance = -1/2 inverse^3 sum h (x - mean), go to each statistic by its share, and from there to
    /// all that it is taken over.
    /// </summary>
    private sealed unsafe class SwitchableFactors : MomentFactors
    {
        private readonly bool usesBatch;
        private readonly RunningMoments running;
        private readonly Tensor meanWeights, varianceWeights, memory;
        private readonly Tensor? meanGradient, varianceGradient;

        // The batch's moments, and the sums over the images of the gradients of what they are mixed into.
        private readonly NormTable batch;
        private readonly double[] dmeans, dvariances;

        /// <summary>Makes factors.</summary>
        /// <param name="operation">The operation.</param>
        /// <param name="node">The node.</param>
        public SwitchableFactors(SwitchableNorm operation, NormNode node)
            : base(NormScope.Image, operation.Epsilon, node.Affine(exists: true))
        {
            (usesBatch, running) = (node.UsesBatch, new RunningMoments(node.Weight, operation.Momentum));
            (meanWeights, varianceWeights) = (node.Weight("mean_weight"), node.Weight("var_weight"));
            (meanGradient, varianceGradient) = (node.Gradient("mean_weight"), node.Gradient("var_weight"));
            memory = new Tensor([NormTable.Floats(1, 1, node.Channels)]);
            batch = new NormTable(memory.Pointer, 1, 1, node.Channels);
            (dmeans, dvariances) = (new double[node.Channels], new double[node.Channels]);
        }

        public override bool NeedsBatch => usesBatch;

        public override void BeginForward(in NormTable table, int count) => table.JoinMoments(count, batch);

        public override void BeginBackward(in NormTable table, int count)
        {
            Array.Clear(dmeans);
            Array.Clear(dvariances);
            for (int n = 0; n < count; n++)
            {
                Weigh(table, n, Gamma(table, n));
                for (int c = 0; c < table.Channels; c++)
                {
                    (double dmean, double dvariance) = Mixed(table, n, c);
                    (dmeans[c], dvariances[c]) = (dmeans[c] + dmean, dvariances[c] + dvariance);
                }
            }
        }

        public override void Backward(in NormTable table, int first, int end)
        {
            double[] w = Softmax(meanWeights.Span), v = Softmax(varianceWeights.Span);
            for (int n = first; n < end; n++)
            {
                Weigh(table, n, Gamma(table, n));
                double layerMean = LayerMoments(table, n).Mean, layerDmean = 0, layerDvariance = 0, pixels = table.Count(n), values = pixels * table.Channels;
                for (int c = 0; c < table.Channels; c++)
                {
                    (double dmean, double dvariance) = Mixed(table, n, c);
                    (layerDmean, layerDvariance) = (layerDmean + dmean, layerDvariance + dvariance);
                }

                for (int c = 0; c < table.Channels; c++)
                {
                    (double dmean, double dvariance) = Mixed(table, n, c);
                    double instance = 2 * v[0] * dvariance / pixels, layer = 2 * v[1] * layerDvariance / values, all = usesBatch ? 2 * v[2] * dvariances[c] / batch.Count(0) : 0;
                    double center = table.Center(n)[c];
                    double constant = (w[0] * dmean / pixels) + (w[1] * layerDmean / values) + (usesBatch ? w[2] * dmeans[c] / batch.Count(0) : 0);
                    constant += (instance * (center - table.Mean(n)[c])) + (layer * (center - layerMean)) + (all * (center - OfBatch(c).Mean));
                    (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)(instance + layer + all), (float)constant);
                }
            }
        }

        public override void AddGradients(in NormTable table, int count)
        {
            base.AddGradients(table, count);
            double[] w = Softmax(meanWeights.Span), v = Softmax(varianceWeights.Span), means = new double[3], variances = new double[3];
            for (int n = 0; n < count; n++)
            {
                (double layerMean, double layerVariance) = LayerMoments(table, n);
                for (int c = 0; c < table.Channels; c++)
                {
                    (double dmean, double dvariance) = Mixed(table, n, c);
                    (double batchMean, double batchVariance) = OfBatch(c);
                    means[0] += dmean * table.Mean(n)[c];
                    means[1] += dmean * layerMean;
                    means[2] += dmean * batchMean;
                    variances[0] += dvariance * table.Variance(n)[c];
                    variances[1] += dvariance * layerVariance;
                    variances[2] += dvariance * batchVariance;
                }
            }

            for (int k = 0; k < 3; k++)
            {
                if (meanGradient is not null) meanGradient.Span[k] += (float)SoftmaxGradient(w, means, k);
                if (varianceGradient is not null) varianceGradient.Span[k] += (float)SoftmaxGradient(v, variances, k);
            }
        }

        public override void Track(in NormTable table, int count, float? momentum)
        {
            if (usesBatch) running.Take(batch, 1, momentum);
        }

        protected override void SetUsed(in NormTable table, int cell)
        {
            double[] w = Softmax(meanWeights.Span), v = Softmax(varianceWeights.Span);
            (double layerMean, double layerVariance) = LayerMoments(table, cell);
            for (int c = 0; c < table.Channels; c++)
            {
                (double mean, double variance) = OfBatch(c);
                table.UsedMean(cell)[c] = (w[0] * table.Mean(cell)[c]) + (w[1] * layerMean) + (w[2] * mean);
                table.UsedVariance(cell)[c] = (v[0] * table.Variance(cell)[c]) + (v[1] * layerVariance) + (v[2] * variance);
            }
        }

        private static (double Mean, double Variance) LayerMoments(in NormTable table, int n)
        {
            double mean = 0, variance = 0;
            for (int c = 0; c < table.Channels; c++) mean += table.Mean(n)[c];
            mean /= table.Channels;
            for (int c = 0; c < table.Channels; c++) variance += table.Variance(n)[c] + ((table.Mean(n)[c] - mean) * (table.Mean(n)[c] - mean));
            return (mean, variance / table.Channels);
        }

        private (double Mean, double Variance) OfBatch(int c) => usesBatch ? (batch.Mean(0)[c], batch.Variance(0)[c]) : (running.Mean[c], running.Variance[c]);

        /// <summary>The gradients of the mixed mean and variance.</summary>
        private static (double Mean, double Variance) Mixed(in NormTable table, int n, int c)
        {
            double inverse = table.Inverse(n)[c];
            return (-inverse * table.NormalizedSum(n)[c], -inverse * inverse * inverse * table.NormalizedProduct(n)[c] / 2);
        }
    }
}
