using Graft.Numerics;

namespace Graft.Reservoirs.Trunks;

/// <summary>
/// A fixed map from a sequence to features for a readout: at each step it reads <see cref="Inputs"/> series, and perhaps what the readout gave at the step before, and gives
/// <see cref="Features"/> numbers. Immutable data; what changes from step to step lies in its sessions, of which many may share one trunk, on many threads.
/// </summary>
public abstract class SequenceTrunk
{
    private protected SequenceTrunk()
    {
    }

    /// <summary>The number of series read at each step.</summary>
    public abstract int Inputs { get; }

    /// <summary>The number of outputs fed back at each step; 0 for a trunk without feedback.</summary>
    public abstract int Outputs { get; }

    /// <summary>The number of features given at each step.</summary>
    public abstract int Features { get; }

    /// <summary>The number type of the states.</summary>
    public abstract StatePrecision Precision { get; }

    /// <summary>Starts sequences at rest: with states of zero.</summary>
    /// <param name="sequences">How many sequences step together. Many at once take far less time each than one.</param>
    /// <param name="threads">How many threads a step may use; 0 for one per processor. The numbers are the same for every count.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sequences"/> is not positive or <paramref name="threads"/> is negative.</exception>
    public SequenceSession CreateSession(int sequences = 1, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequences);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return Start(sequences, threads);
    }

    /// <summary>Runs one sequence from rest and gives its features.</summary>
    /// <param name="inputs">[time, inputs].</param>
    /// <param name="teacher">
    /// [time, outputs]: the outputs that the readout ought to give at each step. Step t is fed row t - 1, and the first step zeros (teacher forcing). Null only for a trunk without feedback.
    /// </param>
    /// <param name="washout">How many steps at the start give no row: there the states still remember that they began at rest.</param>
    /// <param name="noise">Adds the trunk's noise to states and feedback, where its options have any. For training only.</param>
    /// <param name="threads">How many threads a step may use; 0 for one per processor. The numbers are the same for every count.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>[time - washout, features].</returns>
    /// <exception cref="GraftException">The sizes do not fit the trunk, or a value is not finite.</exception>
    public Matrix Run(Matrix inputs, Matrix? teacher = null, int washout = 0, bool noise = false, int threads = 1, CancellationToken cancellation = default)
    {
        using SequenceSession session = CreateSession(1, threads);
        session.AddsNoise = noise;
        return session.Run(inputs, teacher, washout, cancellation);
    }

    /// <summary>Runs many sequences from rest, each of its own length, side by side, and gives the features of each.</summary>
    /// <param name="inputs">[time, inputs] of each sequence.</param>
    /// <param name="teachers">[time, outputs] of each sequence, see the run of one. Null only for a trunk without feedback.</param>
    /// <param name="washout">How many steps at the start of each give no row.</param>
    /// <param name="noise">Adds the trunk's noise, where its options have any. For training only.</param>
    /// <param name="threads">How many threads to use; 0 for one per processor. The numbers are the same for every count.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>[time - washout, features] of each sequence.</returns>
    /// <exception cref="GraftException">The sizes do not fit the trunk, or a value is not finite.</exception>
    public Matrix[] RunAll(
        IReadOnlyList<Matrix> inputs, IReadOnlyList<Matrix>? teachers = null, int washout = 0, bool noise = false, int threads = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (teachers is not null && teachers.Count != inputs.Count)
            throw new GraftException($"A run of {inputs.Count} sequences takes a teacher for each, not {teachers.Count}.");
        return new SequenceBatches(this, inputs, teachers, washout, noise).Run(threads, cancellation);
    }

    private protected abstract SequenceSession Start(int sequences, int threads);
}
