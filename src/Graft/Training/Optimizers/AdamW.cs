using Graft.Kernels.Optimizers;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training.Optimizers;

/// <summary>Options of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>How much of the running mean of the gradient is kept, in [0, 1).</summary>
    public double Beta1 { get; init => field = Fraction(value); } = 0.9;

    /// <summary>How much of the running mean of the squared gradient is kept, in [0, 1).</summary>
    public double Beta2 { get; init => field = Fraction(value); } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    public double Epsilon { get; init => field = Positive(value); } = 1e-8;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, int threads = 0) => new AdamW(groups, this, threads);
}

/// <summary>
/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), in PyTorch's form: w = (1 - rate decay) w - rate m' / (sqrt(v') + epsilon),
/// where m' and v' are the running means of the gradient and of its square, corrected for their start at zero.
/// </summary>
internal sealed class AdamW : Optimizer
{
    private static readonly Chunk StepChunk = static (state, chunk, _) => ((AdamW)state).Update(chunk);

    private readonly AdamWOptions options;
    private readonly Tensor[] means, squares;

    /// <summary>Makes one at rest.</summary>
    /// <param name="groups">What it changes.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor.</param>
    /// <exception cref="GraftException">A weight is in two groups.</exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, AdamWOptions? options = null, int threads = 0)
        : base(groups, options ??= new AdamWOptions(), threads) =>
        (this.options, means, squares) = (options, Remember("exp_avg"), Remember("exp_avg_sq"));

    private protected override void Update() => Run(StepChunk);

    private unsafe void Update(int chunk)
    {
        foreach (Piece piece in Chunks.Pieces[Chunks[chunk]])
        {
            TrainedWeight weight = Weights[piece.Tensor];
            ParameterGroup group = GroupOf[piece.Tensor];
            double rate = Rate * group.LearningRateScale;
            AdamKernel.Run(
                AdamStep.Of(Steps, options.Beta1, options.Beta2, rate, options.Epsilon, GradientScale, Clear),
                (float)(1 - (rate * group.WeightDecay)),
                piece.Count,
                weight.Gradient.Pointer + piece.Start,
                means[piece.Tensor].Pointer + piece.Start,
                squares[piece.Tensor].Pointer + piece.Start,
                weight.Value.Pointer + piece.Start);
        }
    }
}
