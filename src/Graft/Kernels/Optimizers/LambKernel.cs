using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>The numbers of one step of <see cref="LambKernel"/>.</summary>
/// <param name="Beta1">How much of the mean gradient is kept.</param>
/// <param name="Beta2">How much of the mean squared gradient is kept.</param>
/// <param name="Mean">1 / (1 - beta1^t).</param>
/// <param name="Root">1 / sqrt(1 - beta2^t).</param>
/// <param name="Epsilon">Added to the root of the mean square.</param>
/// <param name="Decay">The weight decay.</param>
/// <param name="Scale">Multiplies the gradient.</param>
/// <param name="Clear">Whether the gradient is zero afterwards.</param>
internal readonly record struct LambStep(float Beta1, float Beta2, float Mean, float Root, float Epsilon, float Decay, float Scale, bool Clear)
{
    /// <summary>1 - beta1, subtracted before rounding.</summary>
    public float New1 { get; init; } = 1 - Beta1;

    /// <summary>1 - beta2, subtracted before rounding.</summary>
    public float New2 { get; init; } = 1 - Beta2;
}

/// <summary>
/// The parts of LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2): m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2; then the direction
/// u = mean m / (root sqrt(v) + epsilon) + decay w, whose length and that of w decide how far w goes along it.
/// </summary>
internal static unsafe partial class LambKernel
{
    // Directions are recomputed rather than stored: this many lie in the first cache.
    private const int Block = 1024;

    /// <summary>The formula of the moments and the squared lengths of direction and weights, in float64.</summary>
    public static (double Direction, double Weights) ReferenceMoments(in LambStep step, Span<float> g, Span<float> m, Span<float> v, ReadOnlySpan<float> w)
    {
        double directions = 0, weights = 0;
        for (int i = 0; i < w.Length; i++)
        {
            double gradient = (double)step.Scale * g[i];
            m[i] = (float)(((double)step.Beta1 * m[i]) + (step.New1 * gradient));
            v[i] = (float)(((double)step.Beta2 * v[i]) + (step.New2 * gradient * gradient));
            double direction = Direction(step, m[i], v[i], w[i]);
            directions += direction * direction;
            weights += (double)w[i] * w[i];
            if (step.Clear) g[i] = 0;
        }

        return (directions, weights);
    }

    /// <summary>The formula of the move, in float64.</summary>
    public static void ReferenceMove(in LambStep step, float rate, ReadOnlySpan<float> m, ReadOnlySpan<float> v, Span<float> w)
    {
        for (int i = 0; i < w.Length; i++) w[i] = (float)(w[i] - (rate * Direction(step, m[i], v[i], w[i])));
    }

    /// <summary>The vector path: renews the moments.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">Its running mean.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    /// <returns>The squared lengths of the direction and of the weights.</returns>
    public static (double Direction, double Weights) Moments(in LambStep step, int count, float* g, float* m, float* v, float* w)
    {
        float* block = stackalloc float[Block];
        double directions = 0, weights = 0;
        for (int start = 0; start < count; start += Block)
        {
            int length = Math.Min(Block, count - start);
            Directions(step, length, g + start, m + start, v + start, w + start, block);
            directions += SumOfSquaresKernel.Run(length, block);
            weights += SumOfSquaresKernel.Run(length, w + start);
        }

        return (directions, weights);
    }

    /// <summary>The vector path: w = w - rate u.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="rate">The learning rate, multiplied by the trust ratio.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="m">The running mean of the gradient.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    [Dispatch]
    public static partial void Move(in LambStep step, float rate, int count, float* m, float* v, float* w);

    private static double Direction(in LambStep step, double m, double v, double w) =>
        (step.Mean * m / ((step.Root * Math.Sqrt(v)) + step.Epsilon)) + (step.Decay * w);

    [Dispatch]
    private static partial void Directions(in LambStep step, int count, float* g, float* m, float* v, float* w, float* directions);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Directions<TSimd, TVector>(in LambStep step, int count, float* g, float* m, float* v, float* w, float* directions)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        Constants<TVector> constants = Constants<TVector>.Of<TSimd>(step);
        bool clear = step.Clear;
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes)
            MomentsAt<TVector, Whole<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, directions + i, TSimd.Lanes, constants, clear);
        if (i < count) MomentsAt<TVector, First<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, directions + i, count - i, constants, clear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MomentsAt<TVector, TAccess, TSimd>(float* g, float* m, float* v, float* w, float* directions, int count, in Constants<TVector> step, bool clear)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector gradient = TSimd.Multiply(step.Scale, TAccess.Load(g, count));
        TVector mean = TSimd.MultiplyAdd(step.New1, gradient, TSimd.Multiply(step.Beta1, TAccess.Load(m, count)));
        TVector square = TSimd.MultiplyAdd(TSimd.Multiply(step.New2, gradient), gradient, TSimd.Multiply(step.Beta2, TAccess.Load(v, count)));
        TAccess.Store(mean, m, count);
        TAccess.Store(square, v, count);
        TAccess.Store(Direction<TSimd, TVector>(mean, square, TAccess.Load(w, count), step), directions, count);
        if (clear) TAccess.Store(TSimd.Zero, g, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move<TSimd, TVector>(in LambStep step, float rate, int count, float* m, float* v, float* w)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        Constants<TVector> constants = Constants<TVector>.Of<TSimd>(step);
        TVector negative = TSimd.Broadcast(-rate);
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) MoveAt<TVector, Whole<TSimd, TVector>, TSimd>(m + i, v + i, w + i, TSimd.Lanes, constants, negative);
        if (i < count) MoveAt<TVector, First<TSimd, TVector>, TSimd>(m + i, v + i, w + i, count - i, constants, negative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveAt<TVector, TAccess, TSimd>(float* m, float* v, float* w, int count, in Constants<TVector> step, TVector negative)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector weight = TAccess.Load(w, count);
        TVector direction = Direction<TSimd, TVector>(TAccess.Load(m, count), TAccess.Load(v, count), weight, step);
        TAccess.Store(TSimd.MultiplyAdd(negative, direction, weight), w, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Direction<TSimd, TVector>(TVector m, TVector v, TVector w, in Constants<TVector> step)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct =>
        TSimd.MultiplyAdd(step.Decay, w, TSimd.Divide(TSimd.Multiply(step.Mean, m), TSimd.MultiplyAdd(step.Root, TSimd.Sqrt(v), step.Epsilon)));

    private struct Constants<TVector>
        where TVector : struct
    {
        public TVector Beta1, New1, Beta2, New2, Mean, Root, Epsilon, Decay, Scale;

        public static Constants<TVector> Of<TSimd>(in LambStep step)
            where TSimd : struct, ISimd<TVector, float> => new()
            {
                Beta1 = TSimd.Broadcast(step.Beta1),
                New1 = TSimd.Broadcast(step.New1),
                Beta2 = TSimd.Broadcast(step.Beta2),
                New2 = TSimd.Broadcast(step.New2),
                Mean = TSimd.Broadcast(step.Mean),
                Root = TSimd.Broadcast(step.Root),
                Epsilon = TSimd.Broadcast(step.Epsilon),
                Decay = TSimd.Broadcast(step.Decay),
                Scale = TSimd.Broadcast(step.Scale),
            };
    }
}
