using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>min(max(x / 6 + 1/2, 0), 1): the piecewise linear sigmoid of MobileNetV3 (arXiv:1905.02244, section 5.2). Its slope at both ends is 0.</summary>
    public static ActivationFunction HardSigmoid { get; } = new ActivationFunction<HardSigmoid>("hard_sigmoid") { Kinks = [-3, 3] };
}

/// <summary>The formula of <see cref="ActivationFunction.HardSigmoid"/>.</summary>
internal readonly struct HardSigmoid : IActivation
{
    public static double Apply(double x) => Math.Min(Math.Max((x / 6) + 0.5, 0), 1);

    public static double Derivative(double x) => x > -3 && x < 3 ? 1 / 6.0 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Min(TSimd.Broadcast(1), TSimd.Max(TSimd.Zero, TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 6f), TSimd.Broadcast(0.5f))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x) =>
        TSimd.SelectGreater(x, TSimd.Broadcast(-3), TSimd.SelectGreater(TSimd.Broadcast(3), x, TSimd.Broadcast(1 / 6f), TSimd.Zero), TSimd.Zero);
}
