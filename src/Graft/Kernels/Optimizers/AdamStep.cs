using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>
/// What Adam and LAMB do alike: the running means m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2 of a gradient and of its square, and the direction
/// rate m / (root sqrt(v) + epsilon), where rate and root hold the corrections for their start at zero.
/// </summary>
/// <param name="Beta1">How much of the mean gradient is kept.</param>
/// <param name="Beta2">How much of the mean squared gradient is kept.</param>
/// <param name="Rate">Multiplies the mean gradient: the learning rate, or 1, over 1 - beta1^t.</param>
/// <param name="Root">1 / sqrt(1 - beta2^t).</param>
/// <param name="Epsilon">Added to the root of the mean square.</param>
/// <param name="Scale">Multiplies the gradient.</param>
/// <param name="Clear">Whether the gradient is zero afterwards.</param>
internal readonly record struct AdamStep(float Beta1, float Beta2, float Rate, float Root, float Epsilon, float Scale, bool Clear)
{
    /// <summary>1 - beta1, subtracted before rounding.</summary>
    public float New1 { get; init; } = 1 - Beta1;

    /// <summary>1 - beta2, subtracted before rounding.</summary>
    public float New2 { get; init; } = 1 - Beta2;

    /// <summary>The numbers of a step, the first being 1.</summary>
    public static AdamStep Of(long step, double beta1, double beta2, double rate, double epsilon, float scale, bool clear) => new(
        (float)beta1, (float)beta2, (float)(rate / (1 - Math.Pow(beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))), (float)epsilon, scale, clear)
    {
        New1 = (float)(1 - beta1),
        New2 = (float)(1 - beta2),
    };

    /// <summary>The formula of the running means, in float64.</summary>
    public (double Mean, double Square) Renewed(float g, float m, float v)
    {
        double gradient = (double)Scale * g;
        return (((double)Beta1 * m) + (New1 * gradient), ((double)Beta2 * v) + (New2 * gradient * gradient));
    }

    /// <summary>The formula of the direction, in float64.</summary>
    public double Direction(double mean, double square) => Rate * mean / ((Root * Math.Sqrt(square)) + Epsilon);
}

/// <summary>The numbers of an <see cref="AdamStep"/> in vectors.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct AdamVectors<TSimd, TVector>(in AdamStep step)
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    private readonly TVector beta1 = TSimd.Broadcast(step.Beta1), new1 = TSimd.Broadcast(step.New1), beta2 = TSimd.Broadcast(step.Beta2), new2 = TSimd.Broadcast(step.New2);
    private readonly TVector rate = TSimd.Broadcast(step.Rate), root = TSimd.Broadcast(step.Root), epsilon = TSimd.Broadcast(step.Epsilon), scale = TSimd.Broadcast(step.Scale);

    /// <summary>Renews the running means of some numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Renew<TAccess>(float* g, float* m, float* v, int count, out TVector mean, out TVector square)
        where TAccess : struct, IAccess<TVector>
    {
        TVector gradient = TSimd.Multiply(scale, TAccess.Load(g, count));
        mean = TSimd.MultiplyAdd(new1, gradient, TSimd.Multiply(beta1, TAccess.Load(m, count)));
        square = TSimd.MultiplyAdd(TSimd.Multiply(new2, gradient), gradient, TSimd.Multiply(beta2, TAccess.Load(v, count)));
        TAccess.Store(mean, m, count);
        TAccess.Store(square, v, count);
    }

    /// <summary>The direction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Direction(TVector mean, TVector square) => TSimd.Divide(TSimd.Multiply(rate, mean), TSimd.MultiplyAdd(root, TSimd.Sqrt(square), epsilon));
}
