using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// Adds up what the parts of a batch gave: gradient[n, k] += sum over parts p of partials[p][k, n], for 16 n. Parts are a power of two, and their sum is one fixed binary tree, ((p0 + p1) + (p2 + p3)) + ...:
/// who has only some of them, a thread or another machine, adds its branch, and the bits are the same.
/// </summary>
internal static unsafe partial class PartialSumKernel
{
    /// <summary>The n of a call.</summary>
    public const int Width = 16;

    /// <summary>Adds up.</summary>
    /// <param name="depth">The number of k.</param>
    /// <param name="count">How many of the 16 n there are.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="partials">The first part's first k; 16 numbers are read.</param>
    /// <param name="partStride">From one part to the next.</param>
    /// <param name="rowStride">From one k to the next.</param>
    /// <param name="gradient">The gradient of the first n.</param>
    /// <param name="gradientStride">From one n to the next.</param>
    /// <param name="gradientStep">From one k to the next.</param>
    [MethodImpl(Compiled.Alone)]
    public static void Run(int depth, int count, int parts, float* partials, nint partStride, nint rowStride, float* gradient, nint gradientStride, nint gradientStep = 1)
    {
        // Sixteen k at a time: sums go into a square that is read across, so that whole lines of both sides are used.
        float* square = stackalloc float[16 * Width];
        for (int k = 0; k < depth; k += 16, gradient += 16 * gradientStep)
        {
            int rows = Math.Min(16, depth - k);
            for (int i = 0; i < rows; i++, partials += rowStride)
            {
                Vector128<float> a = Sum4(partials, partStride, parts), b = Sum4(partials + 4, partStride, parts), c = Sum4(partials + 8, partStride, parts), d = Sum4(partials + 12, partStride, parts);
                float* row = square + (i * Width);
                a.Store(row);
                b.Store(row + 4);
                c.Store(row + 8);
                d.Store(row + 12);
            }

            for (nint n = 0; n < count; n++)
            {
                float* target = gradient + (n * gradientStride), column = square + n;
                for (nint i = 0; i < rows; i++) target[i * gradientStep] += column[i * Width];
            }
        }
    }

    /// <summary>The same where the parts' numbers lie as the gradient's do: gradient[r, c] += sum over parts p of partials[p][r, c].</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="partials">The first part's first row.</param>
    /// <param name="partStride">From one part to the next.</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="gradient">The gradient's first row.</param>
    /// <param name="gradientStride">From one row to the next.</param>
    [Dispatch]
    public static partial void AddRows(int rows, int columns, int parts, float* partials, nint partStride, nint rowStride, float* gradient, nint gradientStride);

    [MethodImpl(Compiled.Alone)]
    private static int AddRows<TSimd, TVector>(int c, int rows, int columns, int parts, float* partials, nint partStride, nint rowStride, float* gradient, nint gradientStride)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        // Row after row, as memory lies: the hardware then sees a few streams.
        int end = c + ((columns - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        for (int r = 0; r < rows; r++, partials += rowStride, gradient += gradientStride)
            for (nint i = c; i < end; i += TSimd.Lanes) TSimd.Store(TSimd.Add(TSimd.Load(gradient + i), Tree<TSimd, TVector>(partials + i, partStride, parts)), gradient + i);
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Tree<TSimd, TVector>(float* first, nint stride, int parts)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => parts switch
        {
            1 => TSimd.Load(first),
            2 => Two<TSimd, TVector>(first, stride),
            4 => Four<TSimd, TVector>(first, stride),
            8 => Eight<TSimd, TVector>(first, stride),
            _ => TSimd.Add(Eight<TSimd, TVector>(first, stride), Eight<TSimd, TVector>(first + (8 * stride), stride)),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Two<TSimd, TVector>(float* p, nint s)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => TSimd.Add(TSimd.Load(p), TSimd.Load(p + s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Four<TSimd, TVector>(float* p, nint s)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => TSimd.Add(Two<TSimd, TVector>(p, s), Two<TSimd, TVector>(p + (2 * s), s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Eight<TSimd, TVector>(float* p, nint s)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => TSimd.Add(Four<TSimd, TVector>(p, s), Four<TSimd, TVector>(p + (4 * s), s));

    /// <summary>The sum of a number of each part.</summary>
    /// <param name="first">That of the first part.</param>
    /// <param name="stride">From one part to the next.</param>
    /// <param name="parts">The number of parts, a power of two.</param>
    public static float Sum(float* first, nint stride, int parts) =>
        parts == 1 ? *first : parts == 2 ? *first + first[stride] : Sum(first, stride, parts / 2) + Sum(first + (stride * (parts / 2)), stride, parts / 2);

    /// <inheritdoc cref="Sum(float*, nint, int)"/>
    public static double Sum(double* first, nint stride, int parts) =>
        parts == 1 ? *first : parts == 2 ? *first + first[stride] : Sum(first, stride, parts / 2) + Sum(first + (stride * (parts / 2)), stride, parts / 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sum4(float* p, nint s, int parts) => parts switch
    {
        1 => Vector128.Load(p),
        2 => Two(p, s),
        4 => Four(p, s),
        8 => Four(p, s) + Four(p + (4 * s), s),
        _ => Four(p, s) + Four(p + (4 * s), s) + (Four(p + (8 * s), s) + Four(p + (12 * s), s)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Two(float* p, nint s) => Vector128.Load(p) + Vector128.Load(p + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Four(float* p, nint s) => Two(p, s) + Two(p + (2 * s), s);
}
