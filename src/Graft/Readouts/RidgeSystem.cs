using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// The centred, weighted normal equations of a ridge regression on one set of rows, from whichever side is smaller: the Gram matrix of the features
/// [d, d], or that of the rows [n, n].
/// </summary>
internal sealed class RidgeSystem
{
    private const int Chunk = 2048;

    private readonly LabelledFeatures data;
    private readonly WorkerPool pool;
    private readonly double[] weights;
    private readonly double[] roots;
    private readonly Standardization standardization;
    private readonly double[] targetMeans;
    private readonly double targetSquares;

    // [classes, m]: the features' products with the targets, or the targets themselves.
    private readonly Matrix right;
    private readonly Matrix gram;

    // Rows side only: the centred, weighted features.
    private readonly Matrix? rows;

    public RidgeSystem(LabelledFeatures data, RidgeOptions options, CancellationToken cancellation)
    {
        this.data = data;
        pool = WorkerPool.Shared(options.Threads);
        weights = options.ClassWeights.ForRows(data);
        roots = Array.ConvertAll(weights, Math.Sqrt);
        standardization = Standardization.Measure(data, weights, options.Standardize, pool);
        targetMeans = new double[data.Classes];
        for (int i = 0; i < data.Rows; i++)
            targetMeans[data.Labels[i]] += weights[i] / data.Rows;

        // A little beyond square the features' side would find the residual of a near-interpolation by cancellation.
        int n = data.Rows, d = data.Dimension;
        bool onRows = n <= 1.25 * d;
        gram = onRows ? new Matrix(n, n) : new Matrix(d, d);
        right = new Matrix(data.Classes, gram.Rows);
        for (int first = 0; first < n; first += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = onRows ? n : Math.Min(Chunk, n - first);
            Matrix chunk = standardization.Apply(data, first, count, roots, pool), targets = Targets(first, count);
            for (int i = 0; i < targets.Values.Length; i++)
                targetSquares += targets.Values[i] * targets.Values[i];

            if (onRows)
            {
                rows = chunk;
                targets.Values.CopyTo(right.Values);
                gram.AddLower(1, chunk.Operand, chunk.Operand.Transposed, pool);
                break;
            }

            gram.AddLower(1, chunk.Operand.Transposed, chunk.Operand, pool);
            Gemm.Accumulate(1, targets.Operand, chunk.Operand, right.Target, pool);
        }

        gram.MirrorLower();
        double trace = 0;
        for (int i = 0; i < gram.Rows; i++)
            trace += gram[i, i];
        MeanEigenvalue = trace > 0 ? trace / Math.Min(n, d) : 1;
    }

    /// <summary>The unit of penalties: the mean squared singular value of the centred features.</summary>
    public double MeanEigenvalue { get; }

    /// <summary>The generalized cross-validation score n RSS / (n - degrees of freedom)^2 of each penalty.</summary>
    public PenaltyScore[] Generalized(IReadOnlyList<double> penalties, IProgress<double>? progress, CancellationToken cancellation)
    {
        Tridiagonal reduced = Tridiagonal.Reduce(gram, pool, cancellation);
        progress?.Report(0.7);
        Matrix rotated = right.Copy();
        reduced.RotateRows(rotated);

        int n = data.Rows;
        var curve = new PenaltyScore[penalties.Count];
        pool.Run(curve.Length, p =>
        {
            double penalty = penalties[p];
            Matrix solution = rotated.Copy();
            double trace = reduced.Solve(penalty, solution);
            double squares = VectorMath.Dot(solution.Values, solution.Values), residual, free;
            if (rows is not null)
            {
                residual = penalty * penalty * squares;
                free = penalty * trace - 1;
            }
            else
            {
                residual = Math.Max(0, targetSquares - VectorMath.Dot(solution.Values, rotated.Values) - penalty * squares);
                free = n - 1 - gram.Rows + penalty * trace;
            }

            // On the rows' side the intercept's direction has eigenvalue 0, so that penalty * trace is at least 1; rounding may take it.
            free = Math.Max(free, 1e-12 * n);
            curve[p] = new(penalty, n * residual / (free * free) / data.Classes);
        });
        return curve;
    }

    /// <summary>The summed, weighted squared errors of each penalty on rows that are not in this system.</summary>
    public double[] Errors(LabelledFeatures held, ReadOnlySpan<double> heldWeights, IReadOnlyList<double> penalties, CancellationToken cancellation)
    {
        Tridiagonal reduced = Tridiagonal.Reduce(gram, pool, cancellation);
        Matrix rotated = right.Copy();
        reduced.RotateRows(rotated);

        // The held rows' products with the solution's basis are made once, whatever the number of penalties.
        double[] ones = new double[held.Rows];
        ones.AsSpan().Fill(1);
        Matrix heldRows = standardization.Apply(held, 0, held.Rows, ones, pool);
        Matrix products = rows is null ? heldRows : heldRows.MultiplyTranspose(rows, pool);
        reduced.RotateRows(products);

        var errors = new double[penalties.Count];
        for (int p = 0; p < errors.Length; p++)
        {
            Matrix solution = rotated.Copy();
            reduced.Solve(penalties[p], solution);
            Matrix scores = products.MultiplyTranspose(solution, pool);
            for (int i = 0; i < held.Rows; i++)
            {
                for (int c = 0; c < held.Classes; c++)
                {
                    double error = scores[i, c] + targetMeans[c] - (held.Labels[i] == c ? 1 : 0);
                    errors[p] += heldWeights[i] * error * error;
                }
            }
        }

        return errors;
    }

