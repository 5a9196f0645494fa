using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// Applies a function of one number to every element: y = f(x), and backward dx = f'(x) dy. What is not a number stays so going forward. At a kink f' is the slope of the
/// outer side, as in torch: 0 at the ends of ReLU6 and of hard sigmoid; 0 and 1 at those of hard Swish.
/// </summary>
internal static unsafe partial class ActivationKernel
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

    /// <summary>The derivatives of <see cref="ActivationFunction"/>.</summary>
    public static double Derivative(ActivationFunction function, double x)
    {
        double s = 1 / (1 + Math.Exp(-x));
        return function switch
        {
            ActivationFunction.Identity => 1,
            ActivationFunction.Relu => x > 0 ? 1 : 0,
            ActivationFunction.Relu6 => x > 0 && x < 6 ? 1 : 0,
            ActivationFunction.Sigmoid => s / (1 + Math.Exp(x)),
            ActivationFunction.HardSigmoid => x > -3 && x < 3 ? 1 / 6.0 : 0,
            ActivationFunction.Silu => s * (1 + (x / (1 + Math.Exp(x)))),
            ActivationFunction.HardSwish => x >= 3 ? 1 : x > -3 ? (x / 3) + 0.5 : 0,
            _ => throw new ArgumentOutOfRangeException(nameof(function), function, $"There is no activation function {function}."),
        };
    }

    /// <summary>dx = f'(x) dy for every element, in float64.</summary>
    public static void BackwardReference(ActivationFunction function, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int i = 0; i < x.Length; i++) dx[i] = (float)(Derivative(function, x[i]) * dy[i]);
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
    [Dispatch]
    public static partial void Run(ActivationFunction function, int count, float* x, float* y);

    /// <summary>The vector path of the backward.</summary>
    /// <param name="function">The function.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="x">The input of the forward.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">The gradient of the input, written; it may be <paramref name="dy"/> or <paramref name="x"/>.</param>
    [Dispatch]
    public static partial void Backward(ActivationFunction function, int count, float* x, float* dy, float* dx);

    private static void Run<TSimd, TVector>(ActivationFunction function, int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
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

    private static void Backward<TSimd, TVector>(ActivationFunction function, int count, float* x, float* dy, float* dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        switch (function)
        {
            case ActivationFunction.Identity: BackwardLoop<TSimd, TVector, Identity<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.Relu: BackwardLoop<TSimd, TVector, Relu<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.Relu6: BackwardLoop<TSimd, TVector, Relu6<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.Sigmoid: BackwardLoop<TSimd, TVector, Sigmoid<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.HardSigmoid: BackwardLoop<TSimd, TVector, HardSigmoid<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.Silu: BackwardLoop<TSimd, TVector, Silu<TSimd, TVector>>(count, x, dy, dx); break;
            case ActivationFunction.HardSwish: BackwardLoop<TSimd, TVector, HardSwish<TSimd, TVector>>(count, x, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, $"There is no activation function {function}.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TSimd, TVector, TFunction>(int count, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TFunction : struct, IFunction<TVector>
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TFunction.Apply(TSimd.Load(x + i)), y + i);
        if (i < count) Partial<TSimd, TVector>.Store(TFunction.Apply(Partial<TSimd, TVector>.Load(x + i, count - i)), y + i, count - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardLoop<TSimd, TVector, TFunction>(int count, float* x, float* dy, float* dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TFunction : struct, IFunction<TVector>
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TFunction.Derivative(TSimd.Load(x + i)), TSimd.Load(dy + i)), dx + i);
        if (i == count) return;
        TVector last = TSimd.Multiply(TFunction.Derivative(Partial<TSimd, TVector>.Load(x + i, count - i)), Partial<TSimd, TVector>.Load(dy + i, count - i));
        Partial<TSimd, TVector>.Store(last, dx + i, count - i);
    }

    private interface IFunction<TVector>
    {
        static abstract TVector Apply(TVector x);

        static abstract TVector Derivative(TVector x);
    }

    /// <summary>s = 1 / (1 + exp(-x)) and 1 - s, each to full precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Parts<TSimd, TVector>(TVector x, out TVector s, out TVector rest)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector power = VectorExp.Exp<TSimd, TVector>(TSimd.Min(x, TSimd.Subtract(TSimd.Zero, x)));
        TVector larger = TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), power)), smaller = TSimd.Multiply(power, larger);
        s = TSimd.SelectGreater(x, TSimd.Zero, larger, smaller);
        rest = TSimd.SelectGreater(x, TSimd.Zero, smaller, larger);
    }

    private readonly struct Identity<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x) => TSimd.Broadcast(1);
    }

    // In Min and Max the bound comes first: the hardware gives the second when one of them is not a number.
    private readonly struct Relu<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Max(TSimd.Zero, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x) => TSimd.SelectGreater(x, TSimd.Zero, TSimd.Broadcast(1), TSimd.Zero);
    }

    private readonly struct Relu6<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Min(TSimd.Broadcast(6), TSimd.Max(TSimd.Zero, x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x) => TSimd.SelectGreater(TSimd.Broadcast(6), x, Relu<TSimd, TVector>.Derivative(x), TSimd.Zero);
    }

    private readonly struct Sigmoid<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x)
        {
            Parts<TSimd, TVector>(x, out TVector s, out TVector rest);
            return TSimd.Multiply(s, rest);
        }
    }

    private readonly struct HardSigmoid<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Min(TSimd.Broadcast(1), TSimd.Max(TSimd.Zero, TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 6f), TSimd.Broadcast(0.5f))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x) =>
            TSimd.SelectGreater(x, TSimd.Broadcast(-3), TSimd.SelectGreater(TSimd.Broadcast(3), x, TSimd.Broadcast(1 / 6f), TSimd.Zero), TSimd.Zero);
    }

    private readonly struct Silu<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Divide(x, TSimd.Add(TSimd.Broadcast(1), VectorExp.Exp<TSimd, TVector>(TSimd.Subtract(TSimd.Zero, x))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x)
        {
            Parts<TSimd, TVector>(x, out TVector s, out TVector rest);
            return TSimd.Multiply(s, TSimd.MultiplyAdd(x, rest, TSimd.Broadcast(1)));
        }
    }

    private readonly struct HardSwish<TSimd, TVector> : IFunction<TVector>
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Multiply(x, HardSigmoid<TSimd, TVector>.Apply(x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x)
        {
            TVector slope = TSimd.MultiplyAdd(x, TSimd.Broadcast(1 / 3f), TSimd.Broadcast(0.5f));
            return TSimd.SelectGreater(x, TSimd.Broadcast(-3), TSimd.SelectGreater(TSimd.Broadcast(3), x, slope, TSimd.Broadcast(1)), TSimd.Zero);
        }
    }
}
