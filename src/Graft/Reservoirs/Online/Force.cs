using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs.Online;

/// <summary>Options of <see cref="Force"/>.</summary>
public sealed record ForceOptions
{
    /// <summary>The readout learns at every so many steps.</summary>
    public int UpdateEvery
    {
        get;
        init => field = value > 0 ? value : throw new GraftException($"The steps between updates are 1 or more, not {value}.");
    } = 2;
}

/// <summary>
/// FORCE learning: a readout learns while its own output is fed back into the reservoir, so that the loop is learned as it will run, errors and all.
/// </summary>
/// <remarks>
/// Sussillo and Abbott, "Generating coherent patterns of activity from chaotic neural networks", Neuron 63, 2009, figure 1A and equations 3 to 6. Needs a reservoir with
/// feedback, whose spectral radius is usually above 1 (1.5 in the paper), and a readout that learns fast: <see cref="RecursiveLeastSquares"/>. A
/// network without inputs and biases stays at rest for ever: give it biases, or set the session's state.
/// </remarks>
public static class Force
{
    /// <summary>Learns with the readout's outputs fed back. The session is left after the last step, from where <see cref="Run"/> goes on.</summary>
    /// <param name="session">One sequence through a trunk with feedback; it goes on from its state.</param>
    /// <param name="readout">The readout that learns, of the trunk's features and outputs.</param>
    /// <param name="inputs">[time, inputs]; no columns where the trunk reads none.</param>
    /// <param name="targets">[time, outputs].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>[time, outputs]: the readout's outputs before it learned from each step.</returns>
    /// <exception cref="GraftException">The sizes do not fit the trunk, or a value is not finite.</exception>
    public static Matrix Train(
        SequenceSession session, IOnlineReadout readout, Matrix inputs, Matrix targets, ForceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(readout);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        Check(session, readout.Features, readout.Outputs);
        if (inputs.Rows != targets.Rows || targets.Columns != readout.Outputs)
        {
            throw new GraftException(
                $"FORCE needs a target for each step: {inputs.Rows} steps of {readout.Outputs} outputs, not [{targets.Rows}, {targets.Columns}]. Cut both to the same steps.");
        }

        options ??= new ForceOptions();
        Matrix outputs = new(targets.Rows, targets.Columns);
        double[] features = new double[readout.Features], feedback = new double[readout.Outputs];
        for (int t = 0; t < targets.Rows; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            session.Step(inputs.Row(t), feedback, features);
            readout.Predict(features, feedback);
            feedback.CopyTo(outputs.Row(t));
            if (t % options.UpdateEvery == 0) readout.Update(features, targets.Row(t));
        }

        return outputs;
    }

    /// <summary>Runs the loop with a readout that no longer learns.</summary>
    /// <param name="session">One sequence through a trunk with feedback; it goes on from its state.</param>
    /// <param name="readout">The readout.</param>
    /// <param name="inputs">[time, inputs]; its rows say how many steps.</param>
    /// <param name="feedback">The outputs of the step before: the last row of <see cref="Train"/>'s outputs, or zeros for a session at rest.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>[time, outputs].</returns>
    /// <exception cref="GraftException">The sizes do not fit the trunk, or a value is not finite.</exception>
    public static Matrix Run(SequenceSession session, LinearMap readout, Matrix inputs, ReadOnlySpan<double> feedback, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(readout);
        ArgumentNullException.ThrowIfNull(inputs);
        Check(session, readout.Features, readout.Outputs);
        Matrix outputs = new(inputs.Rows, readout.Outputs);
        double[] features = new double[readout.Features];
        for (int t = 0; t < inputs.Rows; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            session.Step(inputs.Row(t), t == 0 ? feedback : outputs.Row(t - 1), features);
            readout.Apply(features, outputs.Row(t));
        }

        return outputs;
    }

    private static void Check(SequenceSession session, int features, int outputs)
    {
        SequenceTrunk trunk = session.Trunk;
        if (session.Sequences != 1)
            throw new GraftException($"FORCE takes a session of one sequence; this one has {session.Sequences}. Create it with one.");
        if (trunk.Outputs != outputs || trunk.Features != features)
        {
            throw new GraftException(
                $"The trunk gives {trunk.Features} features and is fed back {trunk.Outputs} outputs; a readout of {features} features and {outputs} outputs does not fit. " +
                "Create both with the same numbers.");
        }
    }
}
