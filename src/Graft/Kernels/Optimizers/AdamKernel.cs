using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2): the running means and the direction of <see cref="AdamStep"/>, then
/// w = keep w - direction. One pass over memory.
/// </summary>
internal static unsafe partial class AdamKernel
{
    /// <summary>The formula, in float64.</summary>
    public static void Reference(in AdamStep step, float keep, Span<float> g, Span<float> m, Span<float> v, Span<float> w)
    {
        for (int i = 0; i < w.Length; i++)
        {
            (double mean, double square) = step.Renewed(g[i], m[i], v[i]);
            (m[i], v[i]) = ((float)mean, (float)square);
            w[i] = (float)(((double)keep * w[i]) - step.Direction(mean, square));
            if (step.Clear) g[i] = 0;
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="keep">What remains of a weight: 1 - rate decay.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">Its running mean.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    [Dispatch]
    public static partial void Run(in AdamStep step, float keep, int count, float* g, float* m, float* v, float* w);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(in AdamStep step, float keep, int count, float* g, float* m, float* v, float* w)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        AdamVectors<TSimd, TVector> vectors = new(step);
        TVector kept = TSimd.Broadcast(keep);
        bool clear = step.Clear;
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) At<TVector, Whole<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, TSimd.Lanes, vectors, kept, clear);
        if (i < count) At<TVector, First<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, count - i, vectors, kept, clear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At<TVector, TAccess, TSimd>(float* g, float* m, float* v, float* w, int count, in AdamVectors<TSimd, TVector> step, TVector keep, bool clear)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        step.Renew<TAccess>(g, m, v, count, out TVector mean, out TVector square);
        TAccess.Store(TSimd.Subtract(TSimd.Multiply(keep, TAccess.Load(w, count)), step.Direction(mean, square)), w, count);
        if (clear) TAccess.Store(TSimd.Zero, g, count);
    }
}
