using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Hands a gradient back through an activation to the normalization before it: g[r, c] = dy[r, c] where low &lt; scale[c] x[r, c] + shift[c] &lt; high, else 0,
/// added to what other users of the
/// value gave; and, when all have given, the sums that the normalization's backward needs: first[c] += sum over r of g, second[c] += sum over r of g (x -
/// mean[c]).
/// </summary>
internal unsafe struct GradientSum
{
    /// <summary>The number of rows.</summary>
    public int Count;

    /// <summary>The number of channels.</summary>
    public int Channels;

    /// <summary>The gradient behind the activation.</summary>
    public StridedRows Gradient;

    /// <summary>The value before the normalization.</summary>
    public StoredRows X;

    /// <summary>The normalization's scale; null for none.</summary>
    public float* Scale;

    /// <summary>The normalization's shift.</summary>
    public float* Shift;

    /// <summary>The activation.</summary>
    public Clamp Clamp;

    /// <summary>Receives g; of the type of <see cref="X"/>.</summary>
    public StoredRows Target;

    /// <summary>Whether <see cref="Target"/> holds gradients already.</summary>
    public bool Accumulates;

    /// <summary>Whether g goes past the caches; its rows are whole vectors at multiples of their size, and nothing is there yet.</summary>
    public bool StoresNonTemporal;

    /// <summary>The mean that the second sum is about; null where sums are not wanted.</summary>
    public float* Mean;

    /// <summary>The first sum of each channel.</summary>
    public double* First;

    /// <summary>The second sum of each channel.</summary>
    public double* Second;
}

/// <summary>Computes a <see cref="GradientSum"/>.</summary>
internal static unsafe partial class GradientSumKernel
{
    /// <summary>The formula, of float32.</summary>
    public static void Reference(in GradientSum call)
    {
        for (int r = 0; r < call.Count; r++)
        {
            for (int c = 0; c < call.Channels; c++)
            {
                float x = call.X.Column<float>(c)[r * call.X.RowStride], u = call.Scale is null ? x : (call.Scale[c] * x) + call.Shift[c];
                float* target = call.Target.Column<float>(c) + (r * call.Target.RowStride);
                float g = call.Clamp.IsNone || (u > call.Clamp.Low && u < call.Clamp.High) ? call.Gradient.Column(c)[r * call.Gradient.RowStride] : 0;
                *target = call.Accumulates ? *target + g : g;
                if (call.Mean is null) continue;
                call.First[c] += *target;
                call.Second[c] += *target * ((double)x - call.Mean[c]);
            }
        }
    }

    /// <summary>The vector path.</summary>
    public static void Run(in GradientSum call)
    {
        if (call.Clamp.IsNone) Run<NoMask>(call);
        else Run<ClampMask>(call);
    }

    /// <summary>The same with a function's slope in place of the clamp: g = f'(scale x + shift) dy.</summary>
    /// <typeparam name="TFunction">The function.</typeparam>
    public static void RunThrough<TFunction>(in GradientSum call)
        where TFunction : struct, IActivation => Run<SlopeMask<TFunction>>(call);

    private static void Run<TMask>(in GradientSum call)
        where TMask : struct, IMask
    {
        if (call.Target.Type == ElementType.BFloat16) Run<TMask, BFloat16>(call);
        else Run<TMask, float>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    private static void Run<TMask, TStored>(in GradientSum call)
        where TMask : struct, IMask
        where TStored : unmanaged
    {
        if (call.Mean is null) Columns<TMask, No, TStored>(call);
        else Columns<TMask, Yes, TStored>(call);
    }

    [Dispatch]
    private static partial void Columns<TMask, TSums, TStored>(in GradientSum call)
        where TMask : struct, IMask
        where TSums : struct, IFlag
        where TStored : unmanaged;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector, TMask, TSums, TStored>(int c, in GradientSum call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TMask : struct, IMask
        where TSums : struct, IFlag
        where TStored : unmanaged
    {
        bool accumulates = call.Accumulates, around = TSums.IsSet && call.StoresNonTemporal;
        int count = call.Count;
        nint ds = call.Gradient.RowStride, xs = call.X.RowStride, ts = call.Target.RowStride;
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        for (; c + TSimd.Lanes <= call.Channels; c += TSimd.Lanes)
        {
            TVector a = TMask.IsSet ? call.Scale is null ? TSimd.Broadcast(1) : TSimd.Load(call.Scale + c) : TSimd.Zero;
            TVector b = TMask.IsSet && call.Scale is not null ? TSimd.Load(call.Shift + c) : TSimd.Zero;
            TVector mean = TSums.IsSet ? TSimd.Load(call.Mean + c) : TSimd.Zero, first = TSimd.Zero, second = first;
            float* d = call.Gradient.Column(c);
            TStored* x = call.X.Column<TStored>(c), target = call.Target.Column<TStored>(c);
            for (int r = 0; r < count; r++, d += ds, x += xs, target += ts)
            {
                TVector g = TSimd.Load(d), value = TMask.IsSet || TSums.IsSet ? TSimd.LoadWidened(x) : TSimd.Zero;
                if (TMask.IsSet) g = TMask.Pass<TSimd, TVector>(TSimd.MultiplyAdd(value, a, b), low, high, g);
                if (accumulates) g = TSimd.Add(g, TSimd.LoadWidened(target));
                if (around) TSimd.StoreRoundedNonTemporal(g, target);
                else TSimd.StoreRounded(g, target);
                if (!TSums.IsSet) continue;
                first = TSimd.Add(first, g);
                second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
            }

            if (!TSums.IsSet) continue;
            TSimd.AddTo(first, call.First + c);
            TSimd.AddTo(second, call.Second + c);
        }

        return c;
    }

    /// <summary>What of a gradient passes an activation.</summary>
    private interface IMask
    {
        /// <summary>Whether it is not all of it.</summary>
        static abstract bool IsSet { get; }

        /// <summary>What passes, where the activation's input is u.</summary>
        static abstract TVector Pass<TSimd, TVector>(TVector u, TVector low, TVector high, TVector gradient)
            where TSimd : struct, ISimd<TVector, float>
            where TVector : struct;
    }

    private readonly struct NoMask : IMask
    {
        public static bool IsSet => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TVector IMask.Pass<TSimd, TVector>(TVector u, TVector low, TVector high, TVector gradient) => gradient;
    }

    private readonly struct ClampMask : IMask
    {
        public static bool IsSet => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TVector IMask.Pass<TSimd, TVector>(TVector u, TVector low, TVector high, TVector gradient) => TSimd.Inside(u, low, high, gradient);
    }

    private readonly struct SlopeMask<TFunction> : IMask
        where TFunction : struct, IActivation
    {
        public static bool IsSet => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TVector IMask.Pass<TSimd, TVector>(TVector u, TVector low, TVector high, TVector gradient) => TSimd.Multiply(TFunction.Derivative<TSimd, TVector>(u), gradient);
    }
}
