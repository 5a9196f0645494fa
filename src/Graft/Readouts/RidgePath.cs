using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>
/// Ridge regressions on the same rows for any number of penalties, from one factorization: after it a penalty costs as much as a walk through two vectors.
/// </summary>
/// <remarks>
/// The triangular factor is brought to bidiagonal form by reflectors, and a penalty is rotated into that (Eldén 1977). Nothing is squared, so that penalties near
/// the rounding errors of the features are as exact as by a QR factorization of their own.
/// </remarks>
public sealed class RidgePath
{
    // The share of the rows' freedom that must be left over for an error on rows left out to stand out from rounding: with more features than rows almost none is
    // left at small penalties, where fits pass through every row.
    private const double SmallestFreedom = 1e-9;

    private readonly RidgeAccumulator source;
    private readonly RidgeFactor factor;
    private readonly Bidiagonal bidiagonal;

    // 1 where a column of ones stands before the penalized ones.
    private readonly int free;

    // Q^T y in B's coordinates, one output a row; what no weights can fit; the column of ones' products with the others, in V's coordinates.
    private readonly Matrix rotated;
    private readonly double[] remainders;
    private readonly Matrix means;

    internal RidgePath(RidgeAccumulator source, double smallest, CancellationToken cancellation)
    {
        this.source = source;
        Smallest = source.Solver == RidgeSolver.QR ? 0 : smallest;
        factor = source.Factor(Smallest, cancellation);
        free = source.Intercept == Intercept.Free ? 1 : 0;
        int penalized = factor.Unknowns - free, outputs = source.Outputs;

        var upper = new Matrix(penalized, penalized);
        for (int j = 0; j < penalized; j++)
        {
            ReadOnlySpan<double> column = factor.Lower.Row(free + j).Slice(free, j + 1);
            for (int i = 0; i <= j; i++)
                upper[i, j] = column[i];
        }

        MeanSquaredSingularValue = source.MeanSquare;
        bidiagonal = Bidiagonal.Reduce(upper, source.Pool, cancellation);
        rotated = new Matrix(outputs, penalized);
        remainders = new double[outputs];
        for (int c = 0; c < outputs; c++)
        {
            ReadOnlySpan<double> row = factor.Lower.Row(factor.Unknowns + c), rest = row[factor.Unknowns..(factor.Unknowns + c + 1)];
            row[free..factor.Unknowns].CopyTo(rotated.Row(c));
            remainders[c] = VectorMath.Dot(rest, rest);
        }

        bidiagonal.RotateLeft(rotated.Target);
        means = new Matrix(free, penalized);
        for (int j = 0; j < penalized && free > 0; j++)
            means[0, j] = factor.Lower[free + j, 0];
        bidiagonal.RotateRight(means.Target);
    }

    /// <summary>The smallest penalty that can be asked for: above 0 where the path was made from products.</summary>
    public double Smallest { get; }

    /// <summary>The unit of penalties: the mean squared singular value of the (centred) features.</summary>
    public double MeanSquaredSingularValue { get; }

    /// <summary>Penalties evenly spaced in their logarithm.</summary>
    /// <param name="smallest">The smallest, as a multiple of <see cref="MeanSquaredSingularValue"/>.</param>
    /// <param name="largest">The largest, as a multiple of the same.</param>
    /// <param name="points">How many.</param>
    public double[] Grid(double smallest, double largest, int points) => Grid(MeanSquaredSingularValue, smallest, largest, points);

    /// <summary>The readout for a penalty.</summary>
    /// <exception cref="GraftException">The penalty is below the smallest, or can't tell the features apart.</exception>
    public RegressionFit Fit(double penalty) => Fit(penalty, []);

    /// <summary>The effective degrees of freedom, the trace of the hat matrix: how many rows' worth of freedom the fit uses, the intercept included.</summary>
    /// <exception cref="GraftException">The penalty is below the smallest, or can't tell the features apart.</exception>
    public double DegreesOfFreedom(double penalty) => bidiagonal.Size + free - penalty * Damped(penalty).InverseTrace();

    /// <summary>The generalized cross-validation score n RSS / (n - degrees of freedom)^2 of each penalty, summed over the outputs.</summary>
    /// <returns>A score for each penalty: infinite where fits pass through every row, so that nothing is known of others (more features than rows, and a small penalty).</returns>
    /// <exception cref="GraftException">A penalty is below the smallest, or can't tell the features apart.</exception>
    public PenaltyScore[] Generalized(IReadOnlyList<double> penalties)
    {
        ArgumentNullException.ThrowIfNull(penalties);
        var curve = new PenaltyScore[penalties.Count];
        source.Pool.Run(curve.Length, p =>
        {
            double penalty = penalties[p];
            DampedBidiagonal damped = Damped(penalty);
            var solution = new Matrix(source.Outputs, bidiagonal.Size);
            damped.Solve(solution.Target);
            double residual = 0, rows = source.Rows;
            for (int c = 0; c < source.Outputs; c++)
                residual += Residual(solution.Row(c), c);
            double left = rows - free - bidiagonal.Size + penalty * damped.InverseTrace();
            curve[p] = new(penalty, left > SmallestFreedom * rows ? rows * residual / (left * left) : double.PositiveInfinity);
        });
        return curve;
    }

