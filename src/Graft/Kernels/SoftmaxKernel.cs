namespace Graft.Kernels;

/// <summary>y[n, c] = exp(x[n, c] - m) / sum over k of exp(x[n, k] - m), where m is the largest of row n, so that nothing overflows.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="columns">The last extent.</param>
    /// <param name="x">The input <c>[rows, columns]</c>.</param>
    /// <param name="y">The output <c>[rows, columns]</c>.</param>
    public static void Reference(int rows, int columns, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int n = 0; n < rows; n++)
        {
            ReadOnlySpan<float> row = x.Slice(n * columns, columns);
            double largest = double.NegativeInfinity, sum = 0;
            foreach (float value in row) largest = Math.Max(largest, value);
            foreach (float value in row) sum += Math.Exp(value - largest);
            for (int c = 0; c < columns; c++) y[(n * columns) + c] = (float)(Math.Exp(row[c] - largest) / sum);
        }
    }
}