    /// <summary>Fits with one penalty.</summary>
    public RidgeFit Fit(double penalty, IReadOnlyList<PenaltyScore> curve, CancellationToken cancellation)
    {
        Matrix shifted = gram.Copy();
        for (int i = 0; i < shifted.Rows; i++)
            shifted[i, i] += penalty;
        Cholesky factor;
        try
        {
            factor = Cholesky.Factor(shifted, pool);
        }
        catch (GraftException cause)
        {
            throw new GraftException(
                $"The penalty {penalty:g3} is too small for these features: with it the normal equations are singular to working precision. Choose a larger one.", cause);
        }

        Matrix solution = right.Copy();
        Matrix columns = factor.Solve(solution.Transpose());
        Matrix coefficients = rows is null ? columns.Transpose() : columns.TransposeMultiply(rows, pool);
        double[] leverages = rows is null ? FeatureLeverages(factor, cancellation) : RowLeverages(factor, penalty);
        float[] leaveOneOut = LeaveOneOut(coefficients, leverages, cancellation);

        double freedom = 0;
        foreach (double leverage in leverages)
            freedom += leverage;
        double[] bias = [.. targetMeans];
        standardization.Undo(coefficients, bias);
        return new(LinearReadout.From(coefficients, bias), penalty, curve, freedom, leaveOneOut);
    }

    // The diagonal of the hat matrix, intercept included: w_i / sum w + |L^-1 x_i|^2.
    private double[] FeatureLeverages(Cholesky factor, CancellationToken cancellation)
    {
        var leverages = new double[data.Rows];
        for (int first = 0; first < data.Rows; first += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            Matrix chunk = standardization.Apply(data, first, Math.Min(Chunk, data.Rows - first), roots, pool);
            Triangular.SolveRows(factor.Lower.Target, chunk.Target, pool);
            for (int i = 0; i < chunk.Rows; i++)
                leverages[first + i] = weights[first + i] / data.Rows + VectorMath.Dot(chunk.Row(i), chunk.Row(i));
        }

        return leverages;
    }

    // The same from the rows' side: w_i / sum w + 1 - penalty ((K + penalty I)^-1)_ii.
    private double[] RowLeverages(Cholesky factor, double penalty)
    {
        Matrix inverse = Matrix.Identity(data.Rows);
        Triangular.Solve(factor.Lower.Target, inverse.Target, pool);
        var diagonal = new double[data.Rows];
        for (int i = 0; i < data.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
                diagonal[j] += inverse[i, j] * inverse[i, j];
        }

        var leverages = new double[data.Rows];
        for (int i = 0; i < leverages.Length; i++)
            leverages[i] = weights[i] / data.Rows + 1 - penalty * diagonal[i];
        return leverages;
    }

    // y_i - (y_i - f_i) / (1 - h_i): exact for this penalty, means and weights, with the standard deviations held.
    private float[] LeaveOneOut(Matrix coefficients, double[] leverages, CancellationToken cancellation)
    {
        int classes = data.Classes;
        var scores = new float[(long)data.Rows * classes];
        double[] ones = new double[data.Rows];
        ones.AsSpan().Fill(1);
        for (int first = 0; first < data.Rows; first += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            Matrix chunk = standardization.Apply(data, first, Math.Min(Chunk, data.Rows - first), ones, pool);
            Matrix fitted = coefficients.MultiplyTranspose(chunk, pool);
            for (int i = 0; i < chunk.Rows; i++)
            {
                double left = Math.Max(1 - leverages[first + i], 1e-10);
                for (int c = 0; c < classes; c++)
                {
                    double target = data.Labels[first + i] == c ? 1 : 0;
                    scores[(first + i) * classes + c] = (float)(target - (target - targetMeans[c] - fitted[c, i]) / left);
                }
            }
        }

        return scores;
    }

    // One-hot targets, centred and weighted, [classes, rows].
    private Matrix Targets(int first, int count)
    {
        var targets = new Matrix(data.Classes, count);
        for (int c = 0; c < data.Classes; c++)
        {
            Span<double> row = targets.Row(c);
            for (int i = 0; i < count; i++)
                row[i] = roots[first + i] * ((data.Labels[first + i] == c ? 1 : 0) - targetMeans[c]);
        }

        return targets;
    }
}
