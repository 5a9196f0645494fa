using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Reservoirs;

public sealed partial record EchoStateNetwork
{
    private const int LongestDefaultWashout = 100;

    /// <summary>Fits a network on one sequence; its state is then at the end of it.</summary>
    /// <param name="inputs">[time, inputs]. Missing values are interpolated.</param>
    /// <param name="targets">[time, outputs]: what the network is to give at each row. Rows where one is missing are not fitted.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The sequences do not fit together, are too short for the washout, or hold infinite values.</exception>
    public static EchoStateNetwork Fit(Matrix inputs, Matrix targets, EchoStateNetworkOptions? options = null, CancellationToken cancellation = default) =>
        Fit([inputs], [targets], options, cancellation);

    /// <summary>Fits a network that predicts the next row of series from the rows before: <see cref="Generate"/> then goes on after the last row.</summary>
    /// <param name="series">[time, series].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The series are too short for the washout, or hold infinite values.</exception>
    public static EchoStateNetwork FitSeries(Matrix series, EchoStateNetworkOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Rows < 2) throw new GraftException($"Predicting the next row takes at least 2 rows, not {series.Rows}.");
        EchoStateNetwork network = Fit(series.Slice(0, series.Rows - 1), series.Slice(1, series.Rows - 1), options, cancellation) with { PredictsInputs = true };
        return network.Continue(series.Slice(series.Rows - 1, 1)).Network;
    }

    /// <summary>Fits one network on many independent sequences, each of which starts at rest; its state is then at the end of the last one.</summary>
    /// <param name="inputs">The sequences, [time, inputs] each, of any lengths. Missing values are interpolated.</param>
    /// <param name="targets">For each of them [time, outputs]: what the network is to give at each row. Rows where one is missing are not fitted.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The sequences do not fit together, are too short for the washout, or hold infinite values.</exception>
    public static EchoStateNetwork Fit(IReadOnlyList<Matrix> inputs, IReadOnlyList<Matrix> targets, EchoStateNetworkOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new EchoStateNetworkOptions();
        (FeatureRows features, Matrix scaled, Func<RegressionFit, EchoStateNetwork> finish) = Collect(inputs, targets, options, cancellation);
        return finish(features.Fit(scaled, options.Readout with { Threads = options.Threads }, cancellation));
    }

    /// <summary>Fits a network for each of some penalties, at little more than the cost of one: for choosing among them by a measure of one's own, as the error of free runs on validation data.</summary>
    /// <param name="inputs">[time, inputs]. Missing values are interpolated.</param>
    /// <param name="targets">[time, outputs]: what the network is to give at each row. Rows where one is missing are not fitted.</param>
    /// <param name="penalties">The penalties, above 0.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The sequences do not fit together, are too short for the washout, or hold infinite values.</exception>
    public static IReadOnlyList<EchoStateNetwork> FitPenalties(
        Matrix inputs, Matrix targets, IReadOnlyList<double> penalties, EchoStateNetworkOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new EchoStateNetworkOptions();
        (FeatureRows features, Matrix scaled, Func<RegressionFit, EchoStateNetwork> finish) = Collect([inputs], [targets], options, cancellation);
        return [.. features.Fit(scaled, penalties, options.Readout with { Threads = options.Threads }, cancellation).Select(finish)];
    }

    // Runs the sequences through the trunk: the features and scaled targets of the rows that are fitted, and what makes a network of a fit.
    private static (FeatureRows Features, Matrix Targets, Func<RegressionFit, EchoStateNetwork> Finish) Collect(
        IReadOnlyList<Matrix> inputs, IReadOnlyList<Matrix> targets, EchoStateNetworkOptions options, CancellationToken cancellation)
    {
        Check(inputs, targets);
        int inputCount = inputs[0].Columns, outputCount = targets[0].Columns;
        SequenceTrunk trunk = options.Trunk ?? Trunks.Reservoir.Create(options.Reservoir, inputCount, options.OutputFeedback ? outputCount : 0, options.Threads);
        if (trunk.Inputs != inputCount || (trunk.Outputs != 0 && trunk.Outputs != outputCount))
            throw new GraftException($"The trunk reads {trunk.Inputs} inputs and {trunk.Outputs} outputs, but the sequences have {inputCount} inputs and {outputCount} targets.");

        SeriesScaling inputScaling = SeriesScaling.Measure(inputs, options.InputScaling), outputScaling = SeriesScaling.Measure(targets, options.OutputScaling);
        int washout = WashoutOf(options, inputs.Min(sequence => sequence.Rows));
        int[] starts = Starts(targets, washout);
        FeatureRows features = new(trunk, starts[^1]);
        Matrix scaled = new(starts[^1], outputCount);
        EchoState? last = null;
        double[] lastFeatures = new double[trunk.Features];
        WorkerPool.Shared(options.Threads).Run(inputs.Count, s =>
        {
            Matrix filled = MissingValues.Interpolate(inputs[s], inputScaling.Offsets), target = targets[s];
            using EchoStateRunner runner = new(trunk, predictsInputs: false, inputScaling, outputScaling) { AddsNoise = true };
            int row = starts[s];
            for (int t = 0; t < filled.Rows; t++)
            {
                if (t % 256 == 0) cancellation.ThrowIfCancellationRequested();
                runner.Step(filled.Row(t));
                if (trunk.Outputs > 0) runner.Teach(target.Row(t));
                if (t < washout || !MissingValues.IsWhole(target.Row(t))) continue;
                features.Read(runner, row);
                outputScaling.Apply(target.Row(t), scaled.Row(row++));
            }

            if (s == inputs.Count - 1)
            {
                runner.Read(lastFeatures);
                last = runner.State;
            }
        });

        return (features, scaled, Finish);

        EchoStateNetwork Finish(RegressionFit fit)
        {
            EchoState state = last!;
            if (trunk.Outputs == 0)
            {
                double[] output = new double[outputCount];
                fit.Map.Apply(lastFeatures, output);
                outputScaling.Undo(output, output);
                state = state with { Output = [.. output] };
            }

            return new EchoStateNetwork(trunk, fit.Map) { InputScaling = inputScaling, OutputScaling = outputScaling, State = state, Penalty = fit.Penalty };
        }
    }

    /// <summary>How many rows at the start of sequences are not fitted.</summary>
    internal static int WashoutOf(EchoStateNetworkOptions options, int shortest) => options.Washout ?? Math.Min(LongestDefaultWashout, shortest / 10);

    private static void Check(IReadOnlyList<Matrix> inputs, IReadOnlyList<Matrix> targets)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Count == 0 || inputs.Count != targets.Count)
            throw new GraftException($"A network is fitted on as many sequences of targets as of inputs, at least one of each, not on {inputs.Count} and {targets.Count}.");
        for (int s = 0; s < inputs.Count; s++)
        {
            if (inputs[s].Rows != targets[s].Rows)
                throw new GraftException($"Inputs and targets share their rows; sequence {s} has {inputs[s].Rows} rows of inputs and {targets[s].Rows} of targets.");
            if (inputs[s].Columns != inputs[0].Columns || targets[s].Columns != targets[0].Columns)
            {
                throw new GraftException(
                    $"All sequences have the same series; sequence {s} has {inputs[s].Columns} inputs and {targets[s].Columns} targets, sequence 0 {inputs[0].Columns} and {targets[0].Columns}.");
            }
        }

        if (targets[0].Columns == 0) throw new GraftException("A network is fitted on at least one target series.");
    }

    // Where each sequence's rows begin among those that are fitted; at the end, their number.
    private static int[] Starts(IReadOnlyList<Matrix> targets, int washout)
    {
        int[] starts = new int[targets.Count + 1];
        for (int s = 0; s < targets.Count; s++)
        {
            int count = 0;
            for (int t = washout; t < targets[s].Rows; t++) count += MissingValues.IsWhole(targets[s].Row(t)) ? 1 : 0;
            starts[s + 1] = checked(starts[s] + count);
        }

        return starts[^1] > 0
            ? starts
            : throw new GraftException($"Nothing is left to fit: the longest sequence has {targets.Max(target => target.Rows)} rows, the washout takes {washout}, and rows with a missing target are not fitted. Give longer sequences, or fill in missing values.");
    }
}