    /// <summary>
    /// The mean squared error of each penalty on rows that are not among those taken in, summed over the outputs: validation on data the caller chose.
    /// </summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="penalties">The penalties.</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <exception cref="GraftException">The sizes do not fit, a value is not finite, or a penalty is below the smallest.</exception>
    public PenaltyScore[] Errors(Matrix features, Matrix targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(penalties);
        double[] errors = SquaredErrors(features.Operand, targets.Operand, penalties, weights);
        double total = features.Rows;
        if (!weights.IsEmpty)
        {
            total = 0;
            foreach (double weight in weights)
                total += weight;
        }

        return [.. penalties.Select((penalty, p) => new PenaltyScore(penalty, errors[p] / total))];
    }

    /// <summary>
    /// The mean squared error of each penalty on every row taken in, by the readout that the other rows would give, summed over the outputs: in closed form.
    /// </summary>
    /// <param name="features">All the rows taken in, [rows, features].</param>
    /// <param name="targets">Their targets, [rows, outputs].</param>
    /// <param name="penalties">The penalties.</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A score for each penalty: infinite where fits pass through every row, so that nothing is known of others (more features than rows, and a small penalty).</returns>
    /// <exception cref="GraftException">The sizes do not fit, a value is not finite, or a penalty is below the smallest.</exception>
    public PenaltyScore[] LeaveOneOut(
        Matrix features, Matrix targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(penalties);
        return LeaveOneOut(features.Operand, targets.Operand, penalties, weights, cancellation);
    }

    internal static double[] Grid(double unit, double smallest, double largest, int points)
    {
        if (!(smallest < largest))
            throw new GraftException($"The smallest penalty must be below the largest; {smallest} and {largest} are not. Exchange them.");
        double low = Math.Log(smallest), high = Math.Log(largest);
        return [.. Enumerable.Range(0, points).Select(i => unit * Math.Exp(low + (high - low) * i / (points - 1)))];
    }

    internal RegressionFit Fit(double penalty, IReadOnlyList<PenaltyScore> curve)
    {
        DampedBidiagonal damped = Damped(penalty);
        var rows = new Matrix(source.Outputs, bidiagonal.Size);
        damped.Solve(rows.Target);
        var residuals = new double[source.Outputs];
        var solution = new Matrix(factor.Unknowns, source.Outputs);
        for (int c = 0; c < source.Outputs; c++)
        {
            residuals[c] = Residual(rows.Row(c), c) + penalty * VectorMath.Dot(rows.Row(c), rows.Row(c));
            if (free > 0)
                solution[0, c] = Constant(rows.Row(c), c);
        }

        bidiagonal.RotateRightBack(rows.Target);
        for (int c = 0; c < source.Outputs; c++)
        {
            for (int j = 0; j < bidiagonal.Size; j++)
                solution[free + j, c] = rows[c, j];
        }

        return factor.Result(solution, penalty, curve, c => residuals[c]);
    }

    internal double[] SquaredErrors<T>(Operand<T> features, Operand<double> targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, source.Features, source.Outputs, source.Pool);
        int outputs = source.Outputs, size = bidiagonal.Size;
        Matrix solutions = new(penalties.Count * outputs, size);
        var constants = new double[penalties.Count * outputs];
        for (int p = 0; p < penalties.Count; p++)
        {
            Damped(penalties[p]).Solve(solutions.Target.Slice(p * outputs, 0, outputs, size));
            for (int c = 0; c < outputs && free > 0; c++)
                constants[p * outputs + c] = Constant(solutions.Row(p * outputs + c), c);
        }

        var errors = new double[penalties.Count];
        for (int first = 0; first < features.Rows; first += RidgeAccumulator.Chunk)
        {
            int count = Math.Min(RidgeAccumulator.Chunk, features.Rows - first);
            Matrix rows = Rotated(features.Slice(first, 0, count, features.Columns), targets.Slice(first, 0, count, outputs), [], out Matrix y);
            Matrix fitted = solutions.MultiplyTranspose(rows, source.Pool);
            for (int p = 0; p < penalties.Count; p++)
            {
                for (int c = 0; c < outputs; c++)
                {
                    ReadOnlySpan<double> line = fitted.Row(p * outputs + c), wanted = y.Row(c);
                    for (int i = 0; i < count; i++)
                    {
                        double error = line[i] + constants[p * outputs + c] - wanted[i];
                        errors[p] += (weights.IsEmpty ? 1 : weights[first + i]) * error * error;
                    }
                }
            }
        }

