namespace Graft.Numerics;

/// <summary>The triangular factor of [B; sqrt(penalty) I] for an upper bidiagonal B, which is upper bidiagonal as well: one penalty's share of a path.</summary>
/// <remarks>Eldén, BIT 17, 1977, section 4: plane rotations, so that B is not squared. The trace of the inverse: Eldén, BIT 24, 1984.</remarks>
internal sealed class DampedBidiagonal
{
    private readonly double[] diagonal;
    private readonly double[] above;
    private readonly double[] rightSides;

    /// <summary>Factors, and carries right sides along.</summary>
    /// <param name="bidiagonal">B.</param>
    /// <param name="penalty">The penalty, 0 or above.</param>
    /// <param name="rotated">U^T b, one right side a row.</param>
    public DampedBidiagonal(Bidiagonal bidiagonal, double penalty, Matrix rotated)
    {
        int size = bidiagonal.Size, sides = rotated.Rows;
        (diagonal, above, rightSides) = (new double[size], new double[Math.Max(0, size - 1)], new double[size * sides]);
        double root = Math.Sqrt(penalty), damping = root;
        double[] carried = new double[sides];
        for (int i = 0; i < size; i++)
        {
            double d = bidiagonal.Diagonal[i], length = double.Hypot(d, damping);
            double cosine = length == 0 ? 1 : d / length, sine = length == 0 ? 0 : damping / length;
            diagonal[i] = length;
            for (int c = 0; c < sides; c++)
            {
                rightSides[(i * sides) + c] = (cosine * rotated[c, i]) + (sine * carried[c]);
                carried[c] = (cosine * carried[c]) - (sine * rotated[c, i]);
            }

            if (i == size - 1) break;
            above[i] = cosine * bidiagonal.Above[i];
            double spill = -sine * bidiagonal.Above[i];
            damping = double.Hypot(spill, root);
            for (int c = 0; c < sides; c++) carried[c] = damping == 0 ? 0 : spill / damping * carried[c];
        }
    }

    /// <summary>Whether a pivot is 0: the penalty tells nothing apart.</summary>
    public bool Singular => diagonal.Contains(0);

    /// <summary>Writes V^T x for each right side, one a row.</summary>
    public void Solve(Target solutions)
    {
        int sides = solutions.Rows;
        for (int c = 0; c < sides; c++)
        {
            Span<double> x = solutions.Row(c);
            for (int i = x.Length - 1; i >= 0; i--) x[i] = (rightSides[(i * sides) + c] - (i + 1 < x.Length ? above[i] * x[i + 1] : 0)) / diagonal[i];
        }
    }

    /// <summary>The trace of (B^T B + penalty I)^-1: rows of the inverse factor are orthogonal steps of one recurrence, and nothing cancels.</summary>
    public double InverseTrace()
    {
        double trace = 0, squares = 0;
        for (int i = diagonal.Length - 1; i >= 0; i--)
        {
            double coupling = i < above.Length ? above[i] : 0;
            squares = (1 + (coupling * coupling * squares)) / (diagonal[i] * diagonal[i]);
            trace += squares;
        }

        return trace;
    }

    /// <summary>Writes w^T (B^T B + penalty I)^-1 w for each column w of rows that were rotated by V^T, [size, rows], which are overwritten.</summary>
    public void Leverages(Matrix columns, Span<double> leverages)
    {
        leverages.Clear();
        for (int i = 0; i < diagonal.Length; i++)
        {
            Span<double> w = columns.Row(i);
            if (i > 0) VectorMath.AddScaled(-above[i - 1], columns.Row(i - 1), w);
            VectorMath.Scale(1 / diagonal[i], w);
            VectorMath.AddSquares(w, leverages);
        }
    }
}
