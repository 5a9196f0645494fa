using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>The product of packed weights and many vectors that lie in lanes: <see cref="WeightProduct"/> for each of them, to the same bits.</summary>
internal static unsafe partial class WeightProductLanes
{
    /// <summary>The most vectors of one product: two hardware vectors.</summary>
    public static int Most<T>()
        where T : unmanaged => 2 * SimdWidth.Of<T>();

    /// <summary>Computes some groups of rows.</summary>
    /// <param name="weights">W.</param>
    /// <param name="first">The first group.</param>
    /// <param name="end">Behind the last group.</param>
    /// <param name="lanes">The number of vectors: <see cref="Most{T}"/> or half of it.</param>
    /// <param name="x">x, [columns, lanes].</param>
    /// <param name="start">c, [16 groups, lanes]; null for zeros. May be y.</param>
    /// <param name="y">y, [16 groups, lanes].</param>
    [Dispatch]
    public static partial void Run<T>(PackedWeights<T> weights, int first, int end, int lanes, T* x, T* start, T* y)
        where T : unmanaged;
}

/// <summary>The tiles of <see cref="WeightProductLanes"/>: 8 rows by one or two vectors in panels, so that what a column holds is loaded once for 8 rows; 4 rows in slices.</summary>
internal static unsafe partial class WeightProductLanes<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    private const int Group = PackedWeights<T>.Group;

    public static void Run(PackedWeights<T> weights, int first, int end, int lanes, T* x, T* start, T* y)
    {
        bool pair = lanes > TSimd.Lanes;
        for (int group = first; group < end; group++)
        {
            int begin = weights.PanelStarts[group], count = weights.PanelStarts[group + 1] - begin;
            for (int row = 0; row < Group; row += pair ? 4 : 8)
            {
                nint place = (nint)((group * Group) + row) * lanes;
                T* w = weights.PanelWeights + ((nint)begin * Group) + row;
                if (pair) PanelPair(w, weights.PanelColumns + begin, count, x, start is null ? null : start + place, y + place);
                else Panel(w, weights.PanelColumns + begin, count, x, start is null ? null : start + place, y + place);
            }

            begin = weights.SliceStarts[group];
            count = weights.SliceStarts[group + 1] - begin;
            for (int row = 0; row < Group && count > 0; row += 4)
            {
                T* w = weights.SliceWeights + ((nint)begin * Group) + row;
                int* columns = weights.SliceColumns + ((nint)begin * Group) + row;
                for (int lane = 0; lane < lanes; lane += TSimd.Lanes) Slice(w, columns, count, lanes, x + lane, y + ((nint)((group * Group) + row) * lanes) + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PanelPair(T* w, int* columns, int count, T* x, T* start, T* y)
    {
        int lanes = TSimd.Lanes;
        bool zero = start is null;
        TVector a0 = zero ? default : TSimd.Load(start), b0 = zero ? default : TSimd.Load(start + lanes);
        TVector a1 = zero ? default : TSimd.Load(start + (2 * lanes)), b1 = zero ? default : TSimd.Load(start + (3 * lanes));
        TVector a2 = zero ? default : TSimd.Load(start + (4 * lanes)), b2 = zero ? default : TSimd.Load(start + (5 * lanes));
        TVector a3 = zero ? default : TSimd.Load(start + (6 * lanes)), b3 = zero ? default : TSimd.Load(start + (7 * lanes));
        for (int k = 0; k < count; k++, w += Group)
        {
            T* source = x + ((nint)columns[k] * 2 * lanes);
            TVector a = TSimd.Load(source), b = TSimd.Load(source + lanes);
            TVector w0 = TSimd.BroadcastFrom(w), w1 = TSimd.BroadcastFrom(w + 1), w2 = TSimd.BroadcastFrom(w + 2), w3 = TSimd.BroadcastFrom(w + 3);
            a0 = TSimd.MultiplyAdd(w0, a, a0);
            b0 = TSimd.MultiplyAdd(w0, b, b0);
            a1 = TSimd.MultiplyAdd(w1, a, a1);
            b1 = TSimd.MultiplyAdd(w1, b, b1);
            a2 = TSimd.MultiplyAdd(w2, a, a2);
            b2 = TSimd.MultiplyAdd(w2, b, b2);
            a3 = TSimd.MultiplyAdd(w3, a, a3);
            b3 = TSimd.MultiplyAdd(w3, b, b3);
        }

        TSimd.Store(a0, y);
        TSimd.Store(b0, y + lanes);
        TSimd.Store(a1, y + (2 * lanes));
        TSimd.Store(b1, y + (3 * lanes));
        TSimd.Store(a2, y + (4 * lanes));
        TSimd.Store(b2, y + (5 * lanes));
        TSimd.Store(a3, y + (6 * lanes));
        TSimd.Store(b3, y + (7 * lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel(T* w, int* columns, int count, T* x, T* start, T* y)
    {
        int lanes = TSimd.Lanes;
        bool zero = start is null;
        TVector s0 = zero ? default : TSimd.Load(start), s1 = zero ? default : TSimd.Load(start + lanes);
        TVector s2 = zero ? default : TSimd.Load(start + (2 * lanes)), s3 = zero ? default : TSimd.Load(start + (3 * lanes));
        TVector s4 = zero ? default : TSimd.Load(start + (4 * lanes)), s5 = zero ? default : TSimd.Load(start + (5 * lanes));
        TVector s6 = zero ? default : TSimd.Load(start + (6 * lanes)), s7 = zero ? default : TSimd.Load(start + (7 * lanes));
        for (int k = 0; k < count; k++, w += Group)
        {
            TVector value = TSimd.Load(x + ((nint)columns[k] * lanes));
            s0 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w), value, s0);
            s1 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 1), value, s1);
            s2 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 2), value, s2);
            s3 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 3), value, s3);
            s4 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 4), value, s4);
            s5 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 5), value, s5);
            s6 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 6), value, s6);
            s7 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 7), value, s7);
        }

        TSimd.Store(s0, y);
        TSimd.Store(s1, y + lanes);
        TSimd.Store(s2, y + (2 * lanes));
        TSimd.Store(s3, y + (3 * lanes));
        TSimd.Store(s4, y + (4 * lanes));
        TSimd.Store(s5, y + (5 * lanes));
        TSimd.Store(s6, y + (6 * lanes));
        TSimd.Store(s7, y + (7 * lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slice(T* w, int* columns, int count, int stride, T* x, T* y)
    {
        TVector s0 = TSimd.Load(y), s1 = TSimd.Load(y + stride), s2 = TSimd.Load(y + (2 * stride)), s3 = TSimd.Load(y + (3 * stride));
        for (int k = 0; k < count; k++, w += Group, columns += Group)
        {
            s0 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w), TSimd.Load(x + ((nint)columns[0] * stride)), s0);
            s1 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 1), TSimd.Load(x + ((nint)columns[1] * stride)), s1);
            s2 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 2), TSimd.Load(x + ((nint)columns[2] * stride)), s2);
            s3 = TSimd.MultiplyAdd(TSimd.BroadcastFrom(w + 3), TSimd.Load(x + ((nint)columns[3] * stride)), s3);
        }

        TSimd.Store(s0, y);
        TSimd.Store(s1, y + stride);
        TSimd.Store(s2, y + (2 * stride));
        TSimd.Store(s3, y + (3 * stride));
    }
}
