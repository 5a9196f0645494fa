using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Reservoirs.Online;

/// <summary>Options of <see cref="PatternMemory"/>.</summary>
public sealed record PatternMemoryOptions
{
    /// <summary>How many steps at the start of each pattern are not used: there the states still remember where they began.</summary>
    public int Washout { get; init => field = value >= 0 ? value : throw new GraftException($"A washout is 0 steps or more, not {value}."); } = 200;

    /// <summary>The aperture of the conceptors.</summary>
    public double Aperture { get; init => field = value > 0 ? value : throw new GraftException($"An aperture is a number above zero, not {value}."); } = 10;

    /// <summary>The ridge penalty, for each state used, on the weights that take the place of the input.</summary>
    public double LoadingPenalty { get; init => field = Penalty(value); } = 1e-4;

    /// <summary>The ridge penalty, for each state used, on the weights that read patterns from states.</summary>
    public double ReadoutPenalty { get; init => field = Penalty(value); } = 1e-5;

    /// <summary>How many threads work, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }

    private static double Penalty(double value) => value > 0 && double.IsFinite(value) ? value : throw new GraftException($"A ridge penalty is a finite number above zero, not {value}.");
}

/// <summary>
/// Patterns loaded into a reservoir, each to be recalled through its conceptor, without input: the reservoir learns to imitate being driven, and a conceptor says by what.
/// </summary>
/// <remarks>Jaeger, "Controlling recurrent neural networks by conceptors", arXiv:1403.3369, 2014, section 3.3: x(n+1) = C tanh(W x(n) + b), y = Wout x. Immutable.</remarks>
public sealed class PatternMemory
{
    private readonly double[] bias;
    private readonly double[][] starts;

    private PatternMemory(Matrix weights, double[] bias, LinearMap readout, Conceptor[] conceptors, double[][] starts)
    {
        (Weights, Readout, Conceptors) = (weights, readout, conceptors);
        (this.bias, this.starts) = (bias, starts);
    }

    /// <summary>W: what imitates the driven reservoir, [units, units].</summary>
    public Matrix Weights { get; }

    /// <summary>The bias of each unit.</summary>
    public IReadOnlyList<double> Bias => bias;

    /// <summary>Reads patterns from states.</summary>
    public LinearMap Readout { get; }

    /// <summary>One conceptor a pattern. Boolean combinations and other apertures of them can be recalled too.</summary>
    public IReadOnlyList<Conceptor> Conceptors { get; }

    /// <summary>Loads patterns into a reservoir.</summary>
    /// <param name="reservoir">Units of tanh without leak or feedback, spectral radius 1.5 in the paper; what its weights are before loading. It is not changed.</param>
    /// <param name="patterns">Each [time, inputs], of lengths of their own.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops between patterns.</param>
    /// <exception cref="GraftException">The reservoir is of another kind, there is no pattern, or one is not longer than the washout.</exception>
    public static PatternMemory Load(
        Reservoir reservoir, IReadOnlyList<Matrix> patterns, PatternMemoryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reservoir);
        ArgumentNullException.ThrowIfNull(patterns);
        options ??= new PatternMemoryOptions();
        ReservoirWeights own = reservoir.Weights;
        if (reservoir.Options.Activation != UnitActivation.Tanh || reservoir.Outputs > 0 || own.Rotation is not null || own.LeakRates.Any(rate => rate != 1))
            throw new GraftException("Patterns are loaded into units of tanh without leak, rotation or feedback. Create the reservoir with a leak rate of 1 and no outputs.");
        if (patterns.Count == 0) throw new GraftException("There is no pattern to load. Give at least one.");

