using Graft.Kernels.Convolution;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Weights as <see cref="ByteKernel.Multiply"/> reads them: panels of two vectors of outputs, the last of one where that is enough, each <c>[fours of depth, outputs of the panel, 4]</c>, filled up with zeros.</summary>
internal sealed unsafe class BytePanels
{
    // Kept so that the memory behind the pointers lives as long as this object.
    private readonly WeightBlock block;
    private readonly sbyte* weights;
    private readonly int* biases;
    private readonly float* multipliers;

    /// <summary>Packs weights.</summary>
    /// <param name="layer">The weights.</param>
    /// <param name="input">The grid of what they are multiplied with.</param>
    /// <param name="scale">The step of the results.</param>
    /// <param name="block">Where to.</param>
    public BytePanels(ByteWeights layer, ByteGrid input, double scale, WeightBlock block)
    {
        this.block = block;
        (Outputs, Depth) = (layer.Outputs, layer.Depth);
        int padded = SimdWidth.RoundUp(Outputs, ByteKernel.Lanes);
        weights = (sbyte*)block.Take(Steps * padded);
        for (int o = 0; o < Outputs; o++)
        {
            int panel = o / Width, column = o - First(panel), width = Vectors(panel) * ByteKernel.Lanes;
            sbyte* target = Weights(panel) + (4 * column);
            for (int k = 0; k < Depth; k++) target[(k / 4 * 4 * width) + (k % 4)] = layer.Values[(o * Depth) + k];
        }

        (nint first, nint second) = layer.Fold(input, scale, padded, block);
        biases = (int*)first;
        multipliers = (float*)second;
    }

    /// <summary>The outputs of a full panel.</summary>
    public static int Width => 2 * ByteKernel.Lanes;

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The length of each output's sum.</summary>
    public int Depth { get; }

    /// <summary>A fourth of it.</summary>
    public int Steps => (Depth + 3) / 4;

    /// <summary>The number of panels.</summary>
    public int Count => (Outputs + Width - 1) / Width;

    /// <summary>The bytes of all panels.</summary>
    public nint Bytes => (nint)4 * Steps * SimdWidth.RoundUp(Outputs, ByteKernel.Lanes);

    /// <summary>The vectors of a panel, 1 or 2.</summary>
    public int Vectors(int panel) => Outputs - First(panel) > ByteKernel.Lanes ? 2 : 1;

    /// <summary>The outputs of a panel.</summary>
    public int OutputsOf(int panel) => Math.Min(Width, Outputs - First(panel));

    /// <summary>The first output of a panel.</summary>
    public static int First(int panel) => panel * Width;

    /// <summary>A panel's weights.</summary>
    public sbyte* Weights(int panel) => weights + ((nint)4 * Steps * First(panel));

    /// <summary>What all sums are multiplied by.</summary>
    public float* Multipliers => multipliers;

    /// <summary>A product with a panel; source, target and what becomes of the sums are the caller's.</summary>
    public ByteCall Call(int panel) => new()
    {
        Weights = Weights(panel),
        Steps = Steps,
        Biases = biases + First(panel),
        Multipliers = multipliers + First(panel),
        Exists = OutputsOf(panel) == 64 ? ulong.MaxValue : (1UL << OutputsOf(panel)) - 1,
        Ahead = (byte*)Weights(panel),
    };

    /// <summary>Whether all channels of a panel's vectors exist.</summary>
    public bool IsWhole(int panel) => OutputsOf(panel) == Vectors(panel) * ByteKernel.Lanes;
}
