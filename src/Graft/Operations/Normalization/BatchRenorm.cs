using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Batch renormalization (Ioffe 2017, arXiv:1702.03275, algorithm 1): with the batch's mean m and deviation s = sqrt(var + epsilon), and the running ones M and
/// S, training computes y = weight ((x - m) / s r + d) + bias, r = s / S within [1 / rmax, rmax] and d = (m - M) / S within [-dmax, dmax]. Gradients stop at r
/// and d. Where nothing is cut off, training and inference compute the same: small batches and batches of few classes learn what they will be used with.
/// </summary>
/// <remarks>
/// The limits grow with the step that <see cref="Training.TrainingPlan.Forward"/> is told: up to step <see cref="Start"/> rmax = 1 and dmax = 0, which is batch
/// normalization; then they rise in straight lines to <see cref="MaximumScale"/> at step <see cref="ScaleEnd"/> and <see cref="MaximumShift"/> at step
/// <see cref="ShiftEnd"/>. The defaults are those of the paper's section 4. As in the algorithm it is the deviation that moves, S = S + momentum (s - S), and
/// it is the biased one; <c>running_var</c> holds S^2 - epsilon.
/// </remarks>
[OperationName("batch_renorm")]
public sealed record BatchRenorm : BatchStatisticsNorm
{
    /// <summary>The final limit of r, rmax: 3.</summary>
    public float MaximumScale { get; init => field = value >= 1 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(MaximumScale), value, $"The limit of r must be at least 1 and finite, not {value}."); } = 3;

    /// <summary>The final limit of d, dmax: 5.</summary>
    public float MaximumShift { get; init => field = value >= 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(MaximumShift), value, $"The limit of d must be finite and not negative, not {value}."); } = 5;

    /// <summary>The last step of plain batch normalization: 5,000.</summary>
    public int Start { get; init => field = NotNegative(value, nameof(Start)); } = 5_000;

    /// <summary>The step from which r has its final limit: 40,000; at most <see cref="Start"/> for a jump.</summary>
    public int ScaleEnd { get; init => field = NotNegative(value, nameof(ScaleEnd)); } = 40_000;

    /// <summary>The step from which d has its final limit: 25,000; at most <see cref="Start"/> for a jump.</summary>
    public int ShiftEnd { get; init => field = NotNegative(value, nameof(ShiftEnd)); } = 25_000;

    /// <inheritdoc/>
    public override string Label => "batch renorm";

    private protected override bool NeedsAverage => true;

    /// <summary>The limits of r and d at a step of the training.</summary>
    /// <param name="step">The step, from 0.</param>
    public (double Scale, double Shift) LimitsAt(ulong step) => (1 + ((MaximumScale - 1) * Part(step, ScaleEnd)), MaximumShift * Part(step, ShiftEnd));

    private double Part(ulong step, int end) => step < (ulong)Start || (step == (ulong)Start && end > Start) ? 0 : step >= (ulong)end ? 1 : (step - (double)Start) / (end - (double)Start);

    private static int NotNegative(int value, string name) => value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must not be negative; it is {value}.");

    private protected override string FileName => "batch_renorm";

    // The paper's schedule for trainings of thousands of steps in place of hundreds of thousands.
    [NormalizationName("renorm")]
    internal static BatchRenorm Named(int _) => new() { Start = 100, ShiftEnd = 500, ScaleEnd = 800 };

    internal static BatchRenorm Read(FieldReader fields)
    {
        BatchRenorm norm = new()
        {
            MaximumScale = fields.Float("maximum_scale"),
            MaximumShift = fields.Float("maximum_shift"),
            Start = fields.Int("start", 0, int.MaxValue),
            ScaleEnd = fields.Int("scale_end", 0, int.MaxValue),
            ShiftEnd = fields.Int("shift_end", 0, int.MaxValue),
        };
        return Read(norm, fields);
    }

    internal override void Write(FieldWriter fields)
    {
        base.Write(fields);
        fields.Float("maximum_scale", MaximumScale);
        fields.Float("maximum_shift", MaximumShift);
        fields.Int("start", Start);
        fields.Int("scale_end", ScaleEnd);
        fields.Int("shift_end", ShiftEnd);
    }

    // gamma' = gamma r and beta' = beta + gamma d make a batch norm of it, of the statistics before they move.
    internal override void Reference(ReferenceNode node)
    {
        if (!node.UsesBatch)
        {
            base.Reference(node);
            return;
        }

        (double[] r, double[] d) = Limited(node);
        node.State = (r, d);
        (float[] weight, float[] bias) = (new float[node.Channels], new float[node.Channels]);
        float[] mean = new float[node.Channels], variance = new float[node.Channels];
        for (int c = 0; c < node.Channels; c++)
        {
            double gamma = IsAffine ? node.Weight("weight").Span[c] : 1;
            (weight[c], bias[c]) = ((float)(gamma * r[c]), (float)((IsAffine ? node.Weight("bias").Span[c] : 0) + (gamma * d[c])));
        }

        NormInput norm = new() { Pixels = node.Rows, Channels = node.Channels, Epsilon = Epsilon, X = node.X, Weight = weight, Bias = bias };
        BatchNormKernel.TrainReference(norm, momentum: 0, mean, variance, node.Y);
        Span<float> runningMean = node.Weight("running_mean").Span, runningVariance = node.Weight("running_var").Span;
        for (int c = 0; c < node.Channels; c++)
        {
            (double own, double spread) = GroupNormKernel.Statistics(0, node.Rows, node.Channels, c, 1, node.X);
            runningMean[c] = (float)(((1 - Momentum) * (double)runningMean[c]) + (Momentum * own));
            double deviation = ((1 - Momentum) * Math.Sqrt((double)runningVariance[c] + Epsilon)) + (Momentum * Math.Sqrt(spread + Epsilon));
            runningVariance[c] = (float)Math.Max(0, (deviation * deviation) - Epsilon);
        }
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        if (!node.UsesBatch)
        {
            base.ReferenceBackward(node);
            return;
        }

        // Of the statistics that the forward saw: those that are kept had moved by then.
        (double[] r, double[] d) = ((double[], double[]))node.State!;
        float[] weight = new float[node.Channels], dweight = new float[node.Channels], dbias = new float[node.Channels];
        for (int c = 0; c < node.Channels; c++) weight[c] = (float)((IsAffine ? node.Weight("weight").Span[c] : 1) * r[c]);
        NormInput norm = new() { Pixels = node.Rows, Channels = node.Channels, Epsilon = Epsilon, X = node.X, Weight = weight };
        BatchNormKernel.TrainBackwardReference(norm, new NormGradient { Dy = node.Dy, Dx = node.Dx, DWeight = dweight, DBias = dbias });
        if (!IsAffine) return;
        for (int c = 0; c < node.Channels; c++)
        {
            node.Gradient("weight")[c] = (float)((dweight[c] * r[c]) + (dbias[c] * d[c]));
            node.Gradient("bias")[c] = dbias[c];
        }
    }

    private protected override MomentFactors Factors(Affine? affine, RunningMoments? running) => new RenormFactors(this, affine, running!);

    private protected override RunningMoments Running(Func<string, Tensor> buffer) => new(buffer, Momentum) { DeviationEpsilon = Epsilon };

    private (double[] R, double[] D) Limited(ReferenceNode node)
    {
        (double scale, double shift) = LimitsAt(node.Step);
        (double[] r, double[] d) = (new double[node.Channels], new double[node.Channels]);
        for (int c = 0; c < node.Channels; c++)
        {
            (double mean, double variance) = GroupNormKernel.Statistics(0, node.Rows, node.Channels, c, 1, node.X);
            double kept = Math.Sqrt((double)node.Weight("running_var").Span[c] + Epsilon);
            (r[c], d[c]) = (Math.Clamp(Math.Sqrt(variance + Epsilon) / kept, 1 / scale, scale), Math.Clamp((mean - node.Weight("running_mean").Span[c]) / kept, -shift, shift));
        }

        return (r, d);
    }

    /// <summary>Those of a batch norm with gamma' = gamma r and beta' = beta + gamma d; so dgamma = r dgamma' + d dbeta' and dbeta = dbeta'.</summary>
    private sealed unsafe class RenormFactors(BatchRenorm operation, Affine? affine, RunningMoments running)
        : MomentFactors(NormScope.Batch, operation.Epsilon, affine, running)
    {
        private readonly Affine? affine = affine;
        private readonly RunningMoments running = running;
        private readonly Tensor gamma = new([running.Mean.Length]), beta = new([running.Mean.Length]);
        private readonly double[] r = new double[running.Mean.Length], d = new double[running.Mean.Length];
        private (double Scale, double Shift) limits;

        public override void Begin(ulong step) => limits = operation.LimitsAt(step);

        public override void Forward(in NormTable table, int first, int end)
        {
            for (int c = 0; c < table.Channels; c++)
            {
                double own = Math.Sqrt(table.Variance(0)[c] + Epsilon), kept = Math.Sqrt(running.Variance[c] + Epsilon), scale = affine is null ? 1 : affine.Gamma[c];
                r[c] = Math.Clamp(own / kept, 1 / limits.Scale, limits.Scale);
                d[c] = Math.Clamp((table.Mean(0)[c] - running.Mean[c]) / kept, -limits.Shift, limits.Shift);
                (gamma.Span[c], beta.Span[c]) = ((float)(scale * r[c]), (float)((affine is null ? 0 : affine.Beta[c]) + (scale * d[c])));
            }

            base.Forward(table, first, end);
        }

        protected override float* Gamma(in NormTable table, int cell) => gamma.Pointer;

        protected override float* Beta(in NormTable table, int cell) => beta.Pointer;

        protected override void AddGradient(int channel, double dgamma, double dbeta) =>
            affine?.Add(channel, (dgamma * r[channel]) + (dbeta * d[channel]), dbeta);
    }
}