        return errors;
    }

    internal PenaltyScore[] LeaveOneOut<T>(
        Operand<T> features, Operand<double> targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, source.Features, source.Outputs, source.Pool);
        if (features.Rows != source.Rows)
            throw new GraftException($"Leave-one-out needs the rows that the path was made of: {source.Rows}, not {features.Rows}. Give them in the same order.");

        int outputs = source.Outputs, size = bidiagonal.Size;
        double[] errors = new double[penalties.Count], left = new double[penalties.Count];
        DampedBidiagonal[] damped = [.. penalties.Select(Damped)];
        var solutions = new Matrix[penalties.Count];
        for (int p = 0; p < penalties.Count; p++)
        {
            solutions[p] = new Matrix(outputs, size);
            damped[p].Solve(solutions[p].Target);
        }

        const int Part = 256;
        for (int first = 0; first < features.Rows; first += Part)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Part, features.Rows - first);
            ReadOnlySpan<double> part = weights.IsEmpty ? weights : weights.Slice(first, count);
            double[] w = part.IsEmpty ? [] : part.ToArray();
            Matrix rows = Rotated(features.Slice(first, 0, count, features.Columns), targets.Slice(first, 0, count, outputs), part, out Matrix y);

            // Centred: the column of ones takes its mean, times the root of the row's weight, from every row.
            double head = free > 0 ? factor.Lower[0, 0] : 0;
            for (int i = 0; i < count && free > 0; i++)
                VectorMath.AddScaled(-(part.IsEmpty ? 1 : Math.Sqrt(part[i])) / head, means.Row(0), rows.Row(i));
            Matrix columns = rows.Transpose();
            source.Pool.Run(penalties.Count, p =>
            {
                var leverages = new double[count];
                damped[p].Leverages(columns.Copy(), leverages);
                for (int i = 0; i < count; i++)
                {
                    double weight = w.Length == 0 ? 1 : w[i];
                    leverages[i] += free > 0 ? weight / (head * head) : 0;
                    left[p] += weight > 0 ? 1 - leverages[i] : 0;
                }

                Matrix fitted = solutions[p].MultiplyTranspose(rows, source.Pool);
                for (int c = 0; c < outputs; c++)
                {
                    double mean = free > 0 ? factor.Lower[factor.Unknowns + c, 0] / head : 0;
                    for (int i = 0; i < count; i++)
                    {
                        double root = w.Length == 0 ? 1 : Math.Sqrt(w[i]);
                        double error = (y[c, i] - root * mean - fitted[c, i]) / Math.Max(1 - leverages[i], 1e-12);
                        errors[p] += error * error;
                    }
                }
            });
        }

        int taken = features.Rows - weights.Count(0);
        return [.. penalties.Select((penalty, p) => new PenaltyScore(penalty, left[p] > SmallestFreedom * taken ? errors[p] / source.TotalWeight : double.PositiveInfinity))];
    }

    // Rows of features in V's coordinates and the targets, [outputs, rows], both shifted as the factor is and multiplied by the roots of the weights.
    private Matrix Rotated<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, out Matrix y)
        where T : unmanaged
    {
        int leading = factor.Unknowns - source.Features;
        var all = new Matrix(features.Rows, factor.Lower.Rows);
        RidgeRows.Rows(features, targets, weights, leading, factor.Shift, all);
        Target rows = all.Target.Slice(0, free, features.Rows, bidiagonal.Size);
        bidiagonal.RotateRight(rows);
        var result = new Matrix(features.Rows, bidiagonal.Size);
        y = new Matrix(source.Outputs, features.Rows);
        for (int i = 0; i < features.Rows; i++)
        {
            rows.Row(i).CopyTo(result.Row(i));
            for (int c = 0; c < source.Outputs; c++)
                y[c, i] = all[i, factor.Unknowns + c];
        }

        return result;
    }

    private DampedBidiagonal Damped(double penalty)
    {
        if (!(penalty >= Smallest) || !double.IsFinite(penalty))
            throw new GraftException($"This path takes finite penalties from {Smallest:g3} up, not {penalty:g3}. Make it with a smaller one.");
        var damped = new DampedBidiagonal(bidiagonal, penalty - Smallest, rotated);
        return damped.Singular ? throw factor.Dependent(penalty) : damped;
    }

    // |y - X w|^2 from |R w - z|^2, which counts the penalty that is in the factor already.
    private double Residual(ReadOnlySpan<double> x, int output)
    {
        double sum = remainders[output];
        for (int i = 0; i < x.Length; i++)
        {
            double miss = bidiagonal.Diagonal[i] * x[i] + (i + 1 < x.Length ? bidiagonal.Above[i] * x[i + 1] : 0) - rotated[output, i];
            sum += miss * miss - Smallest * x[i] * x[i];
        }

        return Math.Max(0, sum);
    }

    private double Constant(ReadOnlySpan<double> x, int output) =>
        (factor.Lower[factor.Unknowns + output, 0] - VectorMath.Dot(means.Row(0), x)) / factor.Lower[0, 0];
}
