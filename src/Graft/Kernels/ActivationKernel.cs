using Graft.Networks.Layers;

namespace Graft.Kernels;

/// <summary>Applies a function of one number to every element. What is not a number stays so.</summary>
internal static unsafe class ActivationKernel
{
    /// <summary>The formulas of <see cref="ActivationFunction"/>.</summary>
    public static double Reference(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Identity => x,
        ActivationFunction.Relu => Math.Max(x, 0),
        ActivationFunction.Relu6 => Math.Min(Math.Max(x, 0), 6),
        ActivationFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ActivationFunction.HardSigmoid => Math.Min(Math.Max((x / 6) + 0.5, 0), 1),
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.HardSwish => x * Math.Min(Math.Max((x / 6) + 0.5, 0), 1),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, $"There is no activation function {function}."),
    };

    /// <summary>The formula for every element, in float64.</summary>
    public static void Reference(ActivationFunction function, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = (float)Reference(function, x[i]);
    }
}
