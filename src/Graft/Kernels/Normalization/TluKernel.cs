using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The thresholded linear unit (Singh and Krishnan 2019, arXiv:1911.09737, equation 3): y[r, c] = max(z[r, c], floor[c]). Backward, dz = dy where y &gt; floor,
/// else 0, and what is held back is the
/// floor's: held[c] += sum over r of dy - dz. The vector path of the backward is part of <see cref="NormSumsKernel"/> and <see cref="CenteredKernel"/>:
/// <see cref="TluThreshold"/>.
/// </summary>
internal static unsafe partial class TluKernel
{
    /// <summary>The formula, in place.</summary>
    public static void Reference(int rows, int channels, ReadOnlySpan<float> floors, Span<float> y)
    {
        for (int i = 0; i < rows * channels; i++) y[i] = Math.Max(y[i], floors[i % channels]);
    }

    /// <summary>The formula of the backward.</summary>
    public static void BackwardReference(int rows, int channels, ReadOnlySpan<float> floors, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz, Span<double> held)
    {
        for (int i = 0; i < rows * channels; i++)
        {
            bool passes = y[i] > floors[i % channels];
            dz[i] = passes ? dy[i] : 0;
            if (!passes) held[i % channels] += dy[i];
        }
    }

    /// <summary>The vector path, in place.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="floors">The threshold of each channel.</param>
    /// <param name="y">The values <c>[rows, channels]</c>.</param>
    [Dispatch]
    public static partial void Run(int rows, int channels, float* floors, float* y);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int c, int rows, int channels, float* floors, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        for (int r = 0; r < rows; r++, y += channels)
            for (int i = c; i < end; i += TSimd.Lanes) TSimd.Store(TSimd.Max(TSimd.Load(floors + i), TSimd.Load(y + i)), y + i);
        return end;
    }
}
