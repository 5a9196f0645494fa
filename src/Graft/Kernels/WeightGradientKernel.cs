using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>
/// The gradient of a matrix product's weights, for a block of rows: dw[k, n] += sum over r of x[r, k] dy[r, n]. Tiles of eight k by two vectors of n stay in registers (four where
/// there are 16) while the rows of the block go by.
/// </summary>
internal static unsafe class WeightGradientKernel
{
    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(int rows, int depth, int outputs, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        for (int k = 0; k < depth; k++)
            for (int n = 0; n < outputs; n++)
            {
                double sum = dw[(k * ws) + n];
                for (int r = 0; r < rows; r++) sum += (double)x[(r * xs) + k] * dy[(r * ds) + n];
                dw[(k * ws) + n] = (float)sum;
            }
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The rows of the block.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="outputs">The number of n.</param>
    /// <param name="x">The layer's input.</param>
    /// <param name="xs">From one row of <paramref name="x"/> to the next.</param>
    /// <param name="dy">The gradient of the layer's output.</param>
    /// <param name="ds">From one row of <paramref name="dy"/> to the next.</param>
    /// <param name="dw">The gradient of the weights <c>[depth, outputs]</c>.</param>
    /// <param name="ws">From one k to the next.</param>
    /// <param name="fetch">What to fetch meanwhile.</param>
    public static void Run(int rows, int depth, int outputs, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, Fetch fetch = default)
    {
        int n = 0;
        if (Vector512.IsHardwareAccelerated) n = WeightGradientKernel<Simd512, Vector512<float>>.Run(n, rows, depth, outputs, x, xs, dy, ds, dw, ws, fetch);
        if (Vector256.IsHardwareAccelerated) n = WeightGradientKernel<Simd256, Vector256<float>>.Run(n, rows, depth, outputs, x, xs, dy, ds, dw, ws, Vector512.IsHardwareAccelerated ? default : fetch);
        n = WeightGradientKernel<Simd128, Vector128<float>>.Run(n, rows, depth, outputs, x, xs, dy, ds, dw, ws, default);
        WeightGradientKernel<Simd1, float>.Run(n, rows, depth, outputs, x, xs, dy, ds, dw, ws, default);
    }
}

/// <summary>The tiles of <see cref="WeightGradientKernel"/> for one vector width.</summary>
internal static unsafe class WeightGradientKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes all whole vectors of n from <paramref name="n"/> on and says where the rest begins.</summary>
    public static int Run(int n, int rows, int depth, int outputs, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, Fetch fetch)
    {
        // Spread over the inner loops of the large tiles.
        int height = TSimd.Lanes == 16 ? 8 : 4;
        nint step = fetch.Bytes / Math.Max(1, rows * (depth / height) * (outputs / (2 * TSimd.Lanes))), apart = fetch.Second - fetch.First;
        byte* ahead = (byte*)fetch.First;
        for (; n + (2 * TSimd.Lanes) <= outputs; n += 2 * TSimd.Lanes)
        {
            int k = 0;

            // The windows of a 3x3 kernel over three channels.
            if (TSimd.Lanes == 16 && depth == 27)
                for (; k < depth; k += 9) Tile9x2(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws);
            if (TSimd.Lanes == 16)
                for (; k + 8 <= depth; k += 8, ahead += rows * step) Tile8x2(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws, ahead, apart, step);
            for (; k + 4 <= depth; k += 4, ahead += rows * step) Tile4x2(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws, ahead, apart, step);
            for (; k < depth; k++) Tile1x2(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws);
        }

        for (; n + TSimd.Lanes <= outputs; n += TSimd.Lanes)
        {
            int k = 0;
            if (depth == 27)
                for (; k < depth; k += 9) Tile9x1(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws);
            for (; k + 8 <= depth; k += 8) Tile8x1(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws);
            for (; k < depth; k++) Tile1x1(rows, x + k, xs, dy + n, ds, dw + (k * ws) + n, ws);
        }

        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x2(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, byte* ahead, nint apart, nint step)
    {
        float* w0 = dw, w1 = w0 + ws, w2 = w1 + ws, w3 = w2 + ws, w4 = w3 + ws, w5 = w4 + ws, w6 = w5 + ws, w7 = w6 + ws;
        TVector c00 = TSimd.Load(w0), c01 = TSimd.Load(w0 + TSimd.Lanes);
        TVector c10 = TSimd.Load(w1), c11 = TSimd.Load(w1 + TSimd.Lanes);
        TVector c20 = TSimd.Load(w2), c21 = TSimd.Load(w2 + TSimd.Lanes);
        TVector c30 = TSimd.Load(w3), c31 = TSimd.Load(w3 + TSimd.Lanes);
        TVector c40 = TSimd.Load(w4), c41 = TSimd.Load(w4 + TSimd.Lanes);
        TVector c50 = TSimd.Load(w5), c51 = TSimd.Load(w5 + TSimd.Lanes);
        TVector c60 = TSimd.Load(w6), c61 = TSimd.Load(w6 + TSimd.Lanes);
        TVector c70 = TSimd.Load(w7), c71 = TSimd.Load(w7 + TSimd.Lanes);
        for (; rows > 0; rows--, x += xs, dy += ds, ahead += step)
        {
            Fetch.Line(ahead);
            Fetch.Line(ahead + apart);
            TVector d0 = TSimd.Load(dy), d1 = TSimd.Load(dy + TSimd.Lanes), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            c01 = TSimd.MultiplyAdd(a, d1, c01);
            a = TSimd.BroadcastFrom(x + 1);
            c10 = TSimd.MultiplyAdd(a, d0, c10);
            c11 = TSimd.MultiplyAdd(a, d1, c11);
            a = TSimd.BroadcastFrom(x + 2);
            c20 = TSimd.MultiplyAdd(a, d0, c20);
            c21 = TSimd.MultiplyAdd(a, d1, c21);
            a = TSimd.BroadcastFrom(x + 3);
            c30 = TSimd.MultiplyAdd(a, d0, c30);
            c31 = TSimd.MultiplyAdd(a, d1, c31);
            a = TSimd.BroadcastFrom(x + 4);
            c40 = TSimd.MultiplyAdd(a, d0, c40);
            c41 = TSimd.MultiplyAdd(a, d1, c41);
            a = TSimd.BroadcastFrom(x + 5);
            c50 = TSimd.MultiplyAdd(a, d0, c50);
            c51 = TSimd.MultiplyAdd(a, d1, c51);
            a = TSimd.BroadcastFrom(x + 6);
            c60 = TSimd.MultiplyAdd(a, d0, c60);
            c61 = TSimd.MultiplyAdd(a, d1, c61);
            a = TSimd.BroadcastFrom(x + 7);
            c70 = TSimd.MultiplyAdd(a, d0, c70);
            c71 = TSimd.MultiplyAdd(a, d1, c71);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c01, w0 + TSimd.Lanes);
        TSimd.Store(c10, w1);
        TSimd.Store(c11, w1 + TSimd.Lanes);
        TSimd.Store(c20, w2);
        TSimd.Store(c21, w2 + TSimd.Lanes);
        TSimd.Store(c30, w3);
        TSimd.Store(c31, w3 + TSimd.Lanes);
        TSimd.Store(c40, w4);
        TSimd.Store(c41, w4 + TSimd.Lanes);
        TSimd.Store(c50, w5);
        TSimd.Store(c51, w5 + TSimd.Lanes);
        TSimd.Store(c60, w6);
        TSimd.Store(c61, w6 + TSimd.Lanes);
        TSimd.Store(c70, w7);
        TSimd.Store(c71, w7 + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x2(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, byte* ahead, nint apart, nint step)
    {
        float* w0 = dw, w1 = w0 + ws, w2 = w1 + ws, w3 = w2 + ws;
        TVector c00 = TSimd.Load(w0), c01 = TSimd.Load(w0 + TSimd.Lanes);
        TVector c10 = TSimd.Load(w1), c11 = TSimd.Load(w1 + TSimd.Lanes);
        TVector c20 = TSimd.Load(w2), c21 = TSimd.Load(w2 + TSimd.Lanes);
        TVector c30 = TSimd.Load(w3), c31 = TSimd.Load(w3 + TSimd.Lanes);
        for (; rows > 0; rows--, x += xs, dy += ds, ahead += step)
        {
            Fetch.Line(ahead);
            Fetch.Line(ahead + apart);
            TVector d0 = TSimd.Load(dy), d1 = TSimd.Load(dy + TSimd.Lanes), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            c01 = TSimd.MultiplyAdd(a, d1, c01);
            a = TSimd.BroadcastFrom(x + 1);
            c10 = TSimd.MultiplyAdd(a, d0, c10);
            c11 = TSimd.MultiplyAdd(a, d1, c11);
            a = TSimd.BroadcastFrom(x + 2);
            c20 = TSimd.MultiplyAdd(a, d0, c20);
            c21 = TSimd.MultiplyAdd(a, d1, c21);
            a = TSimd.BroadcastFrom(x + 3);
            c30 = TSimd.MultiplyAdd(a, d0, c30);
            c31 = TSimd.MultiplyAdd(a, d1, c31);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c01, w0 + TSimd.Lanes);
        TSimd.Store(c10, w1);
        TSimd.Store(c11, w1 + TSimd.Lanes);
        TSimd.Store(c20, w2);
        TSimd.Store(c21, w2 + TSimd.Lanes);
        TSimd.Store(c30, w3);
        TSimd.Store(c31, w3 + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x2(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        float* w0 = dw;
        TVector c00 = TSimd.Load(w0), c01 = TSimd.Load(w0 + TSimd.Lanes);
        for (; rows > 0; rows--, x += xs, dy += ds)
        {
            TVector d0 = TSimd.Load(dy), d1 = TSimd.Load(dy + TSimd.Lanes), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            c01 = TSimd.MultiplyAdd(a, d1, c01);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c01, w0 + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile9x2(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        float* w0 = dw, w1 = w0 + ws, w2 = w1 + ws, w3 = w2 + ws, w4 = w3 + ws, w5 = w4 + ws, w6 = w5 + ws, w7 = w6 + ws, w8 = w7 + ws;
        TVector c00 = TSimd.Load(w0), c01 = TSimd.Load(w0 + TSimd.Lanes);
        TVector c10 = TSimd.Load(w1), c11 = TSimd.Load(w1 + TSimd.Lanes);
        TVector c20 = TSimd.Load(w2), c21 = TSimd.Load(w2 + TSimd.Lanes);
        TVector c30 = TSimd.Load(w3), c31 = TSimd.Load(w3 + TSimd.Lanes);
        TVector c40 = TSimd.Load(w4), c41 = TSimd.Load(w4 + TSimd.Lanes);
        TVector c50 = TSimd.Load(w5), c51 = TSimd.Load(w5 + TSimd.Lanes);
        TVector c60 = TSimd.Load(w6), c61 = TSimd.Load(w6 + TSimd.Lanes);
        TVector c70 = TSimd.Load(w7), c71 = TSimd.Load(w7 + TSimd.Lanes);
        TVector c80 = TSimd.Load(w8), c81 = TSimd.Load(w8 + TSimd.Lanes);
        for (; rows > 0; rows--, x += xs, dy += ds)
        {
            TVector d0 = TSimd.Load(dy), d1 = TSimd.Load(dy + TSimd.Lanes), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            c01 = TSimd.MultiplyAdd(a, d1, c01);
            a = TSimd.BroadcastFrom(x + 1);
            c10 = TSimd.MultiplyAdd(a, d0, c10);
            c11 = TSimd.MultiplyAdd(a, d1, c11);
            a = TSimd.BroadcastFrom(x + 2);
            c20 = TSimd.MultiplyAdd(a, d0, c20);
            c21 = TSimd.MultiplyAdd(a, d1, c21);
            a = TSimd.BroadcastFrom(x + 3);
            c30 = TSimd.MultiplyAdd(a, d0, c30);
            c31 = TSimd.MultiplyAdd(a, d1, c31);
            a = TSimd.BroadcastFrom(x + 4);
            c40 = TSimd.MultiplyAdd(a, d0, c40);
            c41 = TSimd.MultiplyAdd(a, d1, c41);
            a = TSimd.BroadcastFrom(x + 5);
            c50 = TSimd.MultiplyAdd(a, d0, c50);
            c51 = TSimd.MultiplyAdd(a, d1, c51);
            a = TSimd.BroadcastFrom(x + 6);
            c60 = TSimd.MultiplyAdd(a, d0, c60);
            c61 = TSimd.MultiplyAdd(a, d1, c61);
            a = TSimd.BroadcastFrom(x + 7);
            c70 = TSimd.MultiplyAdd(a, d0, c70);
            c71 = TSimd.MultiplyAdd(a, d1, c71);
            a = TSimd.BroadcastFrom(x + 8);
            c80 = TSimd.MultiplyAdd(a, d0, c80);
            c81 = TSimd.MultiplyAdd(a, d1, c81);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c01, w0 + TSimd.Lanes);
        TSimd.Store(c10, w1);
        TSimd.Store(c11, w1 + TSimd.Lanes);
        TSimd.Store(c20, w2);
        TSimd.Store(c21, w2 + TSimd.Lanes);
        TSimd.Store(c30, w3);
        TSimd.Store(c31, w3 + TSimd.Lanes);
        TSimd.Store(c40, w4);
        TSimd.Store(c41, w4 + TSimd.Lanes);
        TSimd.Store(c50, w5);
        TSimd.Store(c51, w5 + TSimd.Lanes);
        TSimd.Store(c60, w6);
        TSimd.Store(c61, w6 + TSimd.Lanes);
        TSimd.Store(c70, w7);
        TSimd.Store(c71, w7 + TSimd.Lanes);
        TSimd.Store(c80, w8);
        TSimd.Store(c81, w8 + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile9x1(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        float* w0 = dw, w1 = w0 + ws, w2 = w1 + ws, w3 = w2 + ws, w4 = w3 + ws, w5 = w4 + ws, w6 = w5 + ws, w7 = w6 + ws, w8 = w7 + ws;
        TVector c00 = TSimd.Load(w0);
        TVector c10 = TSimd.Load(w1);
        TVector c20 = TSimd.Load(w2);
        TVector c30 = TSimd.Load(w3);
        TVector c40 = TSimd.Load(w4);
        TVector c50 = TSimd.Load(w5);
        TVector c60 = TSimd.Load(w6);
        TVector c70 = TSimd.Load(w7);
        TVector c80 = TSimd.Load(w8);
        for (; rows > 0; rows--, x += xs, dy += ds)
        {
            TVector d0 = TSimd.Load(dy), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            a = TSimd.BroadcastFrom(x + 1);
            c10 = TSimd.MultiplyAdd(a, d0, c10);
            a = TSimd.BroadcastFrom(x + 2);
            c20 = TSimd.MultiplyAdd(a, d0, c20);
            a = TSimd.BroadcastFrom(x + 3);
            c30 = TSimd.MultiplyAdd(a, d0, c30);
            a = TSimd.BroadcastFrom(x + 4);
            c40 = TSimd.MultiplyAdd(a, d0, c40);
            a = TSimd.BroadcastFrom(x + 5);
            c50 = TSimd.MultiplyAdd(a, d0, c50);
            a = TSimd.BroadcastFrom(x + 6);
            c60 = TSimd.MultiplyAdd(a, d0, c60);
            a = TSimd.BroadcastFrom(x + 7);
            c70 = TSimd.MultiplyAdd(a, d0, c70);
            a = TSimd.BroadcastFrom(x + 8);
            c80 = TSimd.MultiplyAdd(a, d0, c80);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c10, w1);
        TSimd.Store(c20, w2);
        TSimd.Store(c30, w3);
        TSimd.Store(c40, w4);
        TSimd.Store(c50, w5);
        TSimd.Store(c60, w6);
        TSimd.Store(c70, w7);
        TSimd.Store(c80, w8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x1(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        float* w0 = dw, w1 = w0 + ws, w2 = w1 + ws, w3 = w2 + ws, w4 = w3 + ws, w5 = w4 + ws, w6 = w5 + ws, w7 = w6 + ws;
        TVector c00 = TSimd.Load(w0);
        TVector c10 = TSimd.Load(w1);
        TVector c20 = TSimd.Load(w2);
        TVector c30 = TSimd.Load(w3);
        TVector c40 = TSimd.Load(w4);
        TVector c50 = TSimd.Load(w5);
        TVector c60 = TSimd.Load(w6);
        TVector c70 = TSimd.Load(w7);
        for (; rows > 0; rows--, x += xs, dy += ds)
        {
            TVector d0 = TSimd.Load(dy), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
            a = TSimd.BroadcastFrom(x + 1);
            c10 = TSimd.MultiplyAdd(a, d0, c10);
            a = TSimd.BroadcastFrom(x + 2);
            c20 = TSimd.MultiplyAdd(a, d0, c20);
            a = TSimd.BroadcastFrom(x + 3);
            c30 = TSimd.MultiplyAdd(a, d0, c30);
            a = TSimd.BroadcastFrom(x + 4);
            c40 = TSimd.MultiplyAdd(a, d0, c40);
            a = TSimd.BroadcastFrom(x + 5);
            c50 = TSimd.MultiplyAdd(a, d0, c50);
            a = TSimd.BroadcastFrom(x + 6);
            c60 = TSimd.MultiplyAdd(a, d0, c60);
            a = TSimd.BroadcastFrom(x + 7);
            c70 = TSimd.MultiplyAdd(a, d0, c70);
        }

        TSimd.Store(c00, w0);
        TSimd.Store(c10, w1);
        TSimd.Store(c20, w2);
        TSimd.Store(c30, w3);
        TSimd.Store(c40, w4);
        TSimd.Store(c50, w5);
        TSimd.Store(c60, w6);
        TSimd.Store(c70, w7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x1(int rows, float* x, nint xs, float* dy, nint ds, float* dw, nint ws)
    {
        float* w0 = dw;
        TVector c00 = TSimd.Load(w0);
        for (; rows > 0; rows--, x += xs, dy += ds)
        {
            TVector d0 = TSimd.Load(dy), a;
            a = TSimd.BroadcastFrom(x);
            c00 = TSimd.MultiplyAdd(a, d0, c00);
        }

        TSimd.Store(c00, w0);
    }
}
