using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    public static ActivationFunction Sigmoid { get; } = new ActivationFunction<Sigmoid>("sigmoid");
}

/// <summary>The formula of <see cref="ActivationFunction.Sigmoid"/>.</summary>
internal readonly struct Sigmoid : IActivation
{
    public static double Apply(double x) => 1 / (1 + Math.Exp(-x));

    public static double Derivative(double x) => 1 / (1 + Math.Exp(-x)) / (1 + Math.Exp(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x)
    {
        Logistic.Parts<TSimd, TVector>(x, out TVector s, out TVector rest);
        return TSimd.Multiply(s, rest);
    }
}
