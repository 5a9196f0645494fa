using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The thresholded linear unit (Singh and Krishnan 2019, arXiv:1911.09737, equation 3): y[r, c] = max(z[r, c], floor[c]). Backward, dz = dy where y &gt; floor, else 0, and what is held back is the
/// floor's: held[c] += sum over r of dy - dz.
/// </summary>
internal static unsafe class FloorKernel
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
    public static void Run(int rows, int channels, float* floors, float* y)
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>>(c, rows, channels, floors, y);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>>(c, rows, channels, floors, y);
        c = Columns<Simd128, Vector128<float>>(c, rows, channels, floors, y);
        Columns<Simd1, float>(c, rows, channels, floors, y);
    }

    /// <summary>The vector path of the backward; a block of rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="floors">The threshold of each channel.</param>
    /// <param name="y">The results of the forward <c>[rows, channels]</c>.</param>
    /// <param name="dy">Their gradients <c>[rows, channels]</c>.</param>
    /// <param name="dz">Receives the gradients in front of the threshold; it may be <paramref name="dy"/>.</param>
    /// <param name="held">Where what is held back is added up for each channel; null where that is not wanted.</param>
    /// <param name="scratch">Memory for a number for each channel.</param>
    public static void Backward(int rows, int channels, float* floors, float* y, float* dy, float* dz, double* held, float* scratch)
    {
        if (held is null)
        {
            Backward<No>(rows, channels, floors, y, dy, dz, scratch);
            return;
        }

        new Span<float>(scratch, channels).Clear();
        Backward<Yes>(rows, channels, floors, y, dy, dz, scratch);
        for (int c = 0; c < channels; c++) held[c] += scratch[c];
    }

    private static void Backward<THeld>(int rows, int channels, float* floors, float* y, float* dy, float* dz, float* held)
        where THeld : struct, IFlag
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>, THeld>(c, rows, channels, floors, y, dy, dz, held);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>, THeld>(c, rows, channels, floors, y, dy, dz, held);
        c = Columns<Simd128, Vector128<float>, THeld>(c, rows, channels, floors, y, dy, dz, held);
        Columns<Simd1, float, THeld>(c, rows, channels, floors, y, dy, dz, held);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector>(int c, int rows, int channels, float* floors, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        for (int r = 0; r < rows; r++, y += channels)
            for (int i = c; i < end; i += TSimd.Lanes) TSimd.Store(TSimd.Max(TSimd.Load(floors + i), TSimd.Load(y + i)), y + i);
        return end;
    }

    // Row after row, as memory lies.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector, THeld>(int c, int rows, int channels, float* floors, float* y, float* dy, float* dz, float* held)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where THeld : struct, IFlag
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        for (int r = 0; r < rows; r++, y += channels, dy += channels, dz += channels)
        {
            for (nint i = c; i < end; i += TSimd.Lanes)
            {
                TVector g = TSimd.Load(dy + i), passed = TSimd.SelectGreater(TSimd.Load(y + i), TSimd.Load(floors + i), g, TSimd.Zero);
                if (THeld.IsSet) TSimd.Store(TSimd.Add(TSimd.Load(held + i), TSimd.Subtract(g, passed)), held + i);
                TSimd.Store(passed, dz + i);
            }
        }

        return end;
    }
}
