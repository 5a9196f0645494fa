using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>How odd rows are.</summary>
/// <param name="Scores">For each row the root mean squared error of its prediction from the rows before, over the series that are present, in the deviations of normal errors: about 1 for normal rows. NaN where all are missing.</param>
/// <param name="IsAnomaly">For each row, whether its score is above the threshold.</param>
public sealed record AnomalyScores(ImmutableArray<double> Scores, ImmutableArray<bool> IsAnomaly);

/// <summary>Finds rows that are not as an echo state network predicts from the rows before, in series on whose normal course it was fitted. Data: what goes on to new rows is a new detector.</summary>
/// <param name="Network">Predicts the next row.</param>
public sealed record AnomalyDetector(EchoStateNetwork Network)
{
    /// <summary>The root mean squared errors of the series on normal rows that were not fitted.</summary>
    public required ImmutableArray<double> Deviations { get; init; }

    /// <summary>The score above which a row is an anomaly.</summary>
    public required double Threshold { get; init; }

    /// <summary>How many anomalies one after the other are taken to be as predicted.</summary>
    public required int MostReplaced { get; init; }

    /// <summary>How many anomalies have come one after the other up to now.</summary>
    public int Replaced { get; init; }

    /// <summary>Fits a detector on series that are normal, or nearly so.</summary>
    /// <param name="normal">[time, series].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The series are too short or hold infinite values.</exception>
    public static AnomalyDetector Fit(Matrix normal, AnomalyDetectorOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(normal);
        options ??= new AnomalyDetectorOptions();
        int heldOut = (int)Math.Ceiling(normal.Rows * options.HeldOut), fitted = normal.Rows - heldOut, least = (int)Math.Ceiling(1 / options.FalseAlarms) - 1;
        if (fitted < 10 || heldOut < least)
            throw new GraftException($"A threshold for {options.FalseAlarms} false alarms takes {least} held-out rows and 10 to fit; of {normal.Rows} rows {heldOut} and {fitted} are left. Give more rows, or allow more false alarms.");

        EchoStateNetwork network = EchoStateNetwork.FitSeries(normal.Slice(0, fitted), options.Network, cancellation);
        Matrix later = normal.Slice(fitted, heldOut);
        AnomalyDetector detector = new(network) { Deviations = Measure(network, later), Threshold = double.PositiveInfinity, MostReplaced = options.MostReplaced };
        double threshold = IntervalWidths.Quantile([.. detector.Observe(later).Scores.Scores.Where(score => !double.IsNaN(score))], 1 - options.FalseAlarms);
        return detector with { Network = EchoStateNetwork.FitSeries(normal, options.Network, cancellation), Threshold = threshold };
    }

    /// <summary>Scores rows that go on where the detector is.</summary>
    /// <param name="rows">[time, series]; NaN is missing, and neither odd nor normal.</param>
    /// <returns>Their scores, and the detector at their end.</returns>
    /// <exception cref="GraftException">The number of series is another.</exception>
    public (AnomalyScores Scores, AnomalyDetector Next) Observe(Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Columns != Network.Outputs)
            throw new GraftException($"This detector was fitted on {Network.Outputs} series, but the rows have {rows.Columns}.");
        double[] scores = new double[rows.Rows], row = new double[rows.Columns], features = new double[Network.Trunk.Features];
        bool[] isAnomaly = new bool[rows.Rows];
        int replaced = Replaced;
        using EchoStateRunner runner = Network.Start(Network.State);
        for (int t = 0; t < rows.Rows; t++)
        {
            scores[t] = Score(rows.Row(t), runner.Output);
            isAnomaly[t] = scores[t] > Threshold;
            replaced = isAnomaly[t] ? replaced + 1 : 0;
            rows.Row(t).CopyTo(row);

            // A missing value is taken to be as predicted.
            if (isAnomaly[t] && replaced <= MostReplaced) row.AsSpan().Fill(double.NaN);
            Network.Output(runner, row, features);
        }

        return (new AnomalyScores([.. scores], [.. isAnomaly]), this with { Network = Network.With(runner.State), Replaced = replaced });
    }

    private static ImmutableArray<double> Measure(EchoStateNetwork network, Matrix later)
    {
        Matrix predicted = network.Continue(later).Outputs;
        return [.. Enumerable.Range(0, later.Columns).Select(Deviation)];

        double Deviation(int series)
        {
            double[] errors = [.. Enumerable.Range(0, Math.Max(0, later.Rows - 1)).Select(t => later[t + 1, series] - predicted[t, series]).Where(error => !double.IsNaN(error))];

            // A series that is predicted perfectly is odd as soon as it errs by a billionth of its unit.
            return Math.Max(errors.Length == 0 ? 0 : ScaledSquares.RootMean(errors), 1e-9 * Math.Abs(network.OutputScaling.Units[series]));
        }
    }

    private double Score(ReadOnlySpan<double> row, ReadOnlySpan<double> predicted)
    {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double error = (row[i] - predicted[i]) / Deviations[i];
            if (double.IsNaN(error)) continue;
            sum += error * error;
            count++;
        }

        return count == 0 ? double.NaN : Math.Sqrt(sum / count);
    }
}
