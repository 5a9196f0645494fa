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

    [MethodImpl(Compiled.Alone)]
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
        nint next = TSimd.Lanes == SimdWidth.Lanes ? call.Gradient.PlaneStride : TSimd.Lanes;
        bool isScaled = TMask.IsSet && call.Scale is not null;

        // Two vectors at a time, where there are registers for that: whole lines of what is stored as half of float32.
        for (; TSimd.Lanes == 16 && c + (2 * TSimd.Lanes) <= call.Channels; c += 2 * TSimd.Lanes)
        {
            float* d = call.Gradient.Column(c);
            TStored* x = call.X.Column<TStored>(c), target = call.Target.Column<TStored>(c);
            TVector a0 = TSimd.Broadcast(1), a1 = a0, b0 = TSimd.Zero, b1 = b0, m0 = b0, m1 = b0, f0 = b0, f1 = b0, s0 = b0, s1 = b0;
            if (isScaled) (a0, a1, b0, b1) = (TSimd.Load(call.Scale + c), TSimd.Load(call.Scale + c + TSimd.Lanes), TSimd.Load(call.Shift + c), TSimd.Load(call.Shift + c + TSimd.Lanes));
            if (TSums.IsSet) (m0, m1) = (TSimd.Load(call.Mean + c), TSimd.Load(call.Mean + c + TSimd.Lanes));
            for (int r = 0; r < count; r++, d += ds, x += xs, target += ts)
            {
                TVector g0 = TSimd.Load(d), g1 = TSimd.Load(d + next), v0 = TSimd.Zero, v1 = v0;
                if (TMask.IsSet || TSums.IsSet) (v0, v1) = (TSimd.LoadWidened(x), TSimd.LoadWidened(x + TSimd.Lanes));
                if (TMask.IsSet)
                {
                    g0 = TMask.Pass<TSimd, TVector>(TSimd.MultiplyAdd(v0, a0, b0), low, high, g0);
                    g1 = TMask.Pass<TSimd, TVector>(TSimd.MultiplyAdd(v1, a1, b1), low, high, g1);
                }

                if (accumulates) (g0, g1) = (TSimd.Add(g0, TSimd.LoadWidened(target)), TSimd.Add(g1, TSimd.LoadWidened(target + TSimd.Lanes)));
                if (around)
                {
                    TSimd.StoreRoundedNonTemporal(g0, target);
                    TSimd.StoreRoundedNonTemporal(g1, target + TSimd.Lanes);
                }
                else
                {
                    TSimd.StoreRounded(g0, target);
                    TSimd.StoreRounded(g1, target + TSimd.Lanes);
                }

                if (!TSums.IsSet) continue;
                f0 = TSimd.Add(f0, g0);
                f1 = TSimd.Add(f1, g1);
                s0 = TSimd.MultiplyAdd(g0, TSimd.Subtract(v0, m0), s0);
                s1 = TSimd.MultiplyAdd(g1, TSimd.Subtract(v1, m1), s1);
            }

            if (!TSums.IsSet) continue;
            TSimd.AddTo(f0, call.First + c);
            TSimd.AddTo(f1, call.First + c + TSimd.Lanes);
            TSimd.AddTo(s0, call.Second + c);
            TSimd.AddTo(s1, call.Second + c + TSimd.Lanes);
        }

        for (; c + TSimd.Lanes <= call.Channels; c += TSimd.Lanes)
        {
            TVector a = isScaled ? TSimd.Load(call.Scale + c) : TSimd.Broadcast(1), b = isScaled ? TSimd.Load(call.Shift + c) : TSimd.Zero;
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