        int units = reservoir.Units, rows = 0;
        RidgeProblem loading = new(units, units, RidgeSolver.QR, Intercept.None, options.Threads), reading = new(units, reservoir.Inputs, RidgeSolver.QR, Intercept.None, options.Threads);
        Conceptor[] conceptors = new Conceptor[patterns.Count];
        double[][] starts = new double[patterns.Count][];
        for (int p = 0; p < patterns.Count; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            Matrix pattern = patterns[p];
            if (pattern.Rows <= options.Washout + 1)
            {
                throw new GraftException(
                    $"Pattern {p} has {pattern.Rows} steps, of which the washout takes {options.Washout}. Give more than {options.Washout + 1}, or choose a shorter washout.");
            }

            int count = pattern.Rows - options.Washout;
            Matrix before = new(count, units), sums = new(count, units), states = new(count, units), outputs = new(count, reservoir.Inputs);
            using SequenceSession session = reservoir.CreateSession();
            double[] features = new double[reservoir.Features];
            for (int t = 0; t < pattern.Rows; t++)
            {
                int row = t - options.Washout;
                if (row >= 0)
                {
                    session.State.CopyTo(before.Row(row));
                    own.Recurrent.Multiply(before.Row(row), sums.Row(row));
                    for (int i = 0; i < units; i++) sums[row, i] += VectorMath.Dot(own.Input.Row(i), pattern.Row(t));
                }

                session.Step(pattern.Row(t), [], features);
                if (row < 0) continue;
                session.State.CopyTo(states.Row(row));
                pattern.Row(t).CopyTo(outputs.Row(row));
            }

            loading.Add(before, sums, cancellation: cancellation);
            reading.Add(states, outputs, cancellation: cancellation);
            conceptors[p] = Conceptor.Of(states, options.Aperture, options.Threads);
            starts[p] = states.Row(count - 1).ToArray();
            rows += count;
        }

        Matrix weights = loading.Fit(rows * options.LoadingPenalty, cancellation).Map.Weights.Transpose();
        LinearMap readout = reading.Fit(rows * options.ReadoutPenalty, cancellation).Map;
        return new(weights, [.. own.Bias], readout, conceptors, starts);
    }

    /// <summary>Recalls a pattern, from the state in which its loading ended.</summary>
    /// <param name="pattern">Its number.</param>
    /// <param name="steps">How many steps.</param>
    /// <returns>[steps, inputs].</returns>
    public Matrix Recall(int pattern, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)pattern, (uint)Conceptors.Count, nameof(pattern));
        return Recall(Conceptors[pattern], steps, starts[pattern]);
    }

    /// <summary>Recalls through any conceptor, from any state.</summary>
    /// <param name="conceptor">The conceptor, of as many units.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="state">The state to start from, one number a unit; what is recalled settles from there.</param>
    /// <returns>[steps, inputs].</returns>
    public Matrix Recall(Conceptor conceptor, int steps, ReadOnlySpan<double> state)
    {
        ArgumentNullException.ThrowIfNull(conceptor);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Matrix ones = new(steps, 1);
        ones.Values.Fill(1);
        return Run([conceptor], ones, state);
    }

    /// <summary>Recalls a mixture of the patterns that changes from step to step: morphs one into another, or goes beyond them.</summary>
    /// <param name="mixture">[steps, patterns]: the weights of the patterns' conceptors at each step, usually of sum 1. It starts where pattern 0 ended.</param>
    /// <returns>[steps, inputs].</returns>
    /// <exception cref="GraftException">The mixture has another number of columns, or a weight is not finite.</exception>
    public Matrix Morph(Matrix mixture)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        if (mixture.Columns != Conceptors.Count)
            throw new GraftException($"A mixture has a column for each of the {Conceptors.Count} patterns, not {mixture.Columns}. Give 0 to those that take no part.");
        Finite.Check(mixture.Values, "A mixture of patterns");
        return Run(Conceptors, mixture, starts[0]);
    }

    private Matrix Run(IReadOnlyList<Conceptor> conceptors, Matrix mixture, ReadOnlySpan<double> start)
    {
        int units = bias.Length;
        if (start.Length != units || conceptors.Any(conceptor => conceptor.Size != units))
            throw new ArgumentException($"A memory of {units} units needs conceptors and states of {units}.", nameof(start));

        double[] state = start.ToArray(), next = new double[units], filtered = new double[units];
        Matrix outputs = new(mixture.Rows, Readout.Outputs);
        for (int t = 0; t < mixture.Rows; t++)
        {
            for (int i = 0; i < units; i++) next[i] = Math.Tanh(VectorMath.Dot(Weights.Row(i), state) + bias[i]);
            Array.Clear(state);
            for (int p = 0; p < conceptors.Count; p++)
            {
                if (mixture[t, p] == 0) continue;
                conceptors[p].Apply(next, filtered);
                VectorMath.AddScaled(mixture[t, p], filtered, state);
            }

            Readout.Apply(state, outputs.Row(t));
        }

        return outputs;
    }
}
