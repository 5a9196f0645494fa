namespace Graft.Numerics;

/// <summary>The factorization L D L^T of T + penalty I for a symmetric tridiagonal T: one penalty's share of a path.</summary>
/// <remarks>Eldén, "Algorithms for the regularization of ill-conditioned least squares problems", BIT 17, 1977.</remarks>
internal sealed class DampedTridiagonal
{
    private readonly Tridiagonal matrix;
    private readonly double penalty;
    private readonly double[] pivots;

    /// <summary>Factors.</summary>
    /// <param name="matrix">T.</param>
    /// <param name="penalty">The penalty.</param>
    public DampedTridiagonal(Tridiagonal matrix, double penalty)
    {
        (this.matrix, this.penalty, pivots) = (matrix, penalty, new double[matrix.Diagonal.Length]);
        for (int i = 0; i < pivots.Length; i++)
        {
            pivots[i] = matrix.Diagonal[i] + penalty - (i > 0 ? Square(i - 1) / pivots[i - 1] : 0);
            IsSingular |= !(pivots[i] > 0);
        }
    }

    /// <summary>Whether T + penalty I is not positive definite to working precision: the penalty is lost in rounding.</summary>
    public bool IsSingular { get; }

    /// <summary>Solves (T + penalty I) x = b for each row b, in place.</summary>
    public void Solve(Target rows)
    {
        double[] off = matrix.OffDiagonal;
        for (int r = 0; r < rows.Rows; r++)
        {
            Span<double> x = rows.Row(r);
            for (int i = 1; i < x.Length; i++) x[i] -= off[i - 1] / pivots[i - 1] * x[i - 1];
            x[^1] /= pivots[^1];
            for (int i = x.Length - 2; i >= 0; i--) x[i] = (x[i] - (off[i] * x[i + 1])) / pivots[i];
        }
    }

    /// <summary>The trace of (T + penalty I)^-1: its pivots from the top and from the bottom give the diagonal of the inverse without cancellation. NaN where it is lost in rounding.</summary>
    public double InverseTrace()
    {
        double trace = 0, bottom = 0;
        for (int i = pivots.Length - 1; i >= 0; i--)
        {
            double below = i < pivots.Length - 1 ? Square(i) / bottom : 0;
            bottom = matrix.Diagonal[i] + penalty - below;
            if (!(bottom > 0)) return double.NaN;
            trace += 1 / (pivots[i] - below);
        }

        return trace;
    }

    /// <summary>Writes w^T (T + penalty I)^-1 w for each column w, [size, columns], which are overwritten.</summary>
    public void Leverages(Matrix columns, Span<double> leverages)
    {
        leverages.Clear();
        for (int i = 0; i < pivots.Length; i++)
        {
            Span<double> w = columns.Row(i);
            if (i > 0) VectorMath.AddScaled(-matrix.OffDiagonal[i - 1] / pivots[i - 1] * Math.Sqrt(pivots[i - 1]), columns.Row(i - 1), w);
            VectorMath.Scale(1 / Math.Sqrt(pivots[i]), w);
            VectorMath.AddSquares(w, leverages);
        }
    }

    private double Square(int i) => matrix.OffDiagonal[i] * matrix.OffDiagonal[i];
}
