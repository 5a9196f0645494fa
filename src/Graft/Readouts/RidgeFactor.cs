using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>
/// The triangular factor R of a ridge regression's columns [1 | features | targets], with a penalty taken in already: all that a solution needs, whichever way
/// the factor was found.
/// </summary>
internal sealed class RidgeFactor
{
    private const double Precision = 1.0 / (1L << 53), SinglePrecision = 1.0 / (1L << 24);

    private readonly RidgeAccumulator source;

    private RidgeFactor(RidgeAccumulator source, Matrix lower, double[] shift) => (this.source, Lower, Shift) = (source, lower, shift);

    /// <summary>R^T: below the columns of ones and features come the targets' rows, first Q^T y and then what no weights can fit.</summary>
    public Matrix Lower { get; }

    /// <summary>What was taken from each column before it was factored.</summary>
    public double[] Shift { get; }

    /// <summary>The columns of ones and features.</summary>
    public int Unknowns => Lower.Rows - source.Outputs;

    public static RidgeFactor Of(RidgeAccumulator source, Matrix state, double[] shift, double penalty, CancellationToken cancellation)
    {
        Matrix lower = state.Copy();
        int unknowns = lower.Rows - source.Outputs, penalized = source.Intercept == Intercept.Free ? 1 : 0;
        if (source.Solver == RidgeSolver.QR)
        {
            if (penalty > 0)
            {
                var roots = new Matrix(lower.Rows, lower.Rows);
                for (int i = penalized; i < unknowns; i++)
                    roots[i, i] = Math.Sqrt(penalty);
                TriangularUpdate.Fold(lower.Target, roots.Target, source.Pool, triangular: true, cancellation);
            }

            return new(source, lower, shift);
        }

        for (int i = penalized; i < unknowns; i++)
            lower[i, i] += penalty;
        Target left = lower.Target.Slice(0, 0, unknowns, unknowns), targets = lower.Target.Slice(unknowns, 0, source.Outputs, unknowns);
        if (Cholesky.Factor(left, source.Pool) >= 0)
            throw Dependent(source, penalty);
        Triangular.SolveRows(left, targets, source.Pool);
        for (int c = 0; c < source.Outputs; c++)
        {
            Span<double> row = lower.Row(unknowns + c);
            double left2 = row[unknowns + c] - VectorMath.Dot(row[..unknowns], row[..unknowns]);
            row[unknowns..].Clear();
            row[unknowns + c] = Math.Sqrt(Math.Max(0, left2));
        }

        return new(source, lower, shift);
    }

    /// <summary>The weights that the factor gives.</summary>
    public RegressionFit Fit(double penalty)
    {
        // Products know a pivot's square to that precision; reflectors know the pivot.
        double precision = source.Solver switch
        {
            RidgeSolver.QR => (Unknowns + 8) * Precision,
            RidgeSolver.Gram => Math.Sqrt(Unknowns * Precision),
            _ => Math.Sqrt(SinglePrecision),
        };
        for (int j = 0; j < Unknowns; j++)
        {
            if (Math.Abs(Lower[j, j]) <= VectorMath.Norm(Lower.Row(j)[..(j + 1)]) * precision)
                throw Dependent(penalty);
        }

        var solution = new Matrix(Unknowns, source.Outputs);
        for (int c = 0; c < source.Outputs; c++)
        {
            for (int j = 0; j < Unknowns; j++)
                solution[j, c] = Lower[Unknowns + c, j];
        }

        Triangular.SolveTransposed(Lower.Target.Slice(0, 0, Unknowns, Unknowns), solution.Target, source.Pool);
        return Result(solution, penalty, [], c => Squares(Lower.Row(Unknowns + c)[Unknowns..(Unknowns + c + 1)]));
    }

    /// <summary>Splits a solution into weights and bias.</summary>
    /// <param name="solution">[unknowns, outputs].</param>
    /// <param name="penalty">The penalty that it was found for.</param>
    /// <param name="curve">The scores of all penalties tried.</param>
    /// <param name="objective">The least squares of an output, its penalty included.</param>
    public RegressionFit Result(Matrix solution, double penalty, IReadOnlyList<PenaltyScore> curve, Func<int, double> objective)
    {
        int outputs = source.Outputs, leading = Unknowns - source.Features, free = source.Intercept == Intercept.Free ? 1 : 0;
        Matrix weights = new(source.Features, outputs);
        solution.Values[(leading * outputs)..].CopyTo(weights.Values);
        double[] bias = new double[outputs], errors = new double[outputs];
        for (int c = 0; c < outputs; c++)
        {
            bias[c] = leading > 0 ? solution[0, c] : 0;
            bias[c] += Shift[Unknowns + c];
            for (int j = 0; j < source.Features; j++)
                bias[c] -= Shift[leading + j] * weights[j, c];

            double squares = 0;
            for (int j = free; j < Unknowns; j++)
                squares += solution[j, c] * solution[j, c];
            errors[c] = Math.Max(0, objective(c) - penalty * squares) / source.TotalWeight;
        }

        RidgeRows.CheckFinite(weights.Operand, "Weights", "output", source.Pool);
        return new(new LinearMap(weights, bias), penalty, curve, errors);
    }

    public GraftException Dependent(double penalty) => Dependent(source, penalty);

    private static double Squares(ReadOnlySpan<double> values) => VectorMath.Dot(values, values);

    private static GraftException Dependent(RidgeAccumulator source, double penalty) => source.Rows < source.Features && penalty == 0
        ? new($"{source.Rows} rows can't tell {source.Features} features apart without a penalty. Give a penalty above 0, or more rows than features.")
        : new(
            $"The features depend on each other to working precision, and the penalty {penalty:g3} is too small to tell them apart by {source.Solver}. " +
            (source.Solver == RidgeSolver.QR ? "Choose a larger one." : "Choose a larger one, or the QR solver."));
}
