using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>Chooses penalties: the grid that is tried, the score of each, and which is best.</summary>
internal static class PenaltySearch
{
    // Below this multiple of the features' sum of squares, their products are rounding.
    private const double SmallestForProducts = 2e-15, SmallestForSingleProducts = 1e-9;

    public static RegressionFit Fit<T>(
        Operand<T> features, Operand<double> targets, double[] weights, RidgeRegressionOptions options, CancellationToken cancellation)
        where T : unmanaged
    {
        if (options.Choice is PenaltyChoice.Blocks or PenaltyChoice.RandomFolds) return ByFolds(features, targets, weights, options, cancellation);

        RidgePath path = Path(RidgeRegression.Problem(features, targets, weights, options, cancellation), options, cancellation);
        double[] penalties = Penalties(path, options);
        return Best(path, options.Choice == PenaltyChoice.LeaveOneOut
            ? path.LeaveOneOut(features, targets, penalties, weights, cancellation)
            : path.Generalized(penalties));
    }

    public static RidgePath Path(RidgeProblem problem, RidgeRegressionOptions options, CancellationToken cancellation) =>
        problem.Path(options.Penalties?.Min() ?? Smallest(problem, options.SmallestPenalty), cancellation);

    /// <summary>The smallest penalty of a grid: what is wanted, as a multiple of the features' mean squared singular value, or where products are still distinct from rounding.</summary>
    public static double Smallest(RidgeProblem problem, double wanted)
    {
        double rounding = problem.Solver == RidgeSolver.SingleGram ? SmallestForSingleProducts : SmallestForProducts;
        return problem.MeanSquare * Math.Max(rounding * Math.Min(problem.Rows, problem.Features), wanted);
    }

    public static double[] Penalties(RidgePath path, RidgeRegressionOptions options) => options.Penalties is not null
        ? [.. options.Penalties.Order()]
        : [.. path.Grid(options.SmallestPenalty, options.LargestPenalty, options.GridPoints).Select(penalty => Math.Max(penalty, path.Smallest)).Distinct()];

    /// <summary>Penalties evenly spaced in their logarithm, from multiples of a unit.</summary>
    /// <exception cref="GraftException">The smallest is not below the largest.</exception>
    public static double[] Grid(double unit, double smallest, double largest, int points)
    {
        if (!(smallest < largest))
            throw new GraftException($"The smallest penalty must be below the largest; {smallest} and {largest} are not. Exchange them.");
        double low = Math.Log(smallest), high = Math.Log(largest);
        return [.. Enumerable.Range(0, points).Select(i => unit * Math.Exp(low + ((high - low) * i / (points - 1))))];
    }

    /// <summary>The penalty with the least score; the larger of equals, which is the simpler model.</summary>
    public static double Best(IReadOnlyList<PenaltyScore> curve)
    {
        PenaltyScore best = curve[0];
        foreach (PenaltyScore point in curve)
        {
            if (point.Score <= best.Score) best = point;
        }

        return best.Penalty;
    }

    /// <summary>The fit with the least score.</summary>
    public static RegressionFit Best(RidgePath path, PenaltyScore[] curve) => path.Fit(Best(curve), curve);

    /// <summary>The mean squared error of each penalty on folds that were left out.</summary>
    /// <param name="penalties">The penalties for all rows. A penalty weighs against a sum over rows: fewer rows, proportionally less of it.</param>
    /// <param name="weight">What all rows weigh.</param>
    /// <param name="folds">For each fold what its others weigh, as a part of that, and what gives the errors on it of the penalties that they are fitted with.</param>
    public static PenaltyScore[] FoldScores(double[] penalties, double weight, IEnumerable<(double Share, Func<double[], double[]> Errors)> folds)
    {
        double[] errors = new double[penalties.Length];
        foreach ((double share, Func<double[], double[]> held) in folds)
        {
            double[] part = held([.. penalties.Select(penalty => share * penalty)]);
            for (int p = 0; p < errors.Length; p++) errors[p] += part[p];
        }

        return [.. penalties.Select((penalty, p) => new PenaltyScore(penalty, errors[p] / weight))];
    }

