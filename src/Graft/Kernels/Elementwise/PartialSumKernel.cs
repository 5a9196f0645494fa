using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Elementwise;

/// <summary>Adds up what the parts of a batch gave for a weight gradient: gradient[n, k] += sum over parts p of partials[p][k, n], for 16 n.</summary>
internal static unsafe class PartialSumKernel
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int depth, int count, int parts, float* partials, nint partStride, nint rowStride, float* gradient, nint gradientStride, nint gradientStep = 1)
    {
        // Sixteen k at a time: sums go into a square that is read across, so that whole lines of both sides are used.
        float* square = stackalloc float[16 * Width];
        for (int k = 0; k < depth; k += 16, gradient += 16 * gradientStep)
        {
            int rows = Math.Min(16, depth - k);
            for (int i = 0; i < rows; i++, partials += rowStride)
            {
                Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
                float* source = partials;
                for (int part = 0; part < parts; part++, source += partStride)
                {
                    a += Vector128.Load(source);
                    b += Vector128.Load(source + 4);
                    c += Vector128.Load(source + 8);
                    d += Vector128.Load(source + 12);
                }

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
}
