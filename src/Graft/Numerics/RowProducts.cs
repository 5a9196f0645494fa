using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>
/// Products of a few float64 vectors with many float32 rows: the scores of a linear readout and the gradient of its weights. With so few vectors <see cref="Gemm"/> packs
/// longer than it multiplies; here the rows are widened in registers.
/// </summary>
/// <remarks>A tile is three vectors by three rows (or by three lanes of columns). Pieces are cut by the sizes alone, so that the bits are the same on any number of threads.</remarks>
internal static unsafe partial class RowProducts
{
    private const int Tile = 3;
    private const int PieceRows = 22 * Tile;

    // A whole number of tiles of columns at every width of vectors.
    private const int PieceColumns = 96;

    // As many rows of a piece's columns stay in the second-level cache while all vectors pass over them.
    private const int BlockRows = 256;

    /// <summary>scores[c, i] += vector c times row i.</summary>
    /// <param name="vectors">[c, d].</param>
    /// <param name="rows">[n, d], row-major.</param>
    /// <param name="scores">[c, n].</param>
    /// <param name="pool">Runs the pieces.</param>
    [Dispatch]
    public static partial void AddScores(Matrix vectors, ReadOnlyMemory<float> rows, Matrix scores, WorkerPool pool);

    /// <summary>sums[c] += the sum over i of factors[c, i] times row i.</summary>
    /// <param name="factors">[c, n].</param>
    /// <param name="rows">[n, d], row-major.</param>
    /// <param name="sums">[c, d].</param>
    /// <param name="pool">Runs the pieces.</param>
    [Dispatch]
    public static partial void AddSums(Matrix factors, ReadOnlyMemory<float> rows, Matrix sums, WorkerPool pool);

    private static void AddScores<TSimd, TVector>(Matrix vectors, ReadOnlyMemory<float> rows, Matrix scores, WorkerPool pool)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
    {
        int count = scores.Columns, dimension = vectors.Columns, classes = vectors.Rows;
        pool.Run((count + PieceRows - 1) / PieceRows, piece =>
        {
            int end = Math.Min((piece + 1) * PieceRows, count);
            double* tile = stackalloc double[Tile * Tile];
            fixed (float* x = rows.Span)
            fixed (double* w = vectors.Values, z = scores.Values)
            {
                for (int i = piece * PieceRows; i < end; i += Tile)
                {
                    for (int c = 0; c < classes; c += Tile)
                    {
                        // Where fewer than three are left the last one stands in for the others.
                        float* x0 = x + ((long)i * dimension), x1 = x + ((long)Math.Min(i + 1, end - 1) * dimension), x2 = x + ((long)Math.Min(i + 2, end - 1) * dimension);
                        double* w0 = w + ((long)c * dimension), w1 = w + ((long)Math.Min(c + 1, classes - 1) * dimension), w2 = w + ((long)Math.Min(c + 2, classes - 1) * dimension);
                        ScoreTile<TSimd, TVector>(dimension, x0, x1, x2, w0, w1, w2, tile);
                        for (int row = c; row < Math.Min(c + Tile, classes); row++)
                        {
                            for (int column = i; column < Math.Min(i + Tile, end); column++)
                                z[((long)row * count) + column] += tile[((row - c) * Tile) + column - i];
                        }
                    }
                }
            }
        });
    }

    [MethodImpl(Compiled.Alone)]
    private static void ScoreTile<TSimd, TVector>(int dimension, float* x0, float* x1, float* x2, double* w0, double* w1, double* w2, double* tile)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
    {
        TVector s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default, s20 = default, s21 = default, s22 = default;
        int j = 0;
        for (; j <= dimension - TSimd.Lanes; j += TSimd.Lanes)
        {
            TVector a = TSimd.LoadWidened(x0 + j), b = TSimd.LoadWidened(x1 + j), c = TSimd.LoadWidened(x2 + j);
            TVector w = TSimd.Load(w0 + j);
            s00 = TSimd.MultiplyAdd(w, a, s00);
            s01 = TSimd.MultiplyAdd(w, b, s01);
            s02 = TSimd.MultiplyAdd(w, c, s02);
            w = TSimd.Load(w1 + j);
            s10 = TSimd.MultiplyAdd(w, a, s10);
            s11 = TSimd.MultiplyAdd(w, b, s11);
            s12 = TSimd.MultiplyAdd(w, c, s12);
            w = TSimd.Load(w2 + j);
            s20 = TSimd.MultiplyAdd(w, a, s20);
            s21 = TSimd.MultiplyAdd(w, b, s21);
            s22 = TSimd.MultiplyAdd(w, c, s22);
        }

        (tile[0], tile[1], tile[2]) = (TSimd.Sum(s00), TSimd.Sum(s01), TSimd.Sum(s02));
        (tile[3], tile[4], tile[5]) = (TSimd.Sum(s10), TSimd.Sum(s11), TSimd.Sum(s12));
        (tile[6], tile[7], tile[8]) = (TSimd.Sum(s20), TSimd.Sum(s21), TSimd.Sum(s22));
        for (; j < dimension; j++)
        {
            double a = x0[j], b = x1[j], c = x2[j];
            tile[0] += w0[j] * a;
            tile[1] += w0[j] * b;
            tile[2] += w0[j] * c;
            tile[3] += w1[j] * a;
            tile[4] += w1[j] * b;
            tile[5] += w1[j] * c;
            tile[6] += w2[j] * a;
            tile[7] += w2[j] * b;
            tile[8] += w2[j] * c;
        }
    }