    private static RegressionFit ByFolds<T>(
        Operand<T> features, Operand<double> targets, double[] weights, RidgeRegressionOptions options, CancellationToken cancellation)
        where T : unmanaged
    {
        int rows = features.Rows, folds = options.Folds;
        if (folds > rows)
            throw new GraftException($"There are {rows} rows, too few for {folds} folds. Use at most {rows} folds, or generalized cross-validation.");
        RidgeRows.Check(features, targets, weights, features.Columns, targets.Columns, WorkerPool.Shared(options.Threads));

        // Random folds are contiguous blocks of shuffled rows.
        int[] order = [.. Enumerable.Range(0, rows)];
        if (options.Choice == PenaltyChoice.RandomFolds) new Philox(options.Seed).Shuffle(order.AsSpan());
        Part<T>[] parts = new Part<T>[folds];
        RidgeProblem[] own = new RidgeProblem[folds];
        for (int f = 0; f < folds; f++)
        {
            int first = (int)((long)rows * f / folds), count = (int)((long)rows * (f + 1) / folds) - first;
            parts[f] = options.Choice == PenaltyChoice.RandomFolds
                ? Part<T>.Gather(features, targets, weights, order.AsSpan(first, count))
                : new(
                    features.Slice(first, 0, count, features.Columns), targets.Slice(first, 0, count, targets.Columns),
                    weights.Length == 0 ? weights : weights.AsSpan(first, count).ToArray());
            own[f] = RidgeRegression.Problem(parts[f].Features, parts[f].Targets, parts[f].Weights, options, cancellation);
        }

        // after[f]: the folds after f, so that each row is taken in once and a held-out fold costs three merges of triangles.
        RidgeProblem[] after = new RidgeProblem[folds];
        after[^1] = own[0].Empty();
        for (int f = folds - 1; f > 0; f--)
        {
            after[f - 1] = after[f].Copy();
            after[f - 1].Add(own[f], cancellation);
        }

        RidgeProblem all = after[0].Copy(), before = own[0].Empty();
        all.Add(own[0], cancellation);
        RidgePath path = Path(all, options, cancellation);
        return Best(path, FoldScores(Penalties(path, options), all.TotalWeight, Enumerable.Range(0, folds).Select(f =>
        {
            RidgeProblem others = after[f];
            others.Add(before, cancellation);
            before.Add(own[f], cancellation);
            return (others.TotalWeight / all.TotalWeight, (Func<double[], double[]>)(scaled =>
                others.Path(scaled[0], cancellation).SquaredErrors(parts[f].Features, parts[f].Targets, scaled, parts[f].Weights)));
        })));
    }

    private readonly record struct Part<T>(Operand<T> Features, Operand<double> Targets, double[] Weights)
        where T : unmanaged
    {
        public static Part<T> Gather(Operand<T> features, Operand<double> targets, double[] weights, ReadOnlySpan<int> rows)
        {
            T[] x = new T[rows.Length * features.Columns];
            double[] y = new double[rows.Length * targets.Columns];
            for (int i = 0; i < rows.Length; i++)
            {
                features.Data.Span.Slice(rows[i] * features.RowStride, features.Columns).CopyTo(x.AsSpan(i * features.Columns));
                targets.Data.Span.Slice(rows[i] * targets.RowStride, targets.Columns).CopyTo(y.AsSpan(i * targets.Columns));
            }

            double[] own = new double[weights.Length == 0 ? 0 : rows.Length];
            for (int i = 0; i < own.Length; i++) own[i] = weights[rows[i]];
            return new(new(x, rows.Length, features.Columns, features.Columns, 1), new(y, rows.Length, targets.Columns, targets.Columns, 1), own);
        }
    }
}
