using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>The vector path.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="columns">The last extent.</param>
    /// <param name="x">The input <c>[rows, columns]</c>.</param>
    /// <param name="y">The output <c>[rows, columns]</c>; it may be <paramref name="x"/>.</param>
    public static void Run(int rows, int columns, float* x, float* y)
    {
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(rows, columns, x, y);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(rows, columns, x, y);
        else Run<Simd128, Vector128<float>>(rows, columns, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(int rows, int columns, float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int n = 0; n < rows; n++, x += columns, y += columns)
        {
            float largest = float.NegativeInfinity;
            for (int c = 0; c < columns; c++) largest = MathF.Max(largest, x[c]);

            TVector shift = TSimd.Broadcast(largest), sum = TSimd.Zero;
            for (int c = 0; c < columns; c += TSimd.Lanes)
            {
                TVector power = VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(Partial<TSimd, TVector>.Load(x + c, columns - c, float.NegativeInfinity), shift));
                sum = TSimd.Add(sum, power);
                Partial<TSimd, TVector>.Store(power, y + c, columns - c);
            }

            TVector factor = TSimd.Broadcast(1 / TSimd.Sum(sum));
            for (int c = 0; c < columns; c += TSimd.Lanes)
                Partial<TSimd, TVector>.Store(TSimd.Multiply(Partial<TSimd, TVector>.Load(y + c, columns - c), factor), y + c, columns - c);
        }
    }
}
