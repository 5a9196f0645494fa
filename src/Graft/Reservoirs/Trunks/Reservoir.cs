using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>
/// A reservoir of leaky-integrator units: x' = (1 - a) x + a tanh(Win u + W x + Wfb y + b), x the states, u the inputs, y the outputs of the step before. Or, with a rotation, of the
/// edge of stability: x' = a tanh(Win u + W x + Wfb y + b) + (1 - a) O x.
/// </summary>
/// <remarks>
/// Sources: Jaeger, Lukosevicius, Popovici, Siewert 2007, "Optimization and applications of echo state networks with leaky-integrator neurons", Neural Networks 20, equation 2 in
/// discrete time; Ceni, Gallicchio 2023, arXiv:2308.02902, equation 5.
/// </remarks>
public sealed class Reservoir : SequenceTrunk
{
    private readonly Lazy<ReservoirPlan> plan;

    private Reservoir(ReservoirOptions options, ReservoirWeights weights)
    {
        weights.Check();
        (Options, Weights) = (options, weights);
        plan = new(() => new ReservoirPlan(weights));
    }

    /// <summary>The options that it was made with.</summary>
    public ReservoirOptions Options { get; }

    /// <summary>The weights.</summary>
    public ReservoirWeights Weights { get; }

    /// <summary>The number of units.</summary>
    public int Units => Weights.Recurrent.Rows;

    /// <inheritdoc/>
    public override int Inputs => Weights.Input.Columns;

    /// <inheritdoc/>
    public override int Outputs => Weights.Feedback.Columns;

    /// <inheritdoc/>
    public override int Features => Units + (Options.PassInputs ? Inputs : 0);

    /// <inheritdoc/>
    public override StatePrecision Precision => Options.Precision;

    /// <summary>Draws a reservoir.</summary>
    /// <param name="options">Options.</param>
    /// <param name="inputs">The number of series read at each step.</param>
    /// <param name="outputs">The number of outputs fed back; 0 for none.</param>
    /// <param name="threads">How many threads draw; 0 is one per processor. The weights do not depend on it.</param>
    /// <exception cref="GraftException">Options do not fit each other.</exception>
    public static Reservoir Create(ReservoirOptions options, int inputs = 1, int outputs = 0, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        return new Reservoir(options, WeightDrawing.Draw(options, inputs, outputs, WorkerPool.Shared(threads)));
    }

    /// <summary>Makes a reservoir of weights at hand: out of a file, of another program, or of one's own design.</summary>
    /// <param name="weights">The weights, which decide units, inputs and outputs.</param>
    /// <param name="options">Precision, activation, noise and the form of the features are taken from here; what describes weights is kept as it is.</param>
    /// <exception cref="GraftException">The weights do not fit each other.</exception>
    public static Reservoir FromWeights(ReservoirWeights weights, ReservoirOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new Reservoir(options ?? new ReservoirOptions { Units = Math.Max(1, weights.Units) }, weights);
    }

    internal ReservoirPlan Plan => plan.Value;

    private protected override SequenceSession Start(int sequences, int threads) =>
        Precision == StatePrecision.Float32 ? new ReservoirSession<float>(this, sequences, threads) : new ReservoirSession<double>(this, sequences, threads);
}
