using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The matrix product in float64: C += scale A B.</summary>
/// <remarks>
/// Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008: blocks of both factors are packed
/// into panels, and a kernel keeps a tile of C (6 rows by 2 vectors) in registers over the inner size. C is cut into fixed blocks that
/// share nothing; each sums its products in the same order whichever thread runs it.
/// </remarks>
internal static unsafe partial class Gemm
{
    private const int TileRows = 6;
    private const int BlockRows = 40 * TileRows;
    private const int BlockColumns = 256;
    private const int BlockInner = 192;

    [ThreadStatic]
    private static Scratch? scratch;

    /// <summary>Adds scale * left * right to the target. The target may not overlap a factor.</summary>
    /// <param name="scale">The factor on the product.</param>
    /// <param name="left">A, [m, k].</param>
    /// <param name="right">B, [k, n].</param>
    /// <param name="target">C, [m, n].</param>
    /// <param name="pool">Runs the blocks.</param>
    /// <param name="lowerOnly">Skip the tiles above the diagonal. Tiles on it are computed whole, so what lies just above it is undefined.</param>
    public static void Accumulate<TLeft, TRight>(double scale, Operand<TLeft> left, Operand<TRight> right, Target target, WorkerPool pool, bool lowerOnly = false)
        where TLeft : unmanaged
        where TRight : unmanaged
    {
        if (left.Rows != target.Rows || right.Columns != target.Columns || left.Columns != right.Rows)
            throw new ArgumentException($"Sizes do not fit: [{left.Rows}, {left.Columns}] x [{right.Rows}, {right.Columns}] into [{target.Rows}, {target.Columns}].");
        if (target.Rows == 0 || target.Columns == 0 || left.Columns == 0) return;

        Blocks(scale, left, right, target, pool, lowerOnly);
    }

    [Dispatch]
    private static partial void Blocks<TLeft, TRight>(double scale, Operand<TLeft> left, Operand<TRight> right, Target target, WorkerPool pool, bool lowerOnly)
        where TLeft : unmanaged
        where TRight : unmanaged;

    private static void Blocks<TSimd, TVector, TLeft, TRight>(double scale, Operand<TLeft> left, Operand<TRight> right, Target target, WorkerPool pool, bool lowerOnly)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
        where TLeft : unmanaged
        where TRight : unmanaged
    {
        int down = (target.Rows + BlockRows - 1) / BlockRows, across = (target.Columns + BlockColumns - 1) / BlockColumns;
        if (down * across == 1 || (long)target.Rows * target.Columns * left.Columns < 1 << 16)
        {
            for (int i = 0; i < down * across; i++)
                Block<TSimd, TVector, TLeft, TRight>(scale, left, right, target, lowerOnly, i / across * BlockRows, i % across * BlockColumns);
        }
        else
        {
            pool.Run(down * across, i =>
                Block<TSimd, TVector, TLeft, TRight>(scale, left, right, target, lowerOnly, i / across * BlockRows, i % across * BlockColumns));
        }
    }

