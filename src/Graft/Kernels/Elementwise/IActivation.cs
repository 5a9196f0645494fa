using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// A function of one number as kernels compute it: y = f(x), and backward dx = f'(x) dy. What is not a number stays so going forward. At a kink f' is the slope of the outer side, as in torch.
/// </summary>
internal interface IActivation
{
    /// <summary>The formula.</summary>
    static abstract double Apply(double x);

    /// <summary>Its derivative.</summary>
    static abstract double Derivative(double x);

    /// <summary>The formula for a vector.</summary>
    static abstract TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct;

    /// <summary>Its derivative for a vector.</summary>
    static abstract TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct;
}
