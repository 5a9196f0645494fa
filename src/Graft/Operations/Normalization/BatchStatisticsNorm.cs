using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// What the batch normalizations have in common: over the last axis, training normalizes by statistics of the batch, inference by the running ones:
/// y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias. They differ in training alone.
/// </summary>
/// <remarks>
/// Inputs are <c>[batch, height, width, channels]</c>, with statistics over batch, height and width, or <c>[batch, features]</c>, with statistics over the
/// batch.
/// </remarks>
public abstract record BatchStatisticsNorm : Normalization
{
    // Of those that are written; the average is the default.
    private static readonly string[] StatisticsNames = ["cumulative", "none"];

    private protected BatchStatisticsNorm()
    {
    }

    /// <summary>Added to the variance. It travels with the weights: PyTorch's MobileNets use 1e-5, Keras' 1e-3.</summary>
    public float Epsilon { get; init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, $"Epsilon must be positive and finite, not {value}."); } = 1e-5f;

    /// <summary>
    /// The weight of the new batch in running statistics: new = (1 - momentum) old + momentum batch (PyTorch's direction; Keras' is 1 minus this).
    /// </summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <summary>Whether it has a scale and a shift for each channel. Without, these are 1 and 0, and it has no weights.</summary>
    public bool IsAffine { get; init; } = true;

    /// <summary>What is kept of the batches.</summary>
    public RunningStatistics Statistics
    {
        get;
        init => field = value == RunningStatistics.Average || (value is RunningStatistics.Cumulative or RunningStatistics.None && !NeedsAverage)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Statistics), value, $"A {Label} keeps {(NeedsAverage ? "an average of its statistics" : "an average, a cumulative average or nothing")}, not {value}.");
    }

    /// <summary>Whether it cannot do without the exponential average.</summary>
    private protected virtual bool NeedsAverage => false;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary>
    /// <c>weight</c> (scale) and <c>bias</c> (shift) where <see cref="IsAffine"/>, and the buffers <c>running_mean</c> and <c>running_var</c>, each
    /// <c>[channels]</c>, where <see cref="Statistics"/> are kept, with <c>num_batches_tracked</c> <c>[1]</c> where they are cumulative.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        ImmutableArray<Parameter> parameters = IsAffine ? [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)] : [];
        if (Statistics == RunningStatistics.None) return parameters;
        parameters = parameters.AddRange(new Parameter("running_mean", shape, Initializer.Zeros, IsBuffer: true), new Parameter("running_var", shape, Initializer.Ones, IsBuffer: true));
        return Statistics == RunningStatistics.Cumulative ? parameters.Add(new Parameter("num_batches_tracked", [1], Initializer.Zeros, IsBuffer: true)) : parameters;
    }

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal override bool KeepsStatistics => Statistics != RunningStatistics.None;

    internal override bool NeedsBatch => Statistics == RunningStatistics.None;

    internal override bool IsFixedAffine => KeepsStatistics;

    internal override bool IsAppliedByReaders => true;

    /// <summary>The name in files.</summary>
    private protected abstract string FileName { get; }

    internal override void Write(FieldWriter fields)
    {
        fields.Name(FileName);
        fields.Float("epsilon", Epsilon);
        fields.Float("momentum", Momentum);
        fields.Flag("affine", IsAffine, absent: true);
        if (Statistics != RunningStatistics.Average) fields.Text("statistics", StatisticsNames[(int)Statistics - 1]);
    }

    internal override void Reference(ReferenceNode node)
    {
        NormInput norm = node.Input(Epsilon, IsAffine, IsAffine);
        if (!UsesBatch(node))
        {
            BatchNormKernel.Reference(norm, node.Weight("running_mean").Span, node.Weight("running_var").Span, node.Y);
            return;
        }

        float momentum = Momentum;
        if (Statistics == RunningStatistics.Cumulative && node.IsTraining) momentum = 1 / ++node.Weight("num_batches_tracked").Span[0];
        float[] none = new float[node.Channels];
        Span<float> mean = KeepsStatistics ? node.Weight("running_mean").Span : none, variance = KeepsStatistics ? node.Weight("running_var").Span : none;
        foreach (Range rows in VirtualBatches(node))
            BatchNormKernel.TrainReference(norm.Part(rows), KeepsStatistics ? momentum : 0, mean, variance, node.Y[NormReferences.Values(rows, node.Channels)]);
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        NormInput norm = node.Input(Epsilon, IsAffine, IsAffine);
        NormGradient gradient = node.Gradients(IsAffine, IsAffine);
        if (!UsesBatch(node))
        {
            BatchNormKernel.BackwardReference(norm, node.Weight("running_mean").Span, node.Weight("running_var").Span, gradient);
            return;
        }

        float[] dscale = new float[node.Channels], dshift = new float[node.Channels];
        foreach (Range rows in VirtualBatches(node))
        {
            Range values = NormReferences.Values(rows, node.Channels);
            NormGradient part = new() { Dy = node.Dy[values], Dx = node.Dx[values], DWeight = dscale, DBias = dshift };
            BatchNormKernel.TrainBackwardReference(norm.Part(rows), part);
            for (int c = 0; IsAffine && c < dscale.Length; c++) gradient.Set(c, gradient.DWeight[c] + dscale[c], gradient.DBias[c] + dshift[c]);
        }
    }

    internal override ChannelAffine Affine(Func<string, Tensor> weight) => FixedFactors.Of(weight, IsAffine, Epsilon);

    internal override InferenceKernel Infer(InferenceNode node) => KeepsStatistics
        ? base.Infer(node)
        : throw new NotSupportedException(
            "has no running statistics and normalizes by those of its batch, and an inference plan looks at one image at a time. Give it running statistics, or compute the outputs with the forward of a training plan.");

    internal override TrainingKernel Train(TrainingNode node) => new CopyKernel(node);

    internal override void ApplyTo(ActivationBuffer buffer, TrainingNode node) =>
        buffer.Norm = new LazyNorm(Factors(new NormNode(node)), buffer, node, IsOverRanks && node.UsesBatch ? node.SumOverRanks : null) { Name = node.Name };

    /// <summary>The images that share statistics.</summary>
    private protected virtual NormScope Scope => NormScope.Batch;

    /// <summary>Whether statistics are of the batches of all ranks together.</summary>
    private protected virtual bool IsOverRanks => false;

    private protected sealed override NormFactors Factors(NormNode node)
    {
        RunningMoments? running = KeepsStatistics ? Running(node.Weight) : null;
        return node.UsesBatch ? Factors(node.Affine(IsAffine), running) : new FixedFactors(Epsilon, running!, node.Affine(IsAffine), NormScope.Batch);
    }

    /// <summary>How the factors come from the moments of the batch.</summary>
    private protected virtual MomentFactors Factors(Affine? affine, RunningMoments? running) => new(Scope, Epsilon, affine, running);

    /// <summary>How running statistics move.</summary>
    private protected virtual RunningMoments Running(Func<string, Tensor> buffer) =>
        new(buffer, Momentum) { Batches = Statistics == RunningStatistics.Cumulative ? buffer("num_batches_tracked") : null };

    private protected static RunningStatistics ReadStatistics(FieldReader fields) => (RunningStatistics)(fields.OneOf("statistics", StatisticsNames, absent: -1) + 1);

    /// <summary>What every batch normalization has in a file.</summary>
    private protected static T Read<T>(T norm, FieldReader fields)
        where T : BatchStatisticsNorm => norm with { Epsilon = fields.Float("epsilon"), Momentum = fields.Float("momentum"), IsAffine = fields.Flag("affine", absent: true) };

    /// <summary>The rows that share statistics.</summary>
    private protected virtual IEnumerable<Range> VirtualBatches(ReferenceNode node) => [0..node.Rows];

    private protected bool UsesBatch(ReferenceNode node) => node.UsesBatch || NeedsBatch;
}
