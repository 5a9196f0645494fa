using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>x hardsigmoid(x) (arXiv:1905.02244, section 5.2). Its slope at the ends is 0 and 1.</summary>
    public static ActivationFunction HardSwish { get; } = new ActivationFunction<HardSwish>("hard_swish") { Kinks = [-3, 3] };
}

/// <summary>The formula of <see cref="ActivationFunction.HardSwish"/>.</summary>
internal readonly struct HardSwish : IActivation
{
    public static double Apply(double x) => x * HardSigmoid.Apply(x);

    public static double Derivative(double x) => x >= 3 ? 1 : x > -3 ? (x / 3) + 0.5 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Multiply(x, TSimd.Min(TSimd.Broadcast(1), TSimd.Max(TSimd.Zero, TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 6f), TSimd.Broadcast(0.5f)))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x)
    {
        TVector slope = TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 3f), TSimd.Broadcast(0.5f));
        return TSimd.SelectGreater(x, TSimd.Broadcast(-3), TSimd.SelectGreater(TSimd.Broadcast(3), x, slope, TSimd.Broadcast(1)), TSimd.Zero);
    }
}
