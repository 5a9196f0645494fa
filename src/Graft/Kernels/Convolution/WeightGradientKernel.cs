using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>The gradient of a matrix product's weights, for a block of rows: dw[k, n] += sum over r of x[r, k] dy[r, n].</summary>
internal unsafe struct WeightGradient
{
    /// <summary>The rows of the block.</summary>
    public int Rows;

    /// <summary>The number of k.</summary>
    public int Depth;

    /// <summary>The number of n.</summary>
    public int Outputs;

    /// <summary>The layer's input.</summary>
    public float* X;

    /// <summary>From one row of <see cref="X"/> to the next.</summary>
    public nint XStride;

    /// <summary>The gradient of the layer's output.</summary>
    public float* Dy;

    /// <summary>From one row of <see cref="Dy"/> to the next.</summary>
    public nint DyStride;

    /// <summary>The gradient of the weights <c>[depth, outputs]</c>, added to unless the call <see cref="Begins"/> it.</summary>
    public float* Dw;

    /// <summary>Whether nothing is there yet.</summary>
    public bool Begins;

    /// <summary>From one k to the next.</summary>
    public nint DwStride;

    /// <summary>What to fetch meanwhile.</summary>
    public Prefetch Fetch;
}

/// <summary>
/// Computes a <see cref="WeightGradient"/>. Tiles of eight k by two vectors of n stay in registers (four where
/// there are 16) while the rows of the block go by.
/// </summary>
internal static unsafe partial class WeightGradientKernel
{
    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(in WeightGradient call)
    {
        for (int k = 0; k < call.Depth; k++)
        {
            for (int n = 0; n < call.Outputs; n++)
            {
                float* dw = call.Dw + (k * call.DwStride) + n;
                double sum = call.Begins ? 0 : *dw;
                for (int r = 0; r < call.Rows; r++) sum += (double)call.X[(r * call.XStride) + k] * call.Dy[(r * call.DyStride) + n];
                *dw = (float)sum;
            }
        }
    }

    /// <summary>The vector path.</summary>
    [Dispatch]
    public static partial void Run(in WeightGradient call);
}

/// <summary>The tiles of <see cref="WeightGradientKernel"/> for one vector width.</summary>
internal static unsafe partial class WeightGradientKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    /// <summary>Computes all whole vectors of n from <paramref name="n"/> on and says where the rest begins.</summary>
    public static int Run(int n, in WeightGradient call)
    {
        int depth = call.Depth;

        // What is fetched is spread over the inner loops of the large tiles; what wider vectors have done has fetched it.
        int height = TSimd.Lanes == 16 ? 8 : 4;
        Prefetch fetch = n > 0 ? default : call.Fetch;
        nint step = fetch.Bytes / Math.Max(1, call.Rows * (depth / height) * (call.Outputs / (2 * TSimd.Lanes)));
        Ahead ahead = new((byte*)fetch.First, fetch.Second - fetch.First, step);
        for (; n + (2 * TSimd.Lanes) <= call.Outputs; n += 2 * TSimd.Lanes)
        {
            int k = 0;

            // A row of a 3x3 window over three channels, or all three of them.
            if (TSimd.Lanes == 16 && (depth is 9 or 27))
                for (; k < depth; k += 9) Tile9x2(call, k, n);
            if (TSimd.Lanes == 16)
                for (; k + 8 <= depth; k += 8) Tile8x2(call, k, n, ref ahead);
            for (; k + 4 <= depth; k += 4) Tile4x2(call, k, n, ref ahead);
            for (; k < depth; k++) Tile1x2(call, k, n);
        }

        for (; n + TSimd.Lanes <= call.Outputs; n += TSimd.Lanes)
        {
            int k = 0;
            if (depth is 9 or 27)
                for (; k < depth; k += 9) Tile9x1(call, k, n);
            if (TSimd.Lanes == 16)
                for (; k + 16 <= depth; k += 16) Tile16x1(call, k, n);
            for (; k + 8 <= depth; k += 8) Tile8x1(call, k, n);
            for (; k < depth; k++) Tile1x1(call, k, n);
        }

        return n;
    }

    /// <summary>What the next tiles fetch: a line of each of two ranges for every row.</summary>
    private struct Ahead(byte* next, nint apart, nint step)
    {
        public byte* Next = next;

        public readonly nint Apart => apart;

        public readonly nint Step => step;
    }
}
