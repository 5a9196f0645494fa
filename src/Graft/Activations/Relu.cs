using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>max(x, 0).</summary>
    public static ActivationFunction Relu { get; } = new ActivationFunction<Relu>("relu") { Clamp = new Clamp(0, float.PositiveInfinity), Kinks = [0] };
}

/// <summary>The formula of <see cref="ActivationFunction.Relu"/>.</summary>
internal readonly struct Relu : IActivation
{
    public static double Apply(double x) => Math.Max(x, 0);

    public static double Derivative(double x) => x > 0 ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Max(TSimd.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x) => TSimd.SelectGreater(x, TSimd.Zero, TSimd.Broadcast(1), TSimd.Zero);
}
