using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>The numbers of one step of <see cref="AdamKernel"/>.</summary>
/// <param name="Beta1">How much of the mean gradient is kept.</param>
/// <param name="Beta2">How much of the mean squared gradient is kept.</param>
/// <param name="Keep">What remains of a weight: 1 - rate decay.</param>
/// <param name="Rate">The learning rate, divided by 1 - beta1^t.</param>
/// <param name="Root">1 / sqrt(1 - beta2^t).</param>
/// <param name="Epsilon">Added to the root of the mean square.</param>
/// <param name="Scale">Multiplies the gradient.</param>
/// <param name="Clear">Whether the gradient is zero afterwards.</param>
internal readonly record struct AdamStep(float Beta1, float Beta2, float Keep, float Rate, float Root, float Epsilon, float Scale, bool Clear)
{
    /// <summary>1 - beta1, subtracted before rounding.</summary>
    public float New1 { get; init; } = 1 - Beta1;

    /// <summary>1 - beta2, subtracted before rounding.</summary>
    public float New2 { get; init; } = 1 - Beta2;
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2): m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// w = keep w - rate m / (root sqrt(v) + epsilon), where rate and root hold the bias corrections. One pass over memory.
/// </summary>
internal static unsafe partial class AdamKernel
{
    /// <summary>The formula, in float64.</summary>
    public static void Reference(in AdamStep step, Span<float> g, Span<float> m, Span<float> v, Span<float> w)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double gradient = (double)step.Scale * g[i];
            double mean = ((double)step.Beta1 * m[i]) + (step.New1 * gradient), square = ((double)step.Beta2 * v[i]) + (step.New2 * gradient * gradient);
            (m[i], v[i]) = ((float)mean, (float)square);
            w[i] = (float)(((double)step.Keep * w[i]) - (step.Rate * mean / ((step.Root * Math.Sqrt(square)) + step.Epsilon)));
            if (step.Clear) g[i] = 0;
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">Its running mean.</param>
    /// <param name="v">The running mean of its square.</param>
    /// <param name="w">The weights.</param>
    [Dispatch]
    public static partial void Run(in AdamStep step, int count, float* g, float* m, float* v, float* w);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(in AdamStep step, int count, float* g, float* m, float* v, float* w)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        Constants<TVector> constants = new()
        {
            Beta1 = TSimd.Broadcast(step.Beta1),
            Beta2 = TSimd.Broadcast(step.Beta2),
            New1 = TSimd.Broadcast(step.New1),
            New2 = TSimd.Broadcast(step.New2),
            Keep = TSimd.Broadcast(step.Keep),
            Rate = TSimd.Broadcast(step.Rate),
            Root = TSimd.Broadcast(step.Root),
            Epsilon = TSimd.Broadcast(step.Epsilon),
            Scale = TSimd.Broadcast(step.Scale),
        };
        bool clear = step.Clear;
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) At<TVector, Whole<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, TSimd.Lanes, constants, clear);
        if (i < count) At<TVector, First<TSimd, TVector>, TSimd>(g + i, m + i, v + i, w + i, count - i, constants, clear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At<TVector, TAccess, TSimd>(float* g, float* m, float* v, float* w, int count, in Constants<TVector> step, bool clear)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector gradient = TSimd.Multiply(step.Scale, TAccess.Load(g, count));
        TVector mean = TSimd.MultiplyAdd(step.New1, gradient, TSimd.Multiply(step.Beta1, TAccess.Load(m, count)));
        TVector square = TSimd.MultiplyAdd(TSimd.Multiply(step.New2, gradient), gradient, TSimd.Multiply(step.Beta2, TAccess.Load(v, count)));
        TAccess.Store(mean, m, count);
        TAccess.Store(square, v, count);
        TVector move = TSimd.Divide(TSimd.Multiply(step.Rate, mean), TSimd.MultiplyAdd(step.Root, TSimd.Sqrt(square), step.Epsilon));
        TAccess.Store(TSimd.Subtract(TSimd.Multiply(step.Keep, TAccess.Load(w, count)), move), w, count);
        if (clear) TAccess.Store(TSimd.Zero, g, count);
    }

    private struct Constants<TVector>
        where TVector : struct
    {
        public TVector Beta1, Beta2, New1, New2, Keep, Rate, Root, Epsilon, Scale;
    }
}
