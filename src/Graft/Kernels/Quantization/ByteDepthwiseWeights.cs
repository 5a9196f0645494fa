using Graft.Kernels.Convolution;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>The weights of a 3x3 depthwise convolution as <see cref="ByteKernel.Convolve"/> reads them: panels of some vectors of channels, the last of fewer where that is enough, filled up with zeros.</summary>
internal sealed unsafe class ByteDepthwiseWeights
{
    /// <summary>The side of the kernel.</summary>
    public const int Kernel = 3;

    // Kept so that the memory behind the pointers lives as long as this object.
    private readonly WeightBlock block;
    private readonly int* weights;
    private readonly int* biases;
    private readonly float* multipliers;

    /// <summary>Packs weights <c>[channels, 3, 3]</c>.</summary>
    public ByteDepthwiseWeights(ByteWeights layer, ByteGrid input, double scale, WeightBlock block)
    {
        this.block = block;
        Channels = layer.Outputs;
        weights = (int*)block.Take(Kernel * ByteKernel.Parts * PaddedChannels);
        for (int c = 0; c < Channels; c++)
        {
            int panel = c / BytePanels.Width, width = Vectors(panel) * ByteKernel.Lanes;
            int* target = Weights(panel) + (c - BytePanels.First(panel));
            for (int v = 0; v < Kernel; v++)
            {
                int four = 0;
                for (int u = 0; u < Kernel; u++) four |= (byte)layer.Values[(((c * Kernel) + u) * Kernel) + v] << (8 * (u + 1));
                for (int part = 0; part < ByteKernel.Parts; part++, target += width) *target = ByteKernel.Weights(four, part);
            }
        }

        (nint first, nint second) = layer.Fold(input, scale, PaddedChannels, block);
        biases = (int*)first;
        multipliers = (float*)second;
    }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The channels, filled up to whole vectors.</summary>
    public int PaddedChannels => SimdWidth.RoundUp(Channels, ByteKernel.Lanes);

    /// <summary>The number of panels.</summary>
    public int Count => (Channels + BytePanels.Width - 1) / BytePanels.Width;

    /// <summary>The vectors of a panel.</summary>
    public int Vectors(int panel) => (Math.Min(BytePanels.Width, Channels - BytePanels.First(panel)) + ByteKernel.Lanes - 1) / ByteKernel.Lanes;

    /// <summary>A row's convolution for a panel; source, target and what becomes of the sums are the caller's.</summary>
    public ByteCall Call(int panel) => new() { Weights = Weights(panel), Biases = biases + BytePanels.First(panel), Multipliers = multipliers + BytePanels.First(panel) };

    private int* Weights(int panel) => weights + ((nint)Kernel * ByteKernel.Parts * BytePanels.First(panel));
}
