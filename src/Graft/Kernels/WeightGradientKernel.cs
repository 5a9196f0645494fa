using Graft.Simd;

namespace Graft.Kernels;

/// <summary>
/// The gradient of a matrix product's weights, for a block of rows: dw[k, n] += sum over r of x[r, k] dy[r, n]. Tiles of eight k by two vectors of n stay in registers (four where
/// there are 16) while the rows of the block go by.
/// </summary>
internal static unsafe partial class WeightGradientKernel
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
    [Dispatch]
    public static partial void Run(int rows, int depth, int outputs, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, Fetch fetch = default);
}

/// <summary>The tiles of <see cref="WeightGradientKernel"/> for one vector width.</summary>
internal static unsafe partial class WeightGradientKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    /// <summary>Computes all whole vectors of n from <paramref name="n"/> on and says where the rest begins.</summary>
    public static int Run(int n, int rows, int depth, int outputs, float* x, nint xs, float* dy, nint ds, float* dw, nint ws, Fetch fetch)
    {
        // Spread over the inner loops of the large tiles; what wider vectors have done has fetched it.
        int height = TSimd.Lanes == 16 ? 8 : 4;
        if (n > 0) fetch = default;
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
}
