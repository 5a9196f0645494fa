using Graft.Kernels.Convolution;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Weights as <see cref="ByteKernel.Multiply"/> reads them: panels of some vectors of outputs, the last of fewer where that is enough, filled up with zeros.</summary>
internal sealed unsafe class BytePanels
{
    // Kept so that the memory behind the pointers lives as long as this object.
    private readonly WeightBlock block;
    private readonly int* weights;
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
        (Outputs, Depth, AreWhole) = (layer.Outputs, layer.Depth, layer.FitsWholeNumbers(input, scale));
        weights = (int*)block.Take(Steps * ByteKernel.Parts * Padded);
        for (int o = 0; o < Outputs; o++)
        {
            int panel = o / Width, width = Vectors(panel) * ByteKernel.Lanes;
            int* target = Weights(panel) + (o - First(panel));
            for (int k = 0; k < Depth; k += 4)
            {
                int four = 0;
                for (int i = 0; i < Math.Min(4, Depth - k); i++) four |= (byte)layer.Values[(o * Depth) + k + i] << (8 * i);
                for (int part = 0; part < ByteKernel.Parts; part++, target += width) *target = ByteKernel.Weights(four, part);
            }
        }

        (nint first, nint second) = layer.Fold(input, scale, Padded, block);
        biases = (int*)first;
        multipliers = (float*)second;
    }

    /// <summary>The outputs of a full panel.</summary>
    public static int Width => ByteKernel.MostVectors * ByteKernel.Lanes;

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The outputs, filled up to whole vectors.</summary>
    public int Padded => PaddedOf(Outputs);

    /// <summary>Whether all results are whole numbers of 32 bits, so that bytes can come straight out of a tile.</summary>
    public bool AreWhole { get; }

    /// <summary>The length of each output's sum.</summary>
    public int Depth { get; }

    /// <summary>A fourth of it.</summary>
    public int Steps => (Depth + 3) / 4;

    /// <summary>The number of panels.</summary>
    public int Count => (Outputs + Width - 1) / Width;

    /// <summary>The vectors of a panel.</summary>
    public int Vectors(int panel) => (OutputsOf(panel) + ByteKernel.Lanes - 1) / ByteKernel.Lanes;

    /// <summary>The bytes of a panel's weights.</summary>
    public nint BytesOf(int panel) => (nint)sizeof(int) * Steps * ByteKernel.Parts * Vectors(panel) * ByteKernel.Lanes;

    /// <summary>The memory that a layer's weights take in a block.</summary>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="depth">The length of each output's sum.</param>
    public static long Floats(int outputs, long depth) => WeightBlock.Taken((depth + 3) / 4 * ByteKernel.Parts * PaddedOf(outputs)) + (2 * WeightBlock.Taken(PaddedOf(outputs)));

    /// <summary>The outputs of a panel.</summary>
    public int OutputsOf(int panel) => Math.Min(Width, Outputs - First(panel));

    /// <summary>The first output of a panel.</summary>
    public static int First(int panel) => panel * Width;

    /// <summary>A panel's weights.</summary>
    public int* Weights(int panel) => weights + ((nint)Steps * ByteKernel.Parts * First(panel));

    /// <summary>What all sums are multiplied by.</summary>
    public float* Multipliers => multipliers;

    /// <summary>A product with a panel; source, target and what becomes of the sums are the caller's.</summary>
    public ByteCall Call(int panel) => new()
    {
        Weights = Weights(panel),
        Steps = Steps,
        Segments = 1,
        Biases = biases + First(panel),
        Multipliers = multipliers + First(panel),
        Exists = (1UL << OutputsOf(panel)) - 1,
        Ahead = (byte*)Weights(panel),
    };

    /// <summary>Whether all channels of a panel's vectors exist.</summary>
    public bool IsWhole(int panel) => OutputsOf(panel) == Vectors(panel) * ByteKernel.Lanes;

    private static int PaddedOf(int outputs) => SimdWidth.RoundUp(outputs, ByteKernel.Lanes);
}
