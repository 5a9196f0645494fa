using Graft.Kernels.Optimizers;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training.Optimizers;

/// <summary>Options of <see cref="Sgd"/>.</summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>How much of the last velocity is kept, in [0, 1).</summary>
    public double Momentum { get; init => field = Fraction(value); } = 0.9;

    /// <summary>Whether to take the gradient a step ahead (Sutskever et al. 2013).</summary>
    public bool Nesterov { get; init; } = true;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, int threads = 0) => new Sgd(groups, this, threads);
}

/// <summary>
/// Stochastic gradient descent with momentum, in PyTorch's form: d = g + decay w; m = momentum m + d; w = w - rate (d + momentum m with Nesterov, else m).
/// </summary>
internal sealed class Sgd : Optimizer
{
    private static readonly Chunk StepChunk = static (state, chunk, _) => ((Sgd)state).Update(chunk);

    private readonly SgdOptions options;
    private readonly Tensor[] velocities;

    /// <summary>Makes one at rest.</summary>
    /// <param name="groups">What it changes.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor.</param>
    /// <exception cref="GraftException">A weight is in two groups.</exception>
    public Sgd(IReadOnlyList<ParameterGroup> groups, SgdOptions? options = null, int threads = 0)
        : base(groups, options ??= new SgdOptions(), threads) => (this.options, velocities) = (options, Remember("momentum_buffer"));

    private protected override void Update() => Run(StepChunk);

    private unsafe void Update(int chunk)
    {
        foreach (Piece piece in Chunks.Pieces[Chunks[chunk]])
        {
            TrainedWeight weight = Weights[piece.Tensor];
            ParameterGroup group = GroupOf[piece.Tensor];
            SgdStep step = new((float)(Rate * group.LearningRateScale), (float)options.Momentum, (float)group.WeightDecay, GradientScale, options.Nesterov, Clear);
            SgdKernel.Run(step, piece.Count, weight.Gradient.Pointer + piece.Start, velocities[piece.Tensor].Pointer + piece.Start, weight.Value.Pointer + piece.Start);
        }
    }
}
