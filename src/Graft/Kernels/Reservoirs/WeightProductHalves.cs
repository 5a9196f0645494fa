using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>The tiles of <see cref="WeightProduct"/> for panels of float64 weights stored as their upper halves: one load gives two vectors of weights, of rows 8 apart.</summary>
internal static unsafe class WeightProductHalves<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    private const int Group = PackedWeights<UpperHalf>.Group, Half = Group / 2;

    public static void Run(PackedWeights<UpperHalf> weights, int first, int end, T* x, T* start, T* y)
    {
        int group = first;
        if (TSimd.Lanes == Half)
        {
            for (; group <= end - 2; group += 2) TwoGroups(weights, group, x, start, y);
            if (group < end) OneGroup(weights, group, x, start, y);
            return;
        }

        for (; group < end; group++)
        {
            for (int lane = 0; lane < Half; lane += 2 * TSimd.Lanes) FourVectors(weights, group, lane, x, start, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoGroups(PackedWeights<UpperHalf> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + Half);
        TVector s2 = start is null ? default : TSimd.Load(from + Group), s3 = start is null ? default : TSimd.Load(from + Group + Half);
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1;
        T* w0 = (T*)(weights.PanelWeights + ((nint)k0 * Group)), w1 = (T*)(weights.PanelWeights + ((nint)k1 * Group));
        nint n0 = k1 - k0, n1 = k2 - k1, common = Math.Min(n0, n1), k = 0;
        for (; k < common; k++)
        {
            TVector x0 = TSimd.BroadcastFrom(x + c0[k]), p0 = TSimd.Load(w0 + (k * Half));
            s0 = TSimd.MultiplyAdd(TSimd.FromLowerHalves(p0), x0, s0);
            s1 = TSimd.MultiplyAdd(TSimd.FromUpperHalves(p0), x0, s1);
            TVector x1 = TSimd.BroadcastFrom(x + c1[k]), p1 = TSimd.Load(w1 + (k * Half));
            s2 = TSimd.MultiplyAdd(TSimd.FromLowerHalves(p1), x1, s2);
            s3 = TSimd.MultiplyAdd(TSimd.FromUpperHalves(p1), x1, s3);
        }

        Rest(ref s0, ref s1, w0, c0, k, n0, x);
        Rest(ref s2, ref s3, w1, c1, k, n1, x);
        TSimd.Store(s0, to);
        TSimd.Store(s1, to + Half);
        TSimd.Store(s2, to + Group);
        TSimd.Store(s3, to + Group + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneGroup(PackedWeights<UpperHalf> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + Half);
        int begin = weights.PanelStarts[group];
        Rest(ref s0, ref s1, (T*)(weights.PanelWeights + ((nint)begin * Group)), weights.PanelColumns + begin, 0, weights.PanelStarts[group + 1] - begin, x);
        TSimd.Store(s0, to);
        TSimd.Store(s1, to + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rest(ref TVector lower, ref TVector upper, T* w, int* columns, nint k, nint count, T* x)
    {
        TVector s0 = lower, s1 = upper;
        for (; k < count; k++)
        {
            TVector value = TSimd.BroadcastFrom(x + columns[k]), pairs = TSimd.Load(w + (k * Half));
            s0 = TSimd.MultiplyAdd(TSimd.FromLowerHalves(pairs), value, s0);
            s1 = TSimd.MultiplyAdd(TSimd.FromUpperHalves(pairs), value, s1);
        }

        (lower, upper) = (s0, s1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors(PackedWeights<UpperHalf> weights, int group, int lane, T* x, T* start, T* y)
    {
        T* from = start + (group * Group) + lane, to = y + (group * Group) + lane;
        int width = TSimd.Lanes;
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + width);
        TVector s2 = start is null ? default : TSimd.Load(from + Half), s3 = start is null ? default : TSimd.Load(from + Half + width);
        int begin = weights.PanelStarts[group];
        int* columns = weights.PanelColumns + begin;
        T* w = (T*)(weights.PanelWeights + ((nint)begin * Group)) + lane;
        nint count = weights.PanelStarts[group + 1] - begin;
        for (nint k = 0; k < count; k++, w += Half)
        {
            TVector value = TSimd.BroadcastFrom(x + columns[k]), p0 = TSimd.Load(w), p1 = TSimd.Load(w + width);
            s0 = TSimd.MultiplyAdd(TSimd.FromLowerHalves(p0), value, s0);
            s1 = TSimd.MultiplyAdd(TSimd.FromLowerHalves(p1), value, s1);
            s2 = TSimd.MultiplyAdd(TSimd.FromUpperHalves(p0), value, s2);
            s3 = TSimd.MultiplyAdd(TSimd.FromUpperHalves(p1), value, s3);
        }

        TSimd.Store(s0, to);
        TSimd.Store(s1, to + width);
        TSimd.Store(s2, to + Half);
        TSimd.Store(s3, to + Half + width);
    }
}