    [MethodImpl(Compiled.Alone)]
    private static void Block<TSimd, TVector, TLeft, TRight>(
        double scale, Operand<TLeft> left, Operand<TRight> right, Target target, bool lowerOnly, int top, int side)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
        where TLeft : unmanaged
        where TRight : unmanaged
    {
        int rows = Math.Min(BlockRows, target.Rows - top), columns = Math.Min(BlockColumns, target.Columns - side);
        if (lowerOnly && side > top + rows - 1) return;

        int tileColumns = 2 * TSimd.Lanes;
        Scratch buffers = scratch ??= new Scratch();
        double* edge = stackalloc double[TileRows * 16];
        fixed (double* c = target.Data.Span)
        {
            for (int inner = 0; inner < left.Columns; inner += BlockInner)
            {
                int depth = Math.Min(BlockInner, left.Columns - inner);
                Operand<TLeft> a = left.Slice(top, inner, rows, depth);
                Operand<TRight> b = right.Slice(inner, side, depth, columns);
                Pack(a.Data.Span, a.RowStride, a.ColumnStride, rows, depth, TileRows, scale, buffers.Left);
                Pack(b.Data.Span, b.ColumnStride, b.RowStride, columns, depth, tileColumns, 1, buffers.Right);
                for (int j = 0; j < columns; j += tileColumns)
                {
                    for (int i = 0; i < rows; i += TileRows)
                    {
                        if (lowerOnly && side + j > top + i + TileRows - 1) continue;
                        double* tile = c + ((long)(top + i) * target.RowStride) + side + j;
                        double* packedLeft = buffers.Left + (i * depth), packedRight = buffers.Right + (j * depth);
                        if (rows - i >= TileRows && columns - j >= tileColumns)
                        {
                            Tile<TSimd, TVector>(depth, packedLeft, packedRight, tile, target.RowStride);
                            continue;
                        }

                        new Span<double>(edge, TileRows * 16).Clear();
                        Tile<TSimd, TVector>(depth, packedLeft, packedRight, edge, tileColumns);
                        for (int y = 0; y < Math.Min(TileRows, rows - i); y++)
                        {
                            for (int x = 0; x < Math.Min(tileColumns, columns - j); x++)
                                tile[((long)y * target.RowStride) + x] += edge[(y * tileColumns) + x];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Packs vectors into panels of <paramref name="width"/>: [panel, depth, width], padded with zeros.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Pack<T>(ReadOnlySpan<T> source, int vectorStride, int depthStride, int vectors, int depth, int width, double scale, double* packed)
        where T : unmanaged
    {
        fixed (T* origin = source)
        {
            for (int first = 0; first < vectors; first += width, packed += (long)width * depth)
            {
                int count = Math.Min(width, vectors - first);
                T* panel = origin + ((long)first * vectorStride);
                if (typeof(T) == typeof(double) && vectorStride == 1 && scale == 1 && count == width)
                {
                    for (int k = 0; k < depth; k++)
                        new ReadOnlySpan<double>((double*)panel + ((long)k * depthStride), width).CopyTo(new Span<double>(packed + (k * width), width));
                    continue;
                }

                if (count == TileRows && width == TileRows)
                {
                    PackRows(panel, vectorStride, depthStride, depth, scale, packed);
                    continue;
                }

                for (int k = 0; k < depth; k++)
                {
                    T* from = panel + ((long)k * depthStride);
                    double* to = packed + (k * width);
                    for (int v = 0; v < count; v++, from += vectorStride) to[v] = scale * ToDouble(*from);
                    for (int v = count; v < width; v++) to[v] = 0;
                }
            }
        }
    }

    [MethodImpl(Compiled.Alone)]
    private static void PackRows<T>(T* panel, int vectorStride, int depthStride, int depth, double scale, double* packed)
        where T : unmanaged
    {
        T* r0 = panel, r1 = r0 + vectorStride, r2 = r1 + vectorStride, r3 = r2 + vectorStride, r4 = r3 + vectorStride, r5 = r4 + vectorStride;
        for (long k = 0; k < depth; k++, packed += TileRows)
        {
            long at = k * depthStride;
            packed[0] = scale * ToDouble(r0[at]);
            packed[1] = scale * ToDouble(r1[at]);
            packed[2] = scale * ToDouble(r2[at]);
            packed[3] = scale * ToDouble(r3[at]);
            packed[4] = scale * ToDouble(r4[at]);
            packed[5] = scale * ToDouble(r5[at]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ToDouble<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    /// <summary>One thread's packed panels, on pinned arrays so that they stay aligned to a cache line.</summary>
    private sealed class Scratch
    {
        private readonly double[] memory = GC.AllocateUninitializedArray<double>(((BlockRows + BlockColumns) * BlockInner) + 8, pinned: true);

        public Scratch()
        {
            double* start = (double*)Unsafe.AsPointer(ref memory[0]);
            Left = (double*)(((nint)start + 63) & ~63);
            Right = Left + (BlockRows * BlockInner);
        }

        public double* Left { get; }

        public double* Right { get; }
    }
}