    private static void AddSums<TSimd, TVector>(Matrix factors, ReadOnlyMemory<float> rows, Matrix sums, WorkerPool pool)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
    {
        int count = factors.Columns, dimension = sums.Columns, classes = sums.Rows;
        pool.Run((dimension + PieceColumns - 1) / PieceColumns, piece =>
        {
            int left = piece * PieceColumns, right = Math.Min(left + PieceColumns, dimension), step = Tile * TSimd.Lanes;
            fixed (float* x = rows.Span)
            fixed (double* r = factors.Values, g = sums.Values)
            {
                for (int first = 0; first < count; first += BlockRows)
                {
                    int height = Math.Min(BlockRows, count - first);
                    float* block = x + ((long)first * dimension);
                    for (int c = 0; c < classes; c += Tile)
                    {
                        int c1 = Math.Min(c + 1, classes - 1), c2 = Math.Min(c + 2, classes - 1), j = left;
                        double* r0 = r + ((long)c * count) + first, r1 = r + ((long)c1 * count) + first, r2 = r + ((long)c2 * count) + first;
                        double* g0 = g + ((long)c * dimension), g1 = g + ((long)c1 * dimension), g2 = g + ((long)c2 * dimension);

                        // A vector that stands in for a missing one is loaded, summed and stored alike, so that the same comes out twice.
                        for (; j <= right - step; j += step)
                            SumTile<TSimd, TVector>(height, block + j, dimension, r0, r1, r2, g0 + j, g1 + j, g2 + j);
                        for (int row = c; row < Math.Min(c + Tile, classes) && j < right; row++)
                            SumRest(height, block, dimension, r + ((long)row * count) + first, g + ((long)row * dimension), j, right);
                    }
                }
            }
        });
    }

    [MethodImpl(Compiled.Alone)]
    private static void SumTile<TSimd, TVector>(int height, float* x, int stride, double* r0, double* r1, double* r2, double* g0, double* g1, double* g2)
        where TSimd : ISimd<TVector, double>
        where TVector : unmanaged
    {
        int n = TSimd.Lanes;
        TVector s00 = TSimd.Load(g0), s01 = TSimd.Load(g0 + n), s02 = TSimd.Load(g0 + (2 * n));
        TVector s10 = TSimd.Load(g1), s11 = TSimd.Load(g1 + n), s12 = TSimd.Load(g1 + (2 * n));
        TVector s20 = TSimd.Load(g2), s21 = TSimd.Load(g2 + n), s22 = TSimd.Load(g2 + (2 * n));
        for (int i = 0; i < height; i++, x += stride)
        {
            TVector a = TSimd.LoadWidened(x), b = TSimd.LoadWidened(x + n), c = TSimd.LoadWidened(x + (2 * n));
            TVector r = TSimd.Broadcast(r0[i]);
            s00 = TSimd.MultiplyAdd(r, a, s00);
            s01 = TSimd.MultiplyAdd(r, b, s01);
            s02 = TSimd.MultiplyAdd(r, c, s02);
            r = TSimd.Broadcast(r1[i]);
            s10 = TSimd.MultiplyAdd(r, a, s10);
            s11 = TSimd.MultiplyAdd(r, b, s11);
            s12 = TSimd.MultiplyAdd(r, c, s12);
            r = TSimd.Broadcast(r2[i]);
            s20 = TSimd.MultiplyAdd(r, a, s20);
            s21 = TSimd.MultiplyAdd(r, b, s21);
            s22 = TSimd.MultiplyAdd(r, c, s22);
        }

        TSimd.Store(s00, g0);
        TSimd.Store(s01, g0 + n);
        TSimd.Store(s02, g0 + (2 * n));
        TSimd.Store(s10, g1);
        TSimd.Store(s11, g1 + n);
        TSimd.Store(s12, g1 + (2 * n));
        TSimd.Store(s20, g2);
        TSimd.Store(s21, g2 + n);
        TSimd.Store(s22, g2 + (2 * n));
    }

    // Columns that do not fill a tile.
    private static void SumRest(int height, float* x, int stride, double* r, double* g, int left, int right)
    {
        for (int i = 0; i < height; i++, x += stride)
        {
            for (int j = left; j < right; j++) g[j] += r[i] * x[j];
        }
    }
}
