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
            for (; group <= end - 4; group += 4) Groups4(weights, group, 0, x, start, y);
        }

        if (TSimd.Lanes == Group / 2)
        {
            for (; group <= end - 2; group += 2) Groups2(weights, group, 0, x, start, y);
        }

        for (; group < end; group++)
        {
            for (int lane = 0; lane < Group && TSimd.Lanes >= Group / 2; lane += TSimd.Lanes) OneVector(weights, group, lane, x, start, y);
            for (int lane = 0; lane < Group && TSimd.Lanes < Group / 2; lane += 4 * TSimd.Lanes) Groups1(weights, group, lane, x, start, y);
        }

        if (weights.SliceStarts[first] < weights.SliceStarts[end]) Slices(weights, first, end, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest(TVector sum, TWeight* w, int* columns, nint k, nint count, T* x)
    {
        for (; k < count; k++) sum = TSimd.MultiplyAdd(TSimd.LoadWidened(w + (k * Group)), TSimd.BroadcastFrom(x + columns[k]), sum);
        return sum;
    }

    [MethodImpl(Compiled.Alone)]
    private static void OneVector(PackedWeights<TWeight> weights, int group, int lane, T* x, T* start, T* y)
    {
        nint place = (group * Group) + lane;
        int begin = weights.PanelStarts[group];
        TVector sum = start is null ? default : TSimd.Load(start + place);
        sum = Rest(sum, weights.PanelWeights + ((nint)begin * Group) + lane, weights.PanelColumns + begin, 0, weights.PanelStarts[group + 1] - begin, x);
        TSimd.Store(sum, y + place);
    }

    [MethodImpl(Compiled.Alone)]
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
