using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>
/// The triangular factor R of a ridge regression's columns [1 | features | targets], with a penalty taken in already: all that a solution needs, whichever way the factor was found.
/// </summary>
internal sealed record TriangularFactor : RidgeFactor
{
    private readonly RidgeProblem problem;
    private readonly Matrix lower;
    private readonly double[] shift;

    /// <summary>Solves.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="lower">R^T: below the columns of ones and features come the targets' rows, first Q^T y and then what no weights can fit.</param>
    /// <param name="shift">What was taken from each column before it was factored.</param>
    /// <param name="means">The means of the columns.</param>
    /// <param name="penalty">The penalty in it.</param>
    /// <param name="precision">A pivot that is a smaller part of its column is rounding.</param>
    /// <exception cref="GraftException">The features depend on each other, and the penalty is too small to tell them apart.</exception>
    public TriangularFactor(RidgeProblem problem, Matrix lower, double[] shift, double[] means, double penalty, double precision)
        : base(Solve(problem, lower, penalty, precision), new double[problem.Outputs], means)
    {
        (this.problem, this.lower, this.shift) = (problem, lower, shift);
        for (int c = 0; c < Residuals.Length; c++)
        {
            ReadOnlySpan<double> rest = lower.Row(problem.Unknowns + c)[problem.Unknowns..(problem.Unknowns + c + 1)];
            Residuals[c] = VectorMath.Dot(rest, rest) - (penalty * VectorMath.Dot(Weights.Row(c), Weights.Row(c)));
        }
    }

    public override double[] Leverages<T>(int first, Operand<T> features, ReadOnlySpan<double> weights)
    {
        Matrix rows = RidgeRows.Rows(features, weights, problem.Leading, 0, shift, problem.Pool);
        Triangular.SolveRows(lower.Target.Slice(0, 0, problem.Unknowns, problem.Unknowns), rows.Target, problem.Pool);
        double[] leverages = new double[rows.Rows];
        for (int i = 0; i < leverages.Length; i++) leverages[i] = VectorMath.Dot(rows.Row(i), rows.Row(i));
        return leverages;
    }

    private static Matrix Solve(RidgeProblem problem, Matrix lower, double penalty, double precision)
    {
        for (int j = 0; j < problem.Unknowns; j++)
        {
            if (Math.Abs(lower[j, j]) <= VectorMath.Norm(lower.Row(j)[..(j + 1)]) * precision) throw problem.Dependent(penalty);
        }

        int free = problem.Free, size = problem.Unknowns - free;
        Matrix solution = new(size, problem.Outputs);
        for (int c = 0; c < problem.Outputs; c++)
        {
            for (int j = 0; j < size; j++) solution[j, c] = lower[problem.Unknowns + c, free + j];
        }

        Triangular.SolveTransposed(lower.Target.Slice(free, free, size, size), solution.Target, problem.Pool);
        return solution.Transpose();
    }
}
