using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>min(max(x, 0), 6).</summary>
    public static ActivationFunction Relu6 { get; } = new ActivationFunction<Relu6>("relu6") { Clamp = new Clamp(0, 6), Kinks = [0, 6] };
}

/// <summary>The formula of <see cref="ActivationFunction.Relu6"/>.</summary>
internal readonly struct Relu6 : IActivation
{
    public static double Apply(double x) => Math.Min(Math.Max(x, 0), 6);

    public static double Derivative(double x) => x > 0 && x < 6 ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Min(TSimd.Broadcast(6), TSimd.Max(TSimd.Zero, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x) =>
        TSimd.SelectGreater(TSimd.Broadcast(6), x, TSimd.SelectGreater(x, TSimd.Zero, TSimd.Broadcast(1), TSimd.Zero), TSimd.Zero);
}
