using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Graft.Memory;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>A block of rows, packed for the products of its columns: X^T X is added to a float64 matrix, block after block.</summary>
/// <remarks>
/// Columns lie in panels of 192 bytes: three vectors of 512 bits. A kernel keeps the products of a panel with 8 columns of another in registers over the rows of the block, so
/// that a row of the tile costs 24 multiply-adds and 11 loads. Both factors are read from the same panels: a row is packed once. A block's sums have
/// the precision of <typeparamref name="T"/>; float32 is twice as fast and keeps 7 digits.
/// </remarks>
/// <typeparam name="T">float32 or float64.</typeparam>
internal sealed unsafe partial class PackedColumns<T>
    where T : unmanaged
{
    /// <summary>The rows of a block: with more of them its sums lose digits, with fewer they are fetched and widened more often.</summary>
    public const int Rows = 192;

    private const int PanelBytes = 192;

    private readonly HugeMemory memory;
    private readonly WorkerPool pool;

    /// <summary>Makes an empty block.</summary>
    /// <param name="columns">The number of columns.</param>
    /// <param name="pool">Multiplies them.</param>
    public PackedColumns(int columns, WorkerPool pool)
    {
        (Columns, this.pool) = (columns, pool);
        memory = new HugeMemory((nuint)((columns + Width - 1) / Width) * Rows * PanelBytes);
    }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The columns of a panel.</summary>
    public static int Width => PanelBytes / sizeof(T);

    /// <summary>The part of a row that lies in the panel of a column, to be written.</summary>
    /// <param name="row">The row in the block.</param>
    /// <param name="column">The first column of a panel.</param>
    public Span<T> Part(int row, int column) => new((T*)memory.Pointer + (((column / Width * Rows) + row) * Width), Math.Min(Width, Columns - column));

    /// <summary>Adds X^T X to the lower triangle of a matrix; what comes to lie a panel above its diagonal is undefined.</summary>
    /// <param name="rows">The rows written.</param>
    /// <param name="gram">[columns, columns].</param>
    public void AddProducts(int rows, Matrix gram) => pool.Run((Columns + Width - 1) / Width, down =>
    {
        for (int across = 0; across <= down; across++) Block(rows, gram, down, across);
    });

    [Dispatch]
    private partial void Block(int rows, Matrix gram, int down, int across);

    [MethodImpl(Compiled.Alone)]
    private void Block<TSimd, TVector>(int rows, Matrix gram, int down, int across)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        int high = Math.Min(Width, Columns - (down * Width)), wide = Math.Min(Width, Columns - (across * Width)), step = 3 * TSimd.Lanes;

        // As many as there are registers for: 32 with vectors of 512 bits, else 16.
        int tileRows = TSimd.Lanes * sizeof(T) == 64 ? 8 : 4;
        T* left = (T*)memory.Pointer + ((long)down * Rows * Width), right = (T*)memory.Pointer + ((long)across * Rows * Width);
        double* edge = stackalloc double[8 * PanelBytes / sizeof(float)];
        fixed (double* sums = gram.Values)
        {
            for (int i = 0; i < high; i += tileRows)
            {
                int end = down == across ? Math.Min(wide, i + tileRows) : wide;
                for (int j = 0; j < end; j += step)
                {
                    double* corner = sums + ((long)((down * Width) + i) * Columns) + (across * Width) + j;
                    if (high - i >= tileRows && wide - j >= step)
                    {
                        Tile<TSimd, TVector>(tileRows, rows, left + i, right + j, corner, Columns);
                        continue;
                    }

                    new Span<double>(edge, tileRows * step).Clear();
                    Tile<TSimd, TVector>(tileRows, rows, left + i, right + j, edge, step);
                    for (int y = 0; y < Math.Min(tileRows, high - i); y++)
                    {
                        for (int x = 0; x < Math.Min(step, wide - j); x++) corner[((long)y * Columns) + x] += edge[(y * step) + x];
                    }
                }
            }
        }
    }

    private static void Tile<TSimd, TVector>(int tileRows, int rows, T* a, T* b, double* c, long stride)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        // The sums were last touched a block of rows ago: what the caches lost of them comes back while the tile is computed.
        for (int y = 0; y < tileRows && Sse.IsSupported; y++)
        {
            for (int x = 0; x < 3 * TSimd.Lanes; x += 8) Sse.Prefetch0(c + (y * stride) + x);
        }

        if (tileRows == 8) PanelTile.Add8<TSimd, TVector, T>(rows, Width, a, b, c, stride);
        else PanelTile.Add4<TSimd, TVector, T>(rows, Width, a, b, c, stride);
    }
}
