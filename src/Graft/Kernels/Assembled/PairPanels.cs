using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Assembled;

/// <summary>A matrix <c>[outputs, depth]</c> as tiles read it: panels of 32 outputs, the last of 16 where that is enough, each <c>[pairs of depth, outputs of the panel]</c>, rounded to bfloat16 and filled up with zeros.</summary>
internal sealed unsafe class PairPanels
{
    private const int Lanes = 16, Turned = 16;

    // Where the panels lie.
    private readonly WeightBlock block;
    private readonly uint* weights;

    /// <summary>Makes room for a matrix.</summary>
    /// <param name="outputs">Its rows.</param>
    /// <param name="depth">Its columns.</param>
    public PairPanels(int outputs, int depth)
    {
        (Outputs, Depth, Pairs) = (outputs, depth, (depth + 1) / 2);
        int words = Pairs * SimdWidth.RoundUp(outputs, Lanes);
        block = new WeightBlock(words + Lanes);
        weights = (uint*)block.Take(words);
    }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The length of each output's sum.</summary>
    public int Depth { get; }

    /// <summary>The pairs of each output's sum.</summary>
    public int Pairs { get; }

    /// <summary>The panels.</summary>
    public int Count => (Outputs + (2 * Lanes) - 1) / (2 * Lanes);

    /// <summary>The vectors of a panel, 1 or 2.</summary>
    public int Vectors(int panel) => Outputs - First(panel) > Lanes ? 2 : 1;

    /// <summary>The first output of a panel.</summary>
    public static int First(int panel) => panel * 2 * Lanes;

    /// <summary>The pairs of a panel.</summary>
    public uint* this[int panel] => weights + ((nint)First(panel) * Pairs);

    /// <summary>Packs weights: element (output, k) lies at output <paramref name="outputStride"/> + k <paramref name="depthStride"/>, of which one is 1.</summary>
    public void Fill(float* matrix, nint outputStride, nint depthStride)
    {
        for (int panel = 0; panel < Count; panel++)
        {
            int width = Vectors(panel) * Lanes, outputs = Math.Min(width, Outputs - First(panel));
            float* source = matrix + (First(panel) * outputStride);
            uint* target = this[panel];
            if (outputStride == 1)
            {
                PairKernel.Run(Depth, outputs, source, depthStride, target, width);
                continue;
            }

            Turn(source, outputStride, outputs, target, width);
        }
    }

    /// <summary>Outputs whose weights lie side by side: some pairs of all of them at a time are rounded, and then turned.</summary>
    private void Turn(float* source, nint outputStride, int outputs, uint* target, int width)
    {
        uint* square = stackalloc uint[2 * Lanes * Turned];
        for (int first = 0; first < Depth; first += 2 * Turned, source += 2 * Turned)
        {
            int count = Math.Min(2 * Turned, Depth - first), pairs = (count + 1) / 2;
            if (count % 2 != 0)
                for (int o = 0; o < outputs; o++) square[(o * Turned) + pairs - 1] = 0;
            StoreKernel.Run(outputs, count, new StridedRows(source, outputStride), new StoredRows(square, 2 * Turned, ElementType.BFloat16));
            for (nint k = 0; k < pairs; k++, target += width)
                for (nint o = 0; o < outputs; o++) target[o] = square[(o * Turned) + k];
        }
    }
}
