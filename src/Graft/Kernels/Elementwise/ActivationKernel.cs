using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>Applies a function of one number to every element, y = f(x).</summary>
internal static unsafe partial class ActivationKernel
{
    /// <summary>The vector path.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="y">The output; it may be <paramref name="x"/>.</param>
    [Dispatch]
    public static partial void Run<TFunction>(int count, float* x, float* y)
        where TFunction : struct, IActivation;

    /// <summary>The vector path over rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="values">What is changed in place.</param>
    [Dispatch]
    public static partial void InPlace<TFunction>(int rows, int channels, StridedRows values)
        where TFunction : struct, IActivation;

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector, TFunction>(int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TFunction : struct, IActivation
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TFunction.Apply<TSimd, TVector>(TSimd.Load(x + i)), y + i);
        if (i < count) Partial<TSimd, TVector>.Store(TFunction.Apply<TSimd, TVector>(Partial<TSimd, TVector>.Load(x + i, count - i)), y + i, count - i);
    }

    [MethodImpl(Compiled.Alone)]
    private static void InPlace<TSimd, TVector, TFunction>(int rows, int channels, StridedRows values)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TFunction : struct, IActivation
    {
        float* row = values.Start;
        for (int r = 0; r < rows; r++, row += values.RowStride)
        {
            float* at = row;
            int c = 0;
            for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes, at += values.PlaneStride) TSimd.Store(TFunction.Apply<TSimd, TVector>(TSimd.Load(at)), at);
            if (c < channels) Partial<TSimd, TVector>.Store(TFunction.Apply<TSimd, TVector>(Partial<TSimd, TVector>.Load(at, channels - c)), at, channels - c);
        }
    }
}
