using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>The logistic function, from which activations and gates are made.</summary>
internal static class Logistic
{
    /// <summary>s = 1 / (1 + exp(-x)) and 1 - s, each to full precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Parts<TSimd, TVector>(TVector x, out TVector s, out TVector rest)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector power = VectorExp.Exp<TSimd, TVector>(TSimd.Min(x, TSimd.Subtract(TSimd.Zero, x)));
        TVector larger = TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), power)), smaller = TSimd.Multiply(power, larger);
        s = TSimd.SelectGreater(x, TSimd.Zero, larger, smaller);
        rest = TSimd.SelectGreater(x, TSimd.Zero, smaller, larger);
    }
}
