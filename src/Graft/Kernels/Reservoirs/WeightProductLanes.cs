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
                if (pair) Panel2(w, weights.PanelColumns + begin, count, x, start is null ? null : start + place, y + place);
                else Panel1(w, weights.PanelColumns + begin, count, x, start is null ? null : start + place, y + place);
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
}
