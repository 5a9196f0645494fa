using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Kernels;

namespace Graft.Numerics;

/// <summary>Products of columns in float32, summed over blocks of rows in float64: X^T X at twice the speed and 7 digits.</summary>
internal static unsafe class SingleGram
{
    /// <summary>The rows of a block, whose sum is rounded to float32: two panels of so many rows lie in the first-level cache.</summary>
    public const int Rows = 192;

    /// <summary>The columns of a panel.</summary>
    public const int Width = 32;

    private const int TileRows = 4;

    /// <summary>The floats that a block of packed rows takes.</summary>
    public static int PackedLength(int columns) => (columns + Width - 1) / Width * Width * Rows;

    /// <summary>Where the value of a row and column lies in a packed block: [panel, row, column in the panel].</summary>
    public static int Offset(int row, int column) => (column / Width * Rows + row) * Width + column % Width;

    /// <summary>Adds X^T X of a packed block to the lower triangle of a matrix; what comes to lie in the panels on the diagonal above it is undefined.</summary>
    public static void Accumulate(float[] packed, int rows, Matrix gram)
    {
        int panels = (gram.Rows + Width - 1) / Width;
        ForkJoin.Run(panels, down =>
        {
            for (int across = 0; across <= down; across++)
            {
                if (Vector512.IsHardwareAccelerated)
                    Block<Simd512, Vector512<float>>(packed, rows, gram, down, across);
                else if (Vector256.IsHardwareAccelerated)
                    Block<Simd256, Vector256<float>>(packed, rows, gram, down, across);
                else
                    Block<Simd128, Vector128<float>>(packed, rows, gram, down, across);
            }
        });
    }

    private static void Block<TSimd, TVector>(float[] packed, int rows, Matrix gram, int down, int across)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int size = gram.Rows, high = Math.Min(Width, size - down * Width), wide = Math.Min(Width, size - across * Width), step = 2 * TSimd.Lanes;
        double* edge = stackalloc double[TileRows * Width];
        fixed (float* start = packed)
        fixed (double* sums = gram.Values)
        {
            float* left = start + (long)down * Rows * Width, right = start + (long)across * Rows * Width;
            for (int i = 0; i < high; i += TileRows)
            {
                for (int j = 0; j < wide; j += step)
                {
                    double* corner = sums + (long)(down * Width + i) * size + across * Width + j;
                    if (high - i >= TileRows && wide - j >= step)
                    {
                        Tile<TSimd, TVector>(rows, left + i, right + j, corner, size);
                        continue;
                    }

                    new Span<double>(edge, TileRows * Width).Clear();
                    Tile<TSimd, TVector>(rows, left + i, right + j, edge, step);
                    for (int y = 0; y < Math.Min(TileRows, high - i); y++)
                    {
                        for (int x = 0; x < Math.Min(step, wide - j); x++)
                            corner[(long)y * size + x] += edge[y * step + x];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TSimd, TVector>(int rows, float* a, float* b, double* c, long stride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int n = TSimd.Lanes;
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero, c30 = TSimd.Zero, c31 = TSimd.Zero;
        for (int k = 0; k < rows; k++, a += Width, b += Width)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + n);
            TVector row = TSimd.BroadcastFrom(a);
            c00 = TSimd.MultiplyAdd(row, b0, c00);
            c01 = TSimd.MultiplyAdd(row, b1, c01);
            row = TSimd.BroadcastFrom(a + 1);
            c10 = TSimd.MultiplyAdd(row, b0, c10);
            c11 = TSimd.MultiplyAdd(row, b1, c11);
            row = TSimd.BroadcastFrom(a + 2);
            c20 = TSimd.MultiplyAdd(row, b0, c20);
            c21 = TSimd.MultiplyAdd(row, b1, c21);
            row = TSimd.BroadcastFrom(a + 3);
            c30 = TSimd.MultiplyAdd(row, b0, c30);
            c31 = TSimd.MultiplyAdd(row, b1, c31);
        }

        TSimd.AddTo(c00, c);
        TSimd.AddTo(c01, c + n);
        TSimd.AddTo(c10, c + stride);
        TSimd.AddTo(c11, c + stride + n);
        TSimd.AddTo(c20, c + 2 * stride);
        TSimd.AddTo(c21, c + 2 * stride + n);
        TSimd.AddTo(c30, c + 3 * stride);
        TSimd.AddTo(c31, c + 3 * stride + n);
    }
}
