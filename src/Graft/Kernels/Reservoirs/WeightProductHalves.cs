using System.Runtime.CompilerServices;

namespace Graft.Kernels.Reservoirs;

/// <summary>The tiles of <see cref="WeightProduct"/> for panels of float64 weights stored as their upper halves: one load gives two vectors of weights, of rows 8 apart.</summary>
internal static unsafe class WeightProductHalves<TLanes, TVector, T>
    where TLanes : struct, IStateLanes<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    private const int Group = PackedWeights<UpperHalf>.Group, Half = Group / 2;

    public static void Run(PackedWeights<UpperHalf> weights, int first, int end, T* x, T* start, T* y)
    {
        int group = first;
        if (TLanes.Count == Half)
        {
            for (; group <= end - 2; group += 2) TwoGroups(weights, group, x, start, y);
            if (group < end) OneGroup(weights, group, x, start, y);
            return;
        }

        for (; group < end; group++)
        {
            for (int lane = 0; lane < Half; lane += 2 * TLanes.Count) FourVectors(weights, group, lane, x, start, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoGroups(PackedWeights<UpperHalf> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + Half);
        TVector s2 = start is null ? default : TLanes.Load(from + Group), s3 = start is null ? default : TLanes.Load(from + Group + Half);
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1;
        T* w0 = (T*)(weights.PanelWeights + ((nint)k0 * Group)), w1 = (T*)(weights.PanelWeights + ((nint)k1 * Group));
        nint n0 = k1 - k0, n1 = k2 - k1, common = Math.Min(n0, n1), k = 0;
        for (; k < common; k++)
        {
            TVector x0 = TLanes.BroadcastFrom(x + c0[k]), p0 = TLanes.Load(w0 + (k * Half));
            s0 = TLanes.MultiplyAdd(TLanes.FromLowerHalves(p0), x0, s0);
            s1 = TLanes.MultiplyAdd(TLanes.FromUpperHalves(p0), x0, s1);
            TVector x1 = TLanes.BroadcastFrom(x + c1[k]), p1 = TLanes.Load(w1 + (k * Half));
            s2 = TLanes.MultiplyAdd(TLanes.FromLowerHalves(p1), x1, s2);
            s3 = TLanes.MultiplyAdd(TLanes.FromUpperHalves(p1), x1, s3);
        }

        Rest(ref s0, ref s1, w0, c0, k, n0, x);
        Rest(ref s2, ref s3, w1, c1, k, n1, x);
        TLanes.Store(s0, to);
        TLanes.Store(s1, to + Half);
        TLanes.Store(s2, to + Group);
        TLanes.Store(s3, to + Group + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneGroup(PackedWeights<UpperHalf> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + Half);
        int begin = weights.PanelStarts[group];
        Rest(ref s0, ref s1, (T*)(weights.PanelWeights + ((nint)begin * Group)), weights.PanelColumns + begin, 0, weights.PanelStarts[group + 1] - begin, x);
        TLanes.Store(s0, to);
        TLanes.Store(s1, to + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rest(ref TVector lower, ref TVector upper, T* w, int* columns, nint k, nint count, T* x)
    {
        TVector s0 = lower, s1 = upper;
        for (; k < count; k++)
        {
            TVector value = TLanes.BroadcastFrom(x + columns[k]), pairs = TLanes.Load(w + (k * Half));
            s0 = TLanes.MultiplyAdd(TLanes.FromLowerHalves(pairs), value, s0);
            s1 = TLanes.MultiplyAdd(TLanes.FromUpperHalves(pairs), value, s1);
        }

        (lower, upper) = (s0, s1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors(PackedWeights<UpperHalf> weights, int group, int lane, T* x, T* start, T* y)
    {
        T* from = start + (group * Group) + lane, to = y + (group * Group) + lane;
        int width = TLanes.Count;
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + width);
        TVector s2 = start is null ? default : TLanes.Load(from + Half), s3 = start is null ? default : TLanes.Load(from + Half + width);
        int begin = weights.PanelStarts[group];
        int* columns = weights.PanelColumns + begin;
        T* w = (T*)(weights.PanelWeights + ((nint)begin * Group)) + lane;
        nint count = weights.PanelStarts[group + 1] - begin;
        for (nint k = 0; k < count; k++, w += Half)
        {
            TVector value = TLanes.BroadcastFrom(x + columns[k]), p0 = TLanes.Load(w), p1 = TLanes.Load(w + width);
            s0 = TLanes.MultiplyAdd(TLanes.FromLowerHalves(p0), value, s0);
            s1 = TLanes.MultiplyAdd(TLanes.FromLowerHalves(p1), value, s1);
            s2 = TLanes.MultiplyAdd(TLanes.FromUpperHalves(p0), value, s2);
            s3 = TLanes.MultiplyAdd(TLanes.FromUpperHalves(p1), value, s3);
        }

        TLanes.Store(s0, to);
        TLanes.Store(s1, to + width);
        TLanes.Store(s2, to + Half);
        TLanes.Store(s3, to + Half + width);
    }
}
