using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Numbers to bytes, <see cref="ByteGrid.Of"/>, and back, <see cref="ByteGrid.At"/>.</summary>
internal static unsafe partial class QuantizeKernel
{
    /// <summary>The bytes of numbers.</summary>
    public static void Run(int count, ByteGrid grid, float* x, byte* y) => Run(count, grid, (0, ByteGrid.Most), x, y);

    /// <summary>The bytes of numbers, cut off at bounds.</summary>
    [Dispatch]
    public static partial void Run(int count, ByteGrid grid, (byte Low, byte High) bounds, float* x, byte* y);

    /// <summary>The numbers of bytes.</summary>
    [Dispatch]
    public static partial void Back(int count, ByteGrid grid, byte* x, float* y);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int i, int count, ByteGrid grid, (byte Low, byte High) bounds, float* x, byte* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector scale = TSimd.Broadcast(grid.Scale);
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes) TSimd.StoreRounded(Rounding<TSimd, TVector>.Round(TSimd.Divide(TSimd.Load(x + i), scale), grid.ZeroPoint, bounds.Low, bounds.High), y + i);
        return i;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Back<TSimd, TVector>(int i, int count, ByteGrid grid, byte* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector scale = TSimd.Broadcast(grid.Scale), zero = TSimd.Broadcast(grid.ZeroPoint);
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Subtract(TSimd.LoadWidened(x + i), zero), scale), y + i);
        return i;
    }
}
