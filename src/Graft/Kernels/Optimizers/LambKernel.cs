using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>
/// The parts of LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2): the running means of <see cref="AdamStep"/>; then its direction u = direction + decay w, whose length and that of w
/// decide how far w goes along it.
/// </summary>
internal static unsafe partial class LambKernel
{
    // Directions are recomputed rather than stored: this many lie in the first cache.
    private const int Block = 1024;

    /// <summary>The formula of the moments and the squared lengths of direction and weights, in float64.</summary>
    public static (double Direction, double Weights) ReferenceMoments(in AdamStep step, float decay, Span<float> g, Span<float> m, Span<float> v, ReadOnlySpan<float> w)
    {
        double directions = 0, weights = 0;
        for (int i = 0; i < w.Length; i++)
        {
            (double mean, double square) = step.Renewed(g[i], m[i], v[i]);
            (m[i], v[i]) = ((float)mean, (float)square);
            double direction = step.Direction(m[i], v[i]) + ((double)decay * w[i]);
            directions += direction * direction;
            weights += (double)w[i] * w[i];
            if (step.Clear) g[i] = 0;
        }

        return (directions, weights);
    }

    /// <summary>The formula of the move, in float64.</summary>
    public static void ReferenceMove(in AdamStep step, float decay, float rate, ReadOnlySpan<float> m, ReadOnlySpan<float> v, Span<float> w)
    {
        for (int i = 0; i < w.Length; i++) w[i] = (float)(w[i] - (rate * (step.Direction(m[i], v[i]) + ((double)decay * w[i]))));
    }

    /// <summary>The vector path: renews the moments.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="decay">The weight decay.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">Its running mean.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    /// <returns>The squared lengths of the direction and of the weights.</returns>
    public static (double Direction, double Weights) Moments(in AdamStep step, float decay, int count, float* g, float* m, float* v, float* w)
    {
        float* block = stackalloc float[Block];
        double directions = 0, weights = 0;
        for (int start = 0; start < count; start += Block)
        {
            int length = Math.Min(Block, count - start);
            Directions(step, decay, length, g + start, m + start, v + start, w + start, block);
            directions += SumOfSquaresKernel.Run(length, block);
            weights += SumOfSquaresKernel.Run(length, w + start);
        }

        return (directions, weights);
    }

    /// <summary>The vector path: w = w - rate u.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="decay">The weight decay.</param>
    /// <param name="rate">The learning rate, multiplied by the trust ratio.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="m">The running mean of the gradient.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    [Dispatch]
    public static partial void Move(in AdamStep step, float decay, float rate, int count, float* m, float* v, float* w);

    [Dispatch]
    private static partial void Directions(in AdamStep step, float decay, int count, float* g, float* m, float* v, float* w, float* directions);

    [MethodImpl(Compiled.Alone)]
    private static void Directions<TSimd, TVector>(in AdamStep step, float decay, int count, float* g, float* m, float* v, float* w, float* directions)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        AdamVectors<TSimd, TVector> vectors = new(step);
        TVector decays = TSimd.Broadcast(decay);
        bool clear = step.Clear;
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes)
            DirectionAt<TVector, Whole<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, directions + i, TSimd.Lanes, vectors, decays, clear);
        if (i < count) DirectionAt<TVector, First<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, directions + i, count - i, vectors, decays, clear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DirectionAt<TVector, TAccess, TSimd>(
        float* g, float* m, float* v, float* w, float* directions, int count, in AdamVectors<TSimd, TVector> step, TVector decay, bool clear)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        step.Renew<TAccess>(g, m, v, count, out TVector mean, out TVector square);
        TAccess.Store(TSimd.MultiplyAdd(decay, TAccess.Load(w, count), step.Direction(mean, square)), directions, count);
        if (clear) TAccess.Store(TSimd.Zero, g, count);
    }

    [MethodImpl(Compiled.Alone)]
    private static void Move<TSimd, TVector>(in AdamStep step, float decay, float rate, int count, float* m, float* v, float* w)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        AdamVectors<TSimd, TVector> vectors = new(step);
        TVector decays = TSimd.Broadcast(decay), negative = TSimd.Broadcast(-rate);
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) MoveAt<TVector, Whole<TSimd, TVector>, TSimd>(m + i, v + i, w + i, TSimd.Lanes, vectors, decays, negative);
        if (i < count) MoveAt<TVector, First<TSimd, TVector>, TSimd>(m + i, v + i, w + i, count - i, vectors, decays, negative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveAt<TVector, TAccess, TSimd>(float* m, float* v, float* w, int count, in AdamVectors<TSimd, TVector> step, TVector decay, TVector negative)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector weight = TAccess.Load(w, count);
        TVector direction = TSimd.MultiplyAdd(decay, weight, step.Direction(TAccess.Load(m, count), TAccess.Load(v, count)));
        TAccess.Store(TSimd.MultiplyAdd(negative, direction, weight), w, count);
    }
}
