using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>The numbers of one step of <see cref="SgdKernel"/>.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="Momentum">How much of the last velocity is kept.</param>
/// <param name="Decay">The weight decay.</param>
/// <param name="Scale">Multiplies the gradient.</param>
/// <param name="Nesterov">Whether to look a step ahead.</param>
/// <param name="Clear">Whether the gradient is zero afterwards.</param>
internal readonly record struct SgdStep(float Rate, float Momentum, float Decay, float Scale, bool Nesterov, bool Clear);

/// <summary>
/// Gradient descent with momentum, in PyTorch's form: d = scale g + decay w; m = momentum m + d; w = w - rate (nesterov ? d + momentum m : m). One pass over memory.
/// </summary>
internal static unsafe partial class SgdKernel
{
    /// <summary>The formula, in float64.</summary>
    public static void Reference(in SgdStep step, Span<float> g, Span<float> m, Span<float> w)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double d = ((double)step.Scale * g[i]) + ((double)step.Decay * w[i]);
            double velocity = ((double)step.Momentum * m[i]) + d;
            m[i] = (float)velocity;
            w[i] = (float)(w[i] - (step.Rate * (step.Nesterov ? d + (step.Momentum * velocity) : velocity)));
            if (step.Clear) g[i] = 0;
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">The velocity.</param>
    /// <param name="w">The weights.</param>
    [Dispatch]
    public static partial void Run(in SgdStep step, int count, float* g, float* m, float* w);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(in SgdStep step, int count, float* g, float* m, float* w)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        Constants<TVector> constants = new()
        {
            Rate = TSimd.Broadcast(-step.Rate),
            Momentum = TSimd.Broadcast(step.Momentum),
            Decay = TSimd.Broadcast(step.Decay),
            Scale = TSimd.Broadcast(step.Scale),
        };
        bool nesterov = step.Nesterov, clear = step.Clear;
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) At<TVector, Whole<TSimd, TVector>, TSimd>(g + i, m + i, w + i, TSimd.Lanes, constants, nesterov, clear);
        if (i < count) At<TVector, First<TSimd, TVector>, TSimd>(g + i, m + i, w + i, count - i, constants, nesterov, clear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At<TVector, TAccess, TSimd>(float* g, float* m, float* w, int count, in Constants<TVector> step, bool nesterov, bool clear)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector weight = TAccess.Load(w, count);
        TVector direction = TSimd.MultiplyAdd(step.Decay, weight, TSimd.Multiply(step.Scale, TAccess.Load(g, count)));
        TVector velocity = TSimd.MultiplyAdd(step.Momentum, TAccess.Load(m, count), direction);
        TAccess.Store(velocity, m, count);
        TAccess.Store(TSimd.MultiplyAdd(step.Rate, nesterov ? TSimd.MultiplyAdd(step.Momentum, velocity, direction) : velocity, weight), w, count);
        if (clear) TAccess.Store(TSimd.Zero, g, count);
    }

    private struct Constants<TVector>
        where TVector : struct
    {
        public TVector Rate, Momentum, Decay, Scale;
    }
}
