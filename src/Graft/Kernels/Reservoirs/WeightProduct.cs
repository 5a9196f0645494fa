using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// The product of packed weights and one vector: y = c + W x. Each element is one chain of multiply-adds, panel first, then slices, in the order of the columns, whatever the width, the threads or the
/// number of vectors: its bits depend on nothing else.
/// </summary>
internal static unsafe class WeightProduct
{
    /// <summary>Computes some groups of rows.</summary>
    /// <param name="weights">W.</param>
    /// <param name="first">The first group.</param>
    /// <param name="end">Behind the last group.</param>
    /// <param name="x">x.</param>
    /// <param name="start">c, [16 groups]; null for zeros. May be y.</param>
    /// <param name="y">y, [16 groups].</param>
    public static void Run<T, TWeight>(PackedWeights<TWeight> weights, int first, int end, T* x, T* start, T* y)
        where T : unmanaged
        where TWeight : unmanaged
    {
        if (Vector512.IsHardwareAccelerated) WeightProduct<StateLanes512<T>, Vector512<T>, T, TWeight>.Run(weights, first, end, x, start, y);
        else if (Vector256.IsHardwareAccelerated) WeightProduct<StateLanes256<T>, Vector256<T>, T, TWeight>.Run(weights, first, end, x, start, y);
        else WeightProduct<StateLanes128<T>, Vector128<T>, T, TWeight>.Run(weights, first, end, x, start, y);
    }

    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(Graft.Reservoirs.SparseMatrix weights, ReadOnlySpan<double> x, ReadOnlySpan<double> start, Span<double> y)
    {
        weights.Multiply(x, y);
        for (int i = 0; i < y.Length && !start.IsEmpty; i++) y[i] += start[i];
    }
}

