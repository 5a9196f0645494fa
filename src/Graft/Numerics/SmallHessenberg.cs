using System.Numerics;

namespace Graft.Numerics;

/// <summary>Small matrices that are zero below the first subdiagonal: the double-shift step of the QR algorithm, and the eigenvalues that it leads to.</summary>
/// <remarks>Source: Golub, Van Loan, "Matrix Computations", 4th ed., section 7.5.</remarks>
internal static class SmallHessenberg
{
    private const int MostSteps = 60;

    /// <summary>
    /// One step with the two shifts that sum to <paramref name="sum"/> and whose product is <paramref name="product"/>, both real or a complex pair, on rows and columns
    /// <paramref name="low"/> to <paramref name="high"/>: H becomes Z^T H Z. Where given, <paramref name="basis"/> becomes itself times Z.
    /// </summary>
    public static void Step(Matrix h, Matrix? basis, int low, int high, double sum, double product)
    {
        if (high <= low) return;
        if (high == low + 1)
        {
            // Two rows: the polynomial of the shifts is applied through its first column.
            Reflect(h, basis, low, 2, low, high, First(h, low, high, sum, product));
            return;
        }

        (double X, double Y, double Z) bulge = First(h, low, high, sum, product);
        for (int k = low; k <= high - 2; k++)
        {
            Reflect(h, basis, k, 3, Math.Max(low, k - 1), Math.Min(k + 3, high), bulge);
            bulge = (h[k + 1, k], h[k + 2, k], k < high - 2 ? h[k + 3, k] : 0);
        }

        Reflect(h, basis, high - 1, 2, high - 2, high, (bulge.X, bulge.Y, 0));
        for (int i = low + 2; i <= high; i++)
        {
            for (int j = low; j < i - 1; j++) h[i, j] = 0;
        }
    }

    /// <summary>All eigenvalues. The matrix is used up.</summary>
    public static Complex[] Eigenvalues(Matrix h)
    {
        Complex[] values = new Complex[h.Rows];
        int high = h.Rows - 1, steps = 0;
        while (high >= 0)
        {
            int low = high;
            while (low > 0 && Math.Abs(h[low, low - 1]) > double.Epsilon + (1.1e-16 * (Math.Abs(h[low, low]) + Math.Abs(h[low - 1, low - 1])))) low--;
            if (low > 0) h[low, low - 1] = 0;
            if (low == high)
            {
                values[high] = h[high, high];
                (high, steps) = (high - 1, 0);
                continue;
            }

            (double sum, double product) = (h[high - 1, high - 1] + h[high, high], (h[high - 1, high - 1] * h[high, high]) - (h[high - 1, high] * h[high, high - 1]));
            if (low == high - 1)
            {
                (values[high - 1], values[high]) = Roots(sum, product);
                (high, steps) = (high - 2, 0);
                continue;
            }

            if (++steps > MostSteps)
                throw new GraftException($"The eigenvalues of a matrix of {h.Rows} rows were not found in {MostSteps} steps each. Choose another seed, or set the norm in place of the spectral radius.");
            if (steps % 10 == 0)
            {
                double size = Math.Abs(h[high, high - 1]) + Math.Abs(h[high - 1, high - 2]);
                (sum, product) = (1.5 * size, size * size);
            }

            Step(h, null, low, high, sum, product);
        }

        return values;
    }

    /// <summary>The roots of x^2 - sum x + product.</summary>
    private static (Complex First, Complex Second) Roots(double sum, double product)
    {
        double half = sum / 2, discriminant = (half * half) - product;
        if (discriminant < 0) return (new Complex(half, Math.Sqrt(-discriminant)), new Complex(half, -Math.Sqrt(-discriminant)));
        double large = half + (half < 0 ? -Math.Sqrt(discriminant) : Math.Sqrt(discriminant));
        return (large, large == 0 ? 0 : product / large);
    }

    /// <summary>The first column of H^2 - sum H + product I.</summary>
    private static (double X, double Y, double Z) First(Matrix h, int low, int high, double sum, double product)
    {
        double a = h[low, low], b = h[low, low + 1], c = h[low + 1, low], d = h[low + 1, low + 1];
        return ((a * a) + (b * c) - (sum * a) + product, c * (a + d - sum), high > low + 1 ? c * h[low + 2, low + 1] : 0);
    }

    /// <summary>Applies the reflector that turns a vector of 2 or 3 rows from <paramref name="row"/> on onto the first, from both sides.</summary>
    private static void Reflect(Matrix h, Matrix? basis, int row, int size, int firstColumn, int lastRow, (double X, double Y, double Z) vector)
    {
        Span<double> v = stackalloc double[3] { vector.X, vector.Y, size == 3 ? vector.Z : 0 };
        double norm = VectorMath.Norm(v);
        if (norm == 0) return;
        v[0] += v[0] < 0 ? -norm : norm;
        double length = VectorMath.Norm(v);
        for (int i = 0; i < 3; i++) v[i] /= length;

        for (int j = firstColumn; j < h.Columns; j++)
        {
            double dot = 0;
            for (int i = 0; i < size; i++) dot += v[i] * h[row + i, j];
            for (int i = 0; i < size; i++) h[row + i, j] -= 2 * dot * v[i];
        }

        Right(h, row, size, lastRow + 1, v);
        if (basis is not null) Right(basis, row, size, basis.Rows, v);
    }

    private static void Right(Matrix matrix, int column, int size, int rows, ReadOnlySpan<double> v)
    {
        for (int i = 0; i < rows; i++)
        {
            Span<double> part = matrix.Row(i).Slice(column, size);
            double dot = 0;
            for (int j = 0; j < size; j++) dot += v[j] * part[j];
            for (int j = 0; j < size; j++) part[j] -= 2 * dot * v[j];
        }
    }
}
