using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>The sum of two arrays, element by element. Backward, the gradient of each summand is that of the sum; where a value has several readers, <see cref="Run"/> adds up their gradients.</summary>
internal static unsafe partial class AddKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
    {
        for (int i = 0; i < a.Length; i++) y[i] = a[i] + b[i];
    }

    /// <summary>The vector path.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="a">The first summand.</param>
    /// <param name="b">The second summand.</param>
    /// <param name="y">The sum; it may be <paramref name="a"/> or <paramref name="b"/>.</param>
    [Dispatch]
    public static partial void Run(int count, float* a, float* b, float* y);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int count, float* a, float* b, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TSimd.Add(TSimd.Load(a + i), TSimd.Load(b + i)), y + i);
        for (; i < count; i++) y[i] = a[i] + b[i];
    }
}
