using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// y[n, c] = exp(x[n, c] - m) / sum over k of exp(x[n, k] - m), where m is the largest of row n, so that nothing overflows.
/// Backward, dx[n, c] = y[n, c] (dy[n, c] - sum over k of y[n, k] dy[n, k]).
/// </summary>
internal static unsafe partial class SoftmaxKernel
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

    /// <summary>The formula of the backward, in float64.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="columns">The last extent.</param>
    /// <param name="y">The output of the forward <c>[rows, columns]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[rows, columns]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[rows, columns]</c>, written.</param>
    public static void BackwardReference(int rows, int columns, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int n = 0; n < rows; n++)
        {
            double mean = 0;
            for (int c = 0; c < columns; c++) mean += (double)y[(n * columns) + c] * dy[(n * columns) + c];
            for (int c = 0; c < columns; c++) dx[(n * columns) + c] = (float)(y[(n * columns) + c] * (dy[(n * columns) + c] - mean));
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="columns">The last extent.</param>
    /// <param name="x">The input <c>[rows, columns]</c>.</param>
    /// <param name="y">The output <c>[rows, columns]</c>; it may be <paramref name="x"/>.</param>
    [Dispatch]
    public static partial void Run(int rows, int columns, float* x, float* y);

    /// <summary>The vector path of the backward.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="columns">The last extent.</param>
    /// <param name="y">The output of the forward <c>[rows, columns]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[rows, columns]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[rows, columns]</c>, written; it may be <paramref name="dy"/>.</param>
    [Dispatch]
    public static partial void Backward(int rows, int columns, float* y, float* dy, float* dx);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int rows, int columns, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
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

    [MethodImpl(Compiled.Alone)]
    private static void Backward<TSimd, TVector>(int rows, int columns, float* y, float* dy, float* dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int n = 0; n < rows; n++, y += columns, dy += columns, dx += columns)
        {
            TVector sum = TSimd.Zero;
            for (int c = 0; c < columns; c += TSimd.Lanes)
                sum = TSimd.MultiplyAdd(Partial<TSimd, TVector>.Load(y + c, columns - c), Partial<TSimd, TVector>.Load(dy + c, columns - c), sum);

            TVector mean = TSimd.Broadcast(TSimd.Sum(sum));
            for (int c = 0; c < columns; c += TSimd.Lanes)
            {
                TVector centred = TSimd.Subtract(Partial<TSimd, TVector>.Load(dy + c, columns - c), mean);
                Partial<TSimd, TVector>.Store(TSimd.Multiply(Partial<TSimd, TVector>.Load(y + c, columns - c), centred), dx + c, columns - c);
            }
        }
    }
}
