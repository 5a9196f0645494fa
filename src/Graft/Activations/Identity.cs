using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>f(x) = x.</summary>
    public static ActivationFunction Identity { get; } = new ActivationFunction<Identity>("identity") { Clamp = Kernels.Elementwise.Clamp.None };
}

/// <summary>The formula of <see cref="ActivationFunction.Identity"/>.</summary>
internal readonly struct Identity : IActivation
{
    public static double Apply(double x) => x;

    public static double Derivative(double x) => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x) => TSimd.Broadcast(1);
}
