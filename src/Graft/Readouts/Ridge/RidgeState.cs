using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>What a <see cref="RidgeProblem"/> keeps of its rows, and how it is solved from that: a file for each <see cref="RidgeSolver"/>.</summary>
internal abstract class RidgeState(RidgeProblem problem)
{
    protected RidgeProblem Problem { get; } = problem;

    /// <summary>The sum of squares of the (centred) features: of their squared singular values.</summary>
    public abstract double Squares { get; }

    /// <summary>Takes in rows that were checked.</summary>
    public abstract void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged;

    /// <summary>Takes in the rows of another problem of the same kind.</summary>
    public abstract void Add(RidgeState other, CancellationToken cancellation);

    /// <summary>A copy that belongs to another problem of the same kind.</summary>
    public abstract RidgeState Copy(RidgeProblem owner);

    /// <summary>Solves for one penalty.</summary>
    public abstract RidgeFactor Factor(double penalty, CancellationToken cancellation);

    /// <summary>Prepares to solve for many penalties.</summary>
    public abstract RidgeReduction Reduce(CancellationToken cancellation);

    protected static ReadOnlySpan<double> Part(ReadOnlySpan<double> weights, int first, int count) => weights.IsEmpty ? weights : weights.Slice(first, count);
}

/// <summary>A ridge regression solved for one penalty.</summary>
/// <param name="Weights">[outputs, penalized columns]: those of the features, after that of the column of ones where it is penalized.</param>
/// <param name="Residuals">The sum of squared errors of each output on the rows taken in.</param>
/// <param name="Means">The means of the columns [1 | features | targets]; zeros where the intercept is not free.</param>
internal abstract record RidgeFactor(Matrix Weights, double[] Residuals, double[] Means)
{
    /// <summary>The diagonal of the hat matrix for some of the rows taken in, the intercept included.</summary>
    /// <param name="first">The place of the first among all of them.</param>
    /// <param name="features">Their features.</param>
    /// <param name="weights">Their weights; empty: 1 for all.</param>
    public abstract double[] Leverages<T>(int first, Operand<T> features, ReadOnlySpan<double> weights)
        where T : unmanaged;
}

/// <summary>A ridge regression in coordinates in which a penalty costs as much as a walk through two vectors.</summary>
internal abstract class RidgeReduction(double[] means, int size)
{
    /// <summary>The means of the columns [1 | features | targets]; zeros where the intercept is not free.</summary>
    public double[] Means { get; } = means;

    /// <summary>The number of coordinates.</summary>
    public int Size { get; } = size;

    /// <summary>The regression for one penalty; null where the penalty can't tell the features apart.</summary>
    public abstract RidgePoint? At(double penalty);

    /// <summary>Centred rows of the penalized columns, which are overwritten, in these coordinates: [rows, size]. Their products with a solution are what it fits.</summary>
    public abstract Matrix Rotate(Matrix rows);

    /// <summary>Solutions, [outputs, size], which are overwritten, as weights of the penalized columns.</summary>
    public abstract Matrix Weights(Matrix solutions);

    /// <summary>Of rows taken in, from one on, what <see cref="RidgePoint.Left"/> needs, [size, rows].</summary>
    /// <param name="first">The place of the first among all of them.</param>
    /// <param name="rotated">They, by <see cref="Rotate"/>.</param>
    public abstract Matrix Own(int first, Matrix rotated);
}

/// <summary>A ridge regression's solution for one penalty, in the coordinates of a <see cref="RidgeReduction"/>.</summary>
internal abstract class RidgePoint
{
    /// <summary>Writes the solution, [outputs, size].</summary>
    public abstract void Solve(Target solutions);

    /// <summary>How much of the rows' freedom is left: their number less the trace of the hat matrix, the intercept included.</summary>
    public abstract double Freedom();

    /// <summary>The sum of squared errors of an output on the rows taken in.</summary>
    public abstract double Residual(ReadOnlySpan<double> solution, int output);

    /// <summary>Makes 1 less the leverages of rows, which is the diagonal of the hat matrix, of their leverages on the intercept.</summary>
    /// <param name="own">By <see cref="RidgeReduction.Own"/>; overwritten.</param>
    /// <param name="rows">A value for each of those rows.</param>
    public abstract void Left(Matrix own, Span<double> rows);

    /// <summary>Where the features' own leverages are known.</summary>
    protected static void FromLeverages(ReadOnlySpan<double> leverages, Span<double> rows)
    {
        for (int i = 0; i < rows.Length; i++) rows[i] = 1 - leverages[i] - rows[i];
    }
}
