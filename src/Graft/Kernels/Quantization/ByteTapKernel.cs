using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Whole numbers multiplied and added as float32, and what becomes of the sums: depthwise convolutions whose kernels are not 3x3.</summary>
internal static unsafe partial class ByteTapKernel
{
    /// <summary>sum[c] += (x[c] - zero) weight[c], all whole.</summary>
    [Dispatch]
    public static partial void AddProducts(int channels, byte* x, int zero, float* weight, float* sum);

    /// <summary>y[c] = (sum[c] + bias[c]) multiplier[c].</summary>
    [Dispatch]
    public static partial void Scale(int channels, float* sum, float* bias, float* multiplier, float* y);

    /// <summary>The bytes of numbers, cut off at bounds.</summary>
    [Dispatch]
    public static partial void Round(int channels, float* x, ByteGrid grid, (byte Low, byte High) bounds, byte* y);

    [MethodImpl(Compiled.Alone)]
    private static int AddProducts<TSimd, TVector>(int c, int channels, byte* x, int zero, float* weight, float* sum)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector taken = TSimd.Broadcast(zero);
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
            TSimd.Store(TSimd.MultiplyAdd(TSimd.Subtract(TSimd.LoadWidened(x + c), taken), TSimd.Load(weight + c), TSimd.Load(sum + c)), sum + c);
        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Scale<TSimd, TVector>(int c, int channels, float* sum, float* bias, float* multiplier, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
            TSimd.Store(TSimd.Multiply(TSimd.Add(TSimd.Load(sum + c), TSimd.Load(bias + c)), TSimd.Load(multiplier + c)), y + c);
        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Round<TSimd, TVector>(int c, int channels, float* x, ByteGrid grid, (byte Low, byte High) bounds, byte* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
            TSimd.StoreRounded(Rounding<TSimd, TVector>.Round(TSimd.Divide(TSimd.Load(x + c), TSimd.Broadcast(grid.Scale)), grid.ZeroPoint, bounds.Low, bounds.High), y + c);
        return c;
    }
}
