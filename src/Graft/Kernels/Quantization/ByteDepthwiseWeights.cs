using Graft.Kernels.Convolution;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>The weights of a 3x3 depthwise convolution as <see cref="ByteKernel.Convolve"/> reads them: panels of two vectors of channels, the last of one where that is enough, each <c>[columns of the kernel, channels of the panel, 0 and the rows of the kernel]</c>.</summary>
internal sealed unsafe class ByteDepthwiseWeights
{
    /// <summary>The side of the kernel.</summary>
    public const int Kernel = 3;

    // Kept so that the memory behind the pointers lives as long as this object.
    private readonly WeightBlock block;
    private readonly sbyte* weights;
    private readonly int* biases;
    private readonly float* multipliers;

    /// <summary>Packs weights <c>[channels, 3, 3]</c>.</summary>
    public ByteDepthwiseWeights(ByteWeights layer, ByteGrid input, double scale, WeightBlock block)
    {
        this.block = block;
        Channels = layer.Outputs;
        weights = (sbyte*)block.Take(Kernel * PaddedChannels);
        for (int c = 0; c < Channels; c++)
        {
            int panel = c / BytePanels.Width, column = c - BytePanels.First(panel), width = Vectors(panel) * ByteKernel.Lanes;
            for (int u = 0; u < Kernel; u++)
                for (int v = 0; v < Kernel; v++) Weights(panel)[(((v * width) + column) * 4) + 1 + u] = layer.Values[(((c * Kernel) + u) * Kernel) + v];
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

    /// <summary>The vectors of a panel, 1 or 2.</summary>
    public int Vectors(int panel) => Channels - BytePanels.First(panel) > ByteKernel.Lanes ? 2 : 1;

    /// <summary>A row's convolution for a panel; source, target and what becomes of the sums are the caller's.</summary>
    public ByteCall Call(int panel) => new() { Weights = Weights(panel), Biases = biases + BytePanels.First(panel), Multipliers = multipliers + BytePanels.First(panel) };

    private sbyte* Weights(int panel) => weights + ((nint)Kernel * 4 * BytePanels.First(panel));
}
