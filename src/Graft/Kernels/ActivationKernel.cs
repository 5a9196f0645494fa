using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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

    /// <summary>Whether a function only cuts off what is below or above a bound, so that a kernel's epilogue can compute it.</summary>
    public static bool IsClamp(ActivationFunction function, out float low, out float high)
    {
        (low, high) = function switch
        {
            ActivationFunction.Relu => (0, float.PositiveInfinity),
            ActivationFunction.Relu6 => (0, 6),
            _ => (float.NegativeInfinity, float.PositiveInfinity),
        };
        return function is ActivationFunction.Identity or ActivationFunction.Relu or ActivationFunction.Relu6;
    }

    /// <summary>The vector path.</summary>
    /// <param name="function">The function.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="x">The input.</param>
    /// <param name="y">The output; it may be <paramref name="x"/>.</param>
    public static void Run(ActivationFunction function, int count, float* x, float* y)
    {
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(function, count, x, y);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(function, count, x, y);
        else Run<Simd128, Vector128<float>>(function, count, x, y);
    }

    private static void Run<TSimd, TVector>(ActivationFunction function, int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        switch (function)
        {
            case ActivationFunction.Identity: Loop<TSimd, TVector, Identity<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.Relu: Loop<TSimd, TVector, Relu<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.Relu6: Loop<TSimd, TVector, Relu6<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.Sigmoid: Loop<TSimd, TVector, Sigmoid<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.HardSigmoid: Loop<TSimd, TVector, HardSigmoid<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.Silu: Loop<TSimd, TVector, Silu<TSimd, TVector>>(count, x, y); break;
            case ActivationFunction.HardSwish: Loop<TSimd, TVector, HardSwish<TSimd, TVector>>(count, x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, $"There is no activation function {function}.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TSimd, TVector, TFunction>(int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TFunction : struct, IFunction<TVector>
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TFunction.Apply(TSimd.Load(x + i)), y + i);
        if (i < count) Partial<TSimd, TVector>.Store(TFunction.Apply(Partial<TSimd, TVector>.Load(x + i, count - i)), y + i, count - i);
    }

    private interface IFunction<TVector>
    {
        static abstract TVector Apply(TVector x);
    }

    private readonly struct Identity<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => x;
    }

    // In Min and Max the bound comes first: the hardware gives the second when one of them is not a number.
    private readonly struct Relu<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Max(TSimd.Zero, x);
    }

    private readonly struct Relu6<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Min(TSimd.Broadcast(6), TSimd.Max(TSimd.Zero, x));
    }

    private readonly struct Sigmoid<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));
    }

    private readonly struct HardSigmoid<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Min(TSimd.Broadcast(1), TSimd.Max(TSimd.Zero, TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 6f), TSimd.Broadcast(0.5f))));
    }

    private readonly struct Silu<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Divide(x, TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));
    }

    private readonly struct HardSwish<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Multiply(x, HardSigmoid<TSimd, TVector>.Apply(x));
    }
}
