using Graft.Numerics;

namespace Graft.Reservoirs.Trunks;

/// <summary>The mutable state of one or more sequences that run through a trunk side by side. Not for use from many threads at once.</summary>
public abstract class SequenceSession : IDisposable
{
    private protected SequenceSession(SequenceTrunk trunk, int sequences, int stateSize)
    {
        (Trunk, Sequences, StateSize) = (trunk, sequences, stateSize);
    }

    /// <summary>What the sequences run through.</summary>
    public SequenceTrunk Trunk { get; }

    /// <summary>How many sequences step together.</summary>
    public int Sequences { get; }

    /// <summary>How many numbers the state of one sequence has.</summary>
    public int StateSize { get; }

    /// <summary>How many steps were taken since the sequences were at rest.</summary>
    public long Time { get; private set; }

    /// <summary>Whether the trunk's noise is added, where its options have any. Noise depends on the trunk's seed, the time, the sequence and the unit alone.</summary>
    public bool AddsNoise { get; set; }

    /// <summary>
    /// The state, [sequences, <see cref="StateSize"/>]: a copy, to be kept and given to another session of the same trunk, which then goes on from there to the same bits.
    /// </summary>
    /// <exception cref="GraftException">What is set has another size, or a value is not finite.</exception>
    public double[] State
    {
        get
        {
            double[] state = new double[Sequences * StateSize];
            Save(state);
            return state;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length != Sequences * StateSize)
            {
                throw new GraftException(
                    $"The state of {Sequences} sequences has {Sequences * StateSize} numbers, {StateSize} each, not {value.Length}. Give one that was saved from a session of this trunk with as many sequences.");
            }

            Finite.Check(value, "The state of a session");
            Restore(value);
        }
    }

    /// <summary>Takes one step.</summary>
    /// <param name="input">[sequences, inputs].</param>
    /// <param name="feedback">[sequences, outputs]: what the readout gave at the step before, or ought to have given. Empty for a trunk without feedback.</param>
    /// <param name="features">[sequences, features]: the result.</param>
    /// <exception cref="GraftException">A size does not fit the trunk, or a value is not finite; no step was taken.</exception>
    public void Step(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback, Span<double> features)
    {
        Check(input.Length, Trunk.Inputs, "inputs");
        Check(feedback.Length, Trunk.Outputs, "outputs fed back");
        Check(features.Length, Trunk.Features, "features");
        Finite.Check(input, "A step of a sequence");
        Finite.Check(feedback, "A step of a sequence");
        Move(input, feedback);
        Read(features);
    }

    /// <summary>Puts all sequences back to rest.</summary>
    public void Reset()
    {
        Clear();
        Time = 0;
    }

    /// <summary>Runs the one sequence of this session on from its present state and gives its features.</summary>
    /// <param name="inputs">[time, inputs].</param>
    /// <param name="teacher">[time, outputs]: step t is fed row t - 1, and the first step zeros. Null only for a trunk without feedback.</param>
    /// <param name="washout">How many steps at the start give no row.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>[time - washout, features].</returns>
    /// <exception cref="GraftException">The sizes do not fit the trunk, a value is not finite, or the session has several sequences.</exception>
    public Matrix Run(Matrix inputs, Matrix? teacher = null, int washout = 0, CancellationToken cancellation = default)
    {
        CheckRun(inputs, teacher, washout);
        int rows = inputs.Rows - washout;
        Matrix features = new(rows, Trunk.Features, GC.AllocateUninitializedArray<double>(checked(rows * Trunk.Features)));
        double[] feedback = new double[Trunk.Outputs];
        for (int t = 0; t < inputs.Rows; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (t > 0 && teacher is not null) teacher.Row(t - 1).CopyTo(feedback);
            Move(inputs.Row(t), feedback);
            if (t >= washout) Read(features.Row(t - washout));
        }

        return features;
    }

    /// <summary>The same with features in float32, [time - washout, features].</summary>
    internal float[] RunSingle(Matrix inputs, Matrix? teacher = null, int washout = 0, CancellationToken cancellation = default)
    {
        CheckRun(inputs, teacher, washout);
        int width = Trunk.Features;
        float[] features = GC.AllocateUninitializedArray<float>(checked((inputs.Rows - washout) * width));
        double[] feedback = new double[Trunk.Outputs];
        for (int t = 0; t < inputs.Rows; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (t > 0 && teacher is not null) teacher.Row(t - 1).CopyTo(feedback);
            Move(inputs.Row(t), feedback);
            if (t >= washout) Read(features.AsSpan((t - washout) * width, width));
        }

        return features;
    }

    /// <summary>Frees what the session holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the session holds.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>One step of values already checked.</summary>
    internal void Move(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
    {
        Advance(input, feedback);
        Time++;
    }

    /// <summary>What a step is for this trunk.</summary>
    internal abstract void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback);

    /// <summary>The features after the last step, [sequences, features].</summary>
    internal abstract void Read(Span<double> features);

    /// <summary>The features after the last step, [sequences, features], rounded to float32.</summary>
    internal abstract void Read(Span<float> features);

    private protected abstract void Clear();

    private protected abstract void Save(Span<double> state);

    private protected abstract void Restore(ReadOnlySpan<double> state);

    private void Check(int length, int each, string what)
    {
        if (length != Sequences * each)
            throw new GraftException($"A step of {Sequences} sequences has {Sequences} x {each} {what}, not {length}. Lay them out sequence after sequence.");
    }

    internal void CheckRun(Matrix inputs, Matrix? teacher, int washout)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (Sequences != 1) throw new GraftException($"Run takes a session of one sequence; this one has {Sequences}. Call Step.");
        if (inputs.Columns != Trunk.Inputs)
            throw new GraftException($"This trunk reads {Trunk.Inputs} series, not {inputs.Columns}. Give a matrix with a row for each step and a column for each series.");
        if (teacher is null ? Trunk.Outputs > 0 : (teacher.Rows, teacher.Columns) != (inputs.Rows, Trunk.Outputs))
        {
            string given = teacher is null ? "none was given" : $"a matrix of {teacher.Rows} x {teacher.Columns} was given";
            throw new GraftException($"A run of {inputs.Rows} steps through this trunk needs {inputs.Rows} x {Trunk.Outputs} outputs to feed back; {given}. Pass the targets as the teacher.");
        }

        if (washout < 0 || washout > inputs.Rows)
            throw new GraftException($"The washout is between 0 and the {inputs.Rows} steps of the sequence, not {washout}. Choose less, or give a longer sequence.");
        Finite.Check(inputs.Values, "A reservoir");
        if (teacher is not null) Finite.Check(teacher.Values, "Feedback");
    }
}
