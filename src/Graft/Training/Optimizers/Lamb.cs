using Graft.Kernels.Optimizers;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training.Optimizers;

/// <summary>Options of <see cref="Lamb"/>.</summary>
public sealed record LambOptions : OptimizerOptions
{
    /// <summary>How much of the running mean of the gradient is kept, in [0, 1).</summary>
    public double Beta1 { get; init => field = Fraction(value); } = 0.9;

    /// <summary>How much of the running mean of the squared gradient is kept, in [0, 1).</summary>
    public double Beta2 { get; init => field = Fraction(value); } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    public double Epsilon { get; init => field = Positive(value); } = 1e-6;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, int threads = 0) => new Lamb(groups, this, threads);
}

/// <summary>
/// LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2) for large batches: Adam's direction u = m' / (sqrt(v') + epsilon) + decay w, along which each weight moves by
/// rate |w| / |u|. Norms and biases, and weights or directions of length zero, move by rate u.
/// </summary>
internal sealed class Lamb : Optimizer
{
    private static readonly Chunk MomentsChunk = static (state, chunk, _) => ((Lamb)state).Moments(chunk);
    private static readonly Chunk MoveChunk = static (state, chunk, _) => ((Lamb)state).Move(chunk);

    private readonly LambOptions options;
    private readonly Tensor[] means, squares;
    private readonly (double Direction, double Weights)[] lengths;
    private readonly double[] trust;

    /// <summary>Makes one at rest.</summary>
    /// <param name="groups">What it changes.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor.</param>
    /// <exception cref="GraftException">A weight is in two groups.</exception>
    public Lamb(IReadOnlyList<ParameterGroup> groups, LambOptions? options = null, int threads = 0)
        : base(groups, options ??= new LambOptions(), threads)
    {
        (this.options, means, squares) = (options, Remember("exp_avg"), Remember("exp_avg_sq"));
        (lengths, trust) = (new (double, double)[Chunks.Pieces.Length], new double[Weights.Length]);
    }

    private protected override void Update()
    {
        Run(MomentsChunk);
        ReadOnlySpan<Piece> pieces = Chunks.Pieces;
        for (int i = 0; i < pieces.Length;)
        {
            int tensor = pieces[i].Tensor;
            double direction = 0, weights = 0;
            for (; i < pieces.Length && pieces[i].Tensor == tensor; i++) (direction, weights) = (direction + lengths[i].Direction, weights + lengths[i].Weights);
            trust[tensor] = Weights[tensor].Value.Shape.Rank > 1 && direction > 0 && weights > 0 ? Math.Sqrt(weights / direction) : 1;
        }

        Run(MoveChunk);
    }

    private AdamStep Step() => AdamStep.Of(Steps, options.Beta1, options.Beta2, rate: 1, options.Epsilon, GradientScale, Clear);

    private unsafe void Moments(int chunk)
    {
        (int start, int count) = Chunks[chunk].GetOffsetAndLength(lengths.Length);
        for (int i = start; i < start + count; i++)
        {
            Piece piece = Chunks.Pieces[i];
            TrainedWeight weight = Weights[piece.Tensor];
            lengths[i] = LambKernel.Moments(
                Step(),
                (float)GroupOf[piece.Tensor].WeightDecay,
                piece.Count,
                weight.Gradient.Pointer + piece.Start,
                means[piece.Tensor].Pointer + piece.Start,
                squares[piece.Tensor].Pointer + piece.Start,
                weight.Value.Pointer + piece.Start);
        }
    }

    private unsafe void Move(int chunk)
    {
        foreach (Piece piece in Chunks.Pieces[Chunks[chunk]])
        {
            ParameterGroup group = GroupOf[piece.Tensor];
            float rate = (float)(Rate * group.LearningRateScale * trust[piece.Tensor]);
            LambKernel.Move(
                Step(),
                (float)group.WeightDecay,
                rate,
                piece.Count,
                means[piece.Tensor].Pointer + piece.Start,
                squares[piece.Tensor].Pointer + piece.Start,
                Weights[piece.Tensor].Value.Pointer + piece.Start);
        }
    }
}
