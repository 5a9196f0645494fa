using System.Runtime.CompilerServices;
using Graft.Numerics;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// The product of packed weights and one vector: y = c + W x. Each element is one chain of multiply-adds, panel first, then slices, in the order of the columns, whatever the width, the threads or the
/// number of vectors: its bits depend on nothing else.
/// </summary>
internal static unsafe partial class WeightProduct
{
    /// <summary>Computes some groups of rows.</summary>
    /// <param name="weights">W.</param>
    /// <param name="first">The first group.</param>
    /// <param name="end">Behind the last group.</param>
    /// <param name="x">x.</param>
    /// <param name="start">c, [16 groups]; null for zeros. May be y.</param>
    /// <param name="y">y, [16 groups].</param>
    [Dispatch]
    public static partial void Run<T, TWeight>(PackedWeights<TWeight> weights, int first, int end, T* x, T* start, T* y)
        where T : unmanaged
        where TWeight : unmanaged;

    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(SparseMatrix weights, ReadOnlySpan<double> x, ReadOnlySpan<double> start, Span<double> y)
    {
        weights.Multiply(x, y);
        for (int i = 0; i < y.Length && !start.IsEmpty; i++) y[i] += start[i];
    }
}

/// <summary>The tiles of <see cref="WeightProduct"/> for one vector width: four vectors of sums at a time, so that the chains hide the latency of a multiply-add.</summary>
internal static unsafe partial class WeightProduct<TSimd, TVector, T, TWeight>
    where TSimd : struct, ISimd<TVector, T>
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
            WeightProductHalves<TSimd, TVector, T>.Run((PackedWeights<UpperHalf>)(object)weights, first, end, x, start, y);
            group = end;
        }

        if (TSimd.Lanes == Group)
        {
            for (; group <= end - 4; group += 4) FourGroups(weights, group, x, start, y);
        }

        if (TSimd.Lanes == Group / 2)
        {
            for (; group <= end - 2; group += 2) TwoGroups(weights, group, x, start, y);
        }

        for (; group < end; group++)
        {
            for (int lane = 0; lane < Group; lane += 4 * TSimd.Lanes)
            {
                if (TSimd.Lanes == Group) OneVector(weights, group, 0, x, start, y);
                else if (TSimd.Lanes == Group / 2) TwoVectors(weights, group, x, start, y);
                else FourVectors(weights, group, lane, x, start, y);
            }
        }

        if (weights.SliceStarts[first] < weights.SliceStarts[end]) Slices(weights, first, end, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourGroups(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + Group);
        TVector s2 = start is null ? default : TSimd.Load(from + (2 * Group)), s3 = start is null ? default : TSimd.Load(from + (3 * Group));
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2), k3 = Unsafe.Add(ref starts, 3), k4 = Unsafe.Add(ref starts, 4);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1, c2 = weights.PanelColumns + k2, c3 = weights.PanelColumns + k3;
        TWeight* panels = weights.PanelWeights;
        TWeight* w0 = panels + ((nint)k0 * Group), w1 = panels + ((nint)k1 * Group), w2 = panels + ((nint)k2 * Group), w3 = panels + ((nint)k3 * Group);
        nint n0 = k1 - k0, n1 = k2 - k1, n2 = k3 - k2, n3 = k4 - k3, common = Math.Min(Math.Min(n0, n1), Math.Min(n2, n3)), k = 0;
        for (; k < common; k++)
        {
            nint at = k * Group;
            s0 = TSimd.MultiplyAdd(TSimd.LoadWidened(w0 + at), TSimd.BroadcastFrom(x + c0[k]), s0);
            s1 = TSimd.MultiplyAdd(TSimd.LoadWidened(w1 + at), TSimd.BroadcastFrom(x + c1[k]), s1);
            s2 = TSimd.MultiplyAdd(TSimd.LoadWidened(w2 + at), TSimd.BroadcastFrom(x + c2[k]), s2);
            s3 = TSimd.MultiplyAdd(TSimd.LoadWidened(w3 + at), TSimd.BroadcastFrom(x + c3[k]), s3);
        }

        TSimd.Store(Rest(s0, w0, c0, k, n0, x), to);
        TSimd.Store(Rest(s1, w1, c1, k, n1, x), to + Group);
        TSimd.Store(Rest(s2, w2, c2, k, n2, x), to + (2 * Group));
        TSimd.Store(Rest(s3, w3, c3, k, n3, x), to + (3 * Group));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest(TVector sum, TWeight* w, int* columns, nint k, nint count, T* x)
    {
        for (; k < count; k++) sum = TSimd.MultiplyAdd(TSimd.LoadWidened(w + (k * Group)), TSimd.BroadcastFrom(x + columns[k]), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoGroups(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        T* from = start + (group * Group), to = y + (group * Group);
        int half = TSimd.Lanes;
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + half);
        TVector s2 = start is null ? default : TSimd.Load(from + Group), s3 = start is null ? default : TSimd.Load(from + Group + half);
        ref int starts = ref weights.PanelStarts[group];
        int k0 = starts, k1 = Unsafe.Add(ref starts, 1), k2 = Unsafe.Add(ref starts, 2);
        int* c0 = weights.PanelColumns + k0, c1 = weights.PanelColumns + k1;
        TWeight* w0 = weights.PanelWeights + ((nint)k0 * Group), w1 = weights.PanelWeights + ((nint)k1 * Group);
        nint n0 = k1 - k0, n1 = k2 - k1, common = Math.Min(n0, n1), k = 0;
        for (; k < common; k++)
        {
            nint at = k * Group;
            TVector x0 = TSimd.BroadcastFrom(x + c0[k]), x1 = TSimd.BroadcastFrom(x + c1[k]);
            s0 = TSimd.MultiplyAdd(TSimd.LoadWidened(w0 + at), x0, s0);
            s1 = TSimd.MultiplyAdd(TSimd.LoadWidened(w0 + at + half), x0, s1);
            s2 = TSimd.MultiplyAdd(TSimd.LoadWidened(w1 + at), x1, s2);
            s3 = TSimd.MultiplyAdd(TSimd.LoadWidened(w1 + at + half), x1, s3);
        }

        TSimd.Store(Rest(s0, w0, c0, k, n0, x), to);
        TSimd.Store(Rest(s1, w0 + half, c0, k, n0, x), to + half);
        TSimd.Store(Rest(s2, w1, c1, k, n1, x), to + Group);
        TSimd.Store(Rest(s3, w1 + half, c1, k, n1, x), to + Group + half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors(PackedWeights<TWeight> weights, int group, int lane, T* x, T* start, T* y)
    {
        T* from = start + (group * Group) + lane, to = y + (group * Group) + lane;
        int width = TSimd.Lanes;
        TVector s0 = start is null ? default : TSimd.Load(from), s1 = start is null ? default : TSimd.Load(from + width);
        TVector s2 = start is null ? default : TSimd.Load(from + (2 * width)), s3 = start is null ? default : TSimd.Load(from + (3 * width));
        int begin = weights.PanelStarts[group];
        int* columns = weights.PanelColumns + begin;
        TWeight* w = weights.PanelWeights + ((nint)begin * Group) + lane;
        nint count = weights.PanelStarts[group + 1] - begin;
        for (nint k = 0; k < count; k++, w += Group)
        {
            TVector value = TSimd.BroadcastFrom(x + columns[k]);
            s0 = TSimd.MultiplyAdd(TSimd.LoadWidened(w), value, s0);
            s1 = TSimd.MultiplyAdd(TSimd.LoadWidened(w + width), value, s1);
            s2 = TSimd.MultiplyAdd(TSimd.LoadWidened(w + (2 * width)), value, s2);
            s3 = TSimd.MultiplyAdd(TSimd.LoadWidened(w + (3 * width)), value, s3);
        }

        TSimd.Store(s0, to);
        TSimd.Store(s1, to + width);
        TSimd.Store(s2, to + (2 * width));
        TSimd.Store(s3, to + (3 * width));
    }

    private static void TwoVectors(PackedWeights<TWeight> weights, int group, T* x, T* start, T* y)
    {
        OneVector(weights, group, 0, x, start, y);
        OneVector(weights, group, TSimd.Lanes, x, start, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector(PackedWeights<TWeight> weights, int group, int lane, T* x, T* start, T* y)
    {
        nint place = (group * Group) + lane;
        int begin = weights.PanelStarts[group];
        TVector sum = start is null ? default : TSimd.Load(start + place);
        sum = Rest(sum, weights.PanelWeights + ((nint)begin * Group) + lane, weights.PanelColumns + begin, 0, weights.PanelStarts[group + 1] - begin, x);
        TSimd.Store(sum, y + place);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slices(PackedWeights<TWeight> weights, int first, int end, T* x, T* y)
    {
        for (int group = first; group < end; group++)
        {
            nint begin = weights.SliceStarts[group], count = weights.SliceStarts[group + 1] - begin;
            for (int lane = 0; lane < Group; lane += TSimd.Lanes)
            {
                T* to = y + (group * Group) + lane;
                int* columns = weights.SliceColumns + (begin * Group) + lane;
                TWeight* w = weights.SliceWeights + (begin * Group) + lane;
                TVector sum = TSimd.Load(to);
                for (nint k = 0; k < count; k++) sum = TSimd.MultiplyAdd(TSimd.LoadWidened(w + (k * Group)), TSimd.Gather(x, columns + (k * Group)), sum);
                TSimd.Store(sum, to);
            }
        }
    }
}
