using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Activations;

public abstract partial class ActivationFunction
{
    /// <summary>x sigmoid(x) (arXiv:1702.03118, arXiv:1710.05941), also called swish.</summary>
    public static ActivationFunction Silu { get; } = new ActivationFunction<Silu>("silu");
}

/// <summary>The formula of <see cref="ActivationFunction.Silu"/>.</summary>
internal readonly struct Silu : IActivation
{
    public static double Apply(double x) => x / (1 + Math.Exp(-x));

    public static double Derivative(double x) => (1 + (x / (1 + Math.Exp(x)))) / (1 + Math.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Apply<TSimd, TVector>(TVector x) => TSimd.Divide(x, TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IActivation.Derivative<TSimd, TVector>(TVector x)
    {
        Logistic.Parts<TSimd, TVector>(x, out TVector s, out TVector rest);
        return TSimd.Multiply(s, TSimd.MultiplyAdd(x, rest, TSimd.Broadcast(1)));
    }
}