/// <summary>The tiles of <see cref="WeightProduct"/> for one vector width: four vectors of sums at a time, so that the chains hide the latency of a multiply-add.</summary>
internal static unsafe class WeightProduct<TLanes, TVector, T, TWeight>
    where TLanes : struct, IStateLanes<TVector, T>
    where TVector : struct
    where T : unmanaged
    where TWeight : unmanaged
{
    private const int Group = PackedWeights<TWeight>.Group;

    public static void Run(PackedWeights<TWeight> weights, int first, int end, T* x, T* start, T* y)
    {
        int group = first;
        if (typeof(TWeight) == typeof(UpperHalf))
        {
            WeightProductHalves<TLanes, TVector, T>.Run((PackedWeights<UpperHalf>)(object)weights, first, end, x, start, y);
            group = end;
        }

        if (TLanes.Count == Group)
        {
            for (; group <= end - 4; group += 4) FourGroups(weights, group, x, start, y);
        }

        if (TLanes.Count == Group / 2)
        {
            for (; group <= end - 2; group += 2) TwoGroups(weights, group, x, start, y);
        }

        for (; group < end; group++)
        {
            for (int lane = 0; lane < Group; lane += 4 * TLanes.Count)
            {
                if (TLanes.Count == Group) OneVector(weights, group, 0, x, start, y);
                else if (TLanes.Count == Group / 2) TwoVectors(weights, group, x, start, y);
                else FourVectors(weights, group, lane, x, start, y);
            }
        }

        if (weights.SliceStarts[first] < weights.SliceStarts[end]) Slices(weights, first, end, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourGroups(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + Group);
        TVector s2 = start is null ? default : TLanes.Load(from + (2 * Group)), s3 = start is null ? default : TLanes.Load(from + (3 * Group));
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2), k3 = Unsafe.Add(ref starts, 3), k4 = Unsafe.Add(ref starts, 4);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1, c2 = weights.PanelColumns + k2, c3 = weights.PanelColumns + k3;
        TWeight* panels = weights.PanelWeights;
        TWeight* w0 = panels + ((nint)k0 * Group), w1 = panels + ((nint)k1 * Group), w2 = panels + ((nint)k2 * Group), w3 = panels + ((nint)k3 * Group);
        nint n0 = k1 - k0, n1 = k2 - k1, n2 = k3 - k2, n3 = k4 - k3, common = Math.Min(Math.Min(n0, n1), Math.Min(n2, n3)), k = 0;
        for (; k < common; k++)
        {
            nint at = k * Group;
            s0 = TLanes.MultiplyAdd(TLanes.LoadWeights(w0 + at), TLanes.BroadcastFrom(x + c0[k]), s0);
            s1 = TLanes.MultiplyAdd(TLanes.LoadWeights(w1 + at), TLanes.BroadcastFrom(x + c1[k]), s1);
            s2 = TLanes.MultiplyAdd(TLanes.LoadWeights(w2 + at), TLanes.BroadcastFrom(x + c2[k]), s2);
            s3 = TLanes.MultiplyAdd(TLanes.LoadWeights(w3 + at), TLanes.BroadcastFrom(x + c3[k]), s3);
        }

        TLanes.Store(Rest(s0, w0, c0, k, n0, x), to);
        TLanes.Store(Rest(s1, w1, c1, k, n1, x), to + Group);
        TLanes.Store(Rest(s2, w2, c2, k, n2, x), to + (2 * Group));
        TLanes.Store(Rest(s3, w3, c3, k, n3, x), to + (3 * Group));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest(TVector sum, TWeight* w, int* columns, nint k, nint count, T* x)
    {
        for (; k < count; k++) sum = TLanes.MultiplyAdd(TLanes.LoadWeights(w + (k * Group)), TLanes.BroadcastFrom(x + columns[k]), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoGroups(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        int half = TLanes.Count;
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + half);
        TVector s2 = start is null ? default : TLanes.Load(from + Group), s3 = start is null ? default : TLanes.Load(from + Group + half);
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1;
        TWeight* w0 = weights.PanelWeights + ((nint)k0 * Group), w1 = weights.PanelWeights + ((nint)k1 * Group);
        nint n0 = k1 - k0, n1 = k2 - k1, common = Math.Min(n0, n1), k = 0;
        for (; k < common; k++)
        {
            nint at = k * Group;
            TVector x0 = TLanes.BroadcastFrom(x + c0[k]), x1 = TLanes.BroadcastFrom(x + c1[k]);
            s0 = TLanes.MultiplyAdd(TLanes.LoadWeights(w0 + at), x0, s0);
            s1 = TLanes.MultiplyAdd(TLanes.LoadWeights(w0 + at + half), x0, s1);
            s2 = TLanes.MultiplyAdd(TLanes.LoadWeights(w1 + at), x1, s2);
            s3 = TLanes.MultiplyAdd(TLanes.LoadWeights(w1 + at + half), x1, s3);
        }

        TLanes.Store(Rest(s0, w0, c0, k, n0, x), to);
        TLanes.Store(Rest(s1, w0 + half, c0, k, n0, x), to + half);
        TLanes.Store(Rest(s2, w1, c1, k, n1, x), to + Group);
        TLanes.Store(Rest(s3, w1 + half, c1, k, n1, x), to + Group + half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors(PackedWeights<TWeight> weights, int group, int lane, T* x, T* start, T* y)
    {
        T* from = start + (group * Group) + lane, to = y + (group * Group) + lane;
        int width = TLanes.Count;
        TVector s0 = start is null ? default : TLanes.Load(from), s1 = start is null ? default : TLanes.Load(from + width);
        TVector s2 = start is null ? default : TLanes.Load(from + (2 * width)), s3 = start is null ? default : TLanes.Load(from + (3 * width));
        int begin = weights.PanelStarts[group];
        int* columns = weights.PanelColumns + begin;
        TWeight* w = weights.PanelWeights + ((nint)begin * Group) + lane;
        nint count = weights.PanelStarts[group + 1] - begin;
        for (nint k = 0; k < count; k++, w += Group)
        {
            TVector value = TLanes.BroadcastFrom(x + columns[k]);
            s0 = TLanes.MultiplyAdd(TLanes.LoadWeights(w), value, s0);
            s1 = TLanes.MultiplyAdd(TLanes.LoadWeights(w + width), value, s1);
            s2 = TLanes.MultiplyAdd(TLanes.LoadWeights(w + (2 * width)), value, s2);
            s3 = TLanes.MultiplyAdd(TLanes.LoadWeights(w + (3 * width)), value, s3);
        }

        TLanes.Store(s0, to);
        TLanes.Store(s1, to + width);
        TLanes.Store(s2, to + (2 * width));
        TLanes.Store(s3, to + (3 * width));
    }

    private static void TwoVectors(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        OneVector(weights, group, 0, x, start, y);
        OneVector(weights, group, TLanes.Count, x, start, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector(PackedWeights<TWeight> weights, int group, int lane, T* x, T* start, T* y)
    {
        nint place = (group * Group) + lane;
        int begin = weights.PanelStarts[group];
        TVector sum = start is null ? default : TLanes.Load(start + place);
        sum = Rest(sum, weights.PanelWeights + ((nint)begin * Group) + lane, weights.PanelColumns + begin, 0, weights.PanelStarts[group + 1] - begin, x);
        TLanes.Store(sum, y + place);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slices(PackedWeights<TWeight> weights, int first, int end, T* x, T* y)
    {
        for (int group = first; group < end; group++)
        {
            nint begin = weights.SliceStarts[group], count = weights.SliceStarts[group + 1] - begin;
            for (int lane = 0; lane < Group; lane += TLanes.Count)
            {
                T* to = y + (group * Group) + lane;
                int* columns = weights.SliceColumns + (begin * Group) + lane;
                TWeight* w = weights.SliceWeights + (begin * Group) + lane;
                TVector sum = TLanes.Load(to);
                for (nint k = 0; k < count; k++) sum = TLanes.MultiplyAdd(TLanes.LoadWeights(w + (k * Group)), TLanes.Gather(x, columns + (k * Group)), sum);
                TLanes.Store(sum, to);
            }
        }
    }
}
