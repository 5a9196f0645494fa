using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Whole numbers multiplied and added as float32, and what becomes of the sums: depthwise convolutions that <see cref="ByteKernel.Convolve"/> cannot do, because of their kernels or steps, or because numbers come out.</summary>
internal static unsafe partial class ByteTapKernel
{
    /// <summary>sum[c] += (x[c] - zero) weight[c], all whole.</summary>
    [Dispatch]
    public static partial void AddProducts(int channels, byte* x, int zero, float* weight, float* sum);

    /// <summary>y[c] = (sum[c] + bias[c]) multiplier[c].</summary>
    [Dispatch]
    public static partial void Scale(int channels, float* sum, float* bias, float* multiplier, float* y);

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
}
