using Graft.Formats;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs;

/// <summary>
/// An echo state network: a fixed trunk that turns series into states, and a linear readout that was fitted (Jaeger, "The echo state approach to analysing and training recurrent neural networks", GMD
/// report 148, 2001). Everything it is lies in its properties, <see cref="State"/> among them: nothing changes when it is used, and many threads may use it.
/// </summary>
/// <remarks>
/// Series are <c>[time, series]</c> in their own units, a row a step; NaN is a missing value. A missing input is held at its last value, or, where <see cref="PredictsInputs"/>, takes the network's own
/// prediction of it.
/// </remarks>
/// <param name="Trunk">Turns inputs, and outputs that are fed back, into states.</param>
/// <param name="Readout">Turns the trunk's features into scaled outputs.</param>
public sealed partial record EchoStateNetwork(SequenceTrunk Trunk, LinearMap Readout)
{
    /// <summary>Whether the outputs at a row are the first inputs at the next row, as <see cref="FitSeries"/> trains them.</summary>
    public bool PredictsInputs { get; init; }

    /// <summary>The units in which the trunk sees the inputs.</summary>
    public SeriesScaling InputScaling { get; init; } = SeriesScaling.Identity(Trunk.Inputs);

    /// <summary>The units in which the readout gives the outputs, and the trunk sees those fed back.</summary>
    public SeriesScaling OutputScaling { get; init; } = SeriesScaling.Identity(Readout.Bias.Length);

    /// <summary>Where the network is: after fitting, at the end of the (last) sequence that it was fitted on. Null: at rest.</summary>
    public EchoState? State { get; init; }

    /// <summary>The penalty of the readout.</summary>
    public double Penalty { get; init; }

    /// <summary>The number of input series.</summary>
    public int Inputs => Trunk.Inputs;

    /// <summary>The number of output series.</summary>
    public int Outputs => Readout.Bias.Length;

    /// <summary>The same network with another state.</summary>
    /// <param name="state">The state; null is rest.</param>
    public EchoStateNetwork With(EchoState? state) => this with { State = state };

    /// <summary>The outputs for a sequence that starts at rest. The first rows suffer from that, as many as the network forgets in: fitting leaves them out as its washout.</summary>
    /// <param name="inputs">[time, inputs].</param>
    /// <returns>[time, outputs].</returns>
    /// <exception cref="GraftException">The number of series is not the network's.</exception>
    public Matrix Predict(Matrix inputs) => Run(inputs, null, null).Outputs;

    /// <summary>The outputs for a sequence that goes on where <see cref="State"/> is.</summary>
    /// <param name="inputs">[time, inputs].</param>
    /// <param name="targets">[time, outputs]: known outputs to be fed back in place of the network's own where there is feedback; null or NaN: its own.</param>
    /// <returns>[time, outputs], and the network at the end of the sequence.</returns>
    /// <exception cref="GraftException">The number of series is not the network's.</exception>
    public (Matrix Outputs, EchoStateNetwork Network) Continue(Matrix inputs, Matrix? targets = null)
    {
        (Matrix outputs, EchoState state) = Run(inputs, targets, State);
        return (outputs, With(state));
    }

    /// <summary>The network at the end of a sequence that starts at rest: the way to start <see cref="Generate"/> somewhere else.</summary>
    /// <param name="inputs">[time, inputs].</param>
    /// <param name="targets">[time, outputs]: known outputs to be fed back in place of the network's own where there is feedback; null or NaN: its own.</param>
    /// <exception cref="GraftException">The number of series is not the network's.</exception>
    public EchoStateNetwork WarmUp(Matrix inputs, Matrix? targets = null) => With(Run(inputs, targets, null).State);

    /// <summary>Reads a network that was saved, with its last state.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="GraftException">The file is no network, or damaged; the message says so.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EchoStateNetwork Load(string path) => SeriesFile.LoadNetwork(path);

    /// <summary>Writes the network, its last state included, as a <c>.graft</c> file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => SeriesFile.Save(this, path);

    /// <summary>
    /// Runs freely from <see cref="State"/>. A network whose trunk has feedback reads a row of <paramref name="known"/> at each step and feeds its output back. One without takes its outputs for the
    /// first inputs of the next row: what it gives first is its prediction of the row after the last one seen.
    /// </summary>
    /// <param name="steps">How many rows to generate.</param>
    /// <param name="known">The inputs that are not outputs of the network, a row for each row generated: [steps, inputs] with feedback, [steps, inputs - outputs] without. Null where there are none.</param>
    /// <returns>[steps, outputs].</returns>
    /// <exception cref="GraftException">The network is at rest, has fewer inputs than outputs, or <paramref name="known"/> has another shape.</exception>
    public Matrix Generate(int steps, Matrix? known = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        if (State is null)
            throw new GraftException("Generation goes on from a state, and this network is at rest. Give it the sequence before with WarmUp.");
        bool feedsBack = Trunk.Outputs > 0;
        int external = feedsBack ? Inputs : Inputs - Outputs;
        if (external < 0)
            throw new GraftException($"Generation without output feedback takes the outputs for the first inputs of the next row, but there are {Inputs} inputs and {Outputs} outputs. Fit the network with OutputFeedback.");
        if (external > 0 && (known is null || known.Rows != steps || known.Columns != external))
            throw new GraftException($"Generation of {steps} rows needs the known inputs as {steps} x {external}, not {(known is null ? "null" : $"{known.Rows} x {known.Columns}")}.");

        Matrix outputs = new(steps, Outputs);
        using EchoStateRunner runner = Start(State);
        double[] row = new double[Inputs], features = new double[Trunk.Features];
        for (int t = 0; t < steps; t++)
        {
            if (feedsBack)
            {
                known?.Row(t).CopyTo(row);
                Output(runner, row, features);
                runner.Output.CopyTo(outputs.Row(t));
                continue;
            }

            runner.Output.CopyTo(outputs.Row(t));
            if (t == steps - 1) break;
            runner.Output.CopyTo(row);
            known?.Row(t).CopyTo(row.AsSpan(Outputs));
            Output(runner, row, features);
        }

        return outputs;
    }

    /// <summary>A runner at a state; null is rest.</summary>
    internal EchoStateRunner Start(EchoState? state) => new(Trunk, PredictsInputs, InputScaling, OutputScaling, state);

    /// <summary>One step: reads a row, leaves the outputs in the runner.</summary>
    internal void Output(EchoStateRunner runner, ReadOnlySpan<double> row, Span<double> features)
    {
        runner.Step(row);
        runner.Read(features);
        Readout.Apply(features, runner.Output);
        OutputScaling.Undo(runner.Output, runner.Output);
    }

    private (Matrix Outputs, EchoState State) Run(Matrix inputs, Matrix? targets, EchoState? from)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Columns != Inputs) throw new GraftException($"The network reads {Inputs} series, but the inputs have {inputs.Columns} columns.");
        if (targets is not null && (targets.Rows != inputs.Rows || targets.Columns != Outputs))
            throw new GraftException($"Known outputs for {inputs.Rows} rows are {inputs.Rows} x {Outputs}, not {targets.Rows} x {targets.Columns}.");

        Matrix outputs = new(inputs.Rows, Outputs);
        using EchoStateRunner runner = Start(from);
        double[] features = new double[Trunk.Features];
        for (int t = 0; t < inputs.Rows; t++)
        {
            Output(runner, inputs.Row(t), features);
            runner.Output.CopyTo(outputs.Row(t));
            if (targets is not null && Trunk.Outputs > 0) runner.Teach(targets.Row(t));
        }

        return (outputs, runner.State);
    }
}
