using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>Multinomial logistic regression with a squared penalty on the weights (not on the intercept), by L-BFGS in float64.</summary>
/// <remarks>
/// Minimizes mean_i w_i (log sum_c exp z_ic - z_i,y) + penalty / 2 |W|^2 with z = W (x - m) / s + b. Without a penalty on the intercept the biases are
/// determined up to a common constant; started at zero they sum to zero. A class without samples gets a bias that falls towards minus infinity,
/// stopped by the tolerance.
/// </remarks>
public static class LogisticReadout
{
    // Held-out losses settle long before the weights do.
    private const double FoldTolerance = 1e-4;

    // Two penalties in a row that are worse by so much end the search.
    private const double Turned = 1.02;

    /// <summary>Fits a readout.</summary>
    /// <param name="data">Features and labels.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Receives the finished part, 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">Fewer than two classes have samples, the warm start has other sizes, or the weights leave the range of float32.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static LogisticFit Fit(
        LabelledFeatures data, LogisticOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new LogisticOptions();
        data.RequireVariety();
        if (options.WarmStart is { } start && (start.Classes != data.Classes || start.Dimension != data.Dimension))
        {
            throw new GraftException(
                $"A warm start has the sizes of the data: {data.Classes} classes of {data.Dimension} features, not {start.Classes} of {start.Dimension}.");
        }

        PenaltyScore[] curve = options.Penalty is null ? FoldScores(data, options, progress, cancellation) : [];
        double penalty = options.Penalty ?? PenaltySearch.Best(curve);
        double done = curve.Length > 0 ? 0.8 : 0;
        LogisticFit fit = Minimize(data, options, penalty, options.WarmStart, share => progress?.Report(done + ((1 - done) * share)), cancellation);
        progress?.Report(1);
        return fit with { Curve = curve };
    }

    private static LogisticFit Minimize(
        LabelledFeatures data, LogisticOptions options, double penalty, LinearReadout? start, Action<double>? progress, CancellationToken cancellation)
    {
        WorkerPool pool = WorkerPool.Shared(options.Threads);
        double[] weights = options.ClassWeights.ForRows(data);
        LogisticObjective objective = new(data, weights, Standardization.Measure(data, weights, options.Standardize, pool), penalty, pool);
        double[] point = start is null ? new double[objective.Size] : objective.Pack(start);
        Lbfgs.Result result = Lbfgs.Minimize(
            objective.Evaluate, point, options.Tolerance, options.MostIterations, i => progress?.Invoke((double)i / options.MostIterations), cancellation);
        (Matrix raw, double[] bias) = objective.Unpack(point);
        return new(LinearReadout.From(raw, bias), penalty, [], result.Value, result.GradientNorm, result.Iterations, result.Converged);
    }

    // From the largest penalty to the smallest, each fold started where it ended the last time, until the loss has clearly turned.
    private static PenaltyScore[] FoldScores(LabelledFeatures data, LogisticOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        double[] grid = PenaltySearch.Grid(1, options.SmallestPenalty, options.LargestPenalty, options.GridPoints);
        double[] weights = options.ClassWeights.ForRows(data);
        int[] fold = Folds.Stratified(data, options.Folds, options.Seed);
        LogisticOptions rough = options with { Tolerance = Math.Max(options.Tolerance, FoldTolerance) };
        LinearReadout?[] last = new LinearReadout?[options.Folds];
        List<PenaltyScore> curve = new();
        for (int p = grid.Length - 1; p >= 0 && !HasTurned(curve); p--)
        {
            double score = 0;
            for (int f = 0; f < options.Folds; f++)
            {
                // Copied anew for each penalty: little beside the work on it, where all folds at once would take their number times the memory.
                int[] inside = Folds.Rows(fold, f, inside: true);
                last[f] = Minimize(data.Select(Folds.Rows(fold, f, inside: false)), rough, grid[p], last[f], null, cancellation).Readout;
                LabelledFeatures held = data.Select(inside);
                float[] logits = last[f]!.Score(held.Features, options.Threads);
                for (int i = 0; i < inside.Length; i++)
                {
                    ReadOnlySpan<float> row = logits.AsSpan(i * data.Classes, data.Classes);
                    score -= weights[inside[i]] / data.Rows * Probabilities.LogSoftmax(row, held.Labels[i]);
                }

                progress?.Report(0.8 * (grid.Length - 1 - p + ((double)(f + 1) / options.Folds)) / grid.Length);
            }

            curve.Insert(0, new PenaltyScore(grid[p], score));
        }

        return [.. curve];
    }

    // The held-out loss falls with the penalty and then rises. Smaller penalties are the dearest to fit.
    private static bool HasTurned(List<PenaltyScore> curve) => curve.Count > 2 && curve[0].Score > Turned * curve[1].Score && curve[1].Score > Turned * curve.Min(point => point.Score);
}
