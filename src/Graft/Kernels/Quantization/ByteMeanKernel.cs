using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>The mean over pixels of bytes: y[c] = (sum over p of x[p, c] - pixels zero) factor, the sum exact.</summary>
internal static unsafe partial class ByteMeanKernel
{
    /// <summary>Sums of more are no longer exact in float32.</summary>
    public const int MostPixels = (1 << 24) / ByteGrid.Most;

    /// <summary>The formula.</summary>
    public static void Reference(int pixels, int channels, ByteTerm term, byte* x, float* y)
    {
        for (int c = 0; c < channels; c++)
        {
            float sum = 0;
            for (int p = 0; p < pixels; p++) sum += x[(p * channels) + c];
            y[c] = (sum - term.Zero) * term.Factor;
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="pixels">The number of pixels, at most <see cref="MostPixels"/>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="term">The zero of the sum of all pixels, and what it is multiplied by.</param>
    /// <param name="x">The pixels.</param>
    /// <param name="y">The means.</param>
    [Dispatch]
    public static partial void Run(int pixels, int channels, ByteTerm term, byte* x, float* y);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int c, int pixels, int channels, ByteTerm term, byte* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector zero = TSimd.Broadcast(term.Zero), factor = TSimd.Broadcast(term.Factor);
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector sum = TSimd.Zero;
            for (nint p = 0; p < pixels; p++) sum = TSimd.Add(sum, TSimd.LoadWidened(x + (p * channels) + c));
            TSimd.Store(TSimd.Multiply(TSimd.Subtract(sum, zero), factor), y + c);
        }

        return c;
    }
}
