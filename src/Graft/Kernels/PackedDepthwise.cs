using Graft.Tensors;

namespace Graft.Kernels;

/// <summary>Depthwise weights, laid out in panels of two vectors of channels (the last may have one): <c>[kernel kernel, channels of the panel]</c>, filled up with zeros.</summary>
internal sealed unsafe class PackedDepthwise
{
    private readonly Tensor weights;
    private readonly Tensor bias;
    private readonly int lanes;

    /// <summary>Packs the weights of a depthwise convolution.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    /// <param name="matrix">The weights <c>[channels, kernel, kernel]</c>.</param>
    /// <param name="offsets">The bias <c>[channels]</c>.</param>
    /// <param name="lanes">The lanes of the vectors that will read it.</param>
    public PackedDepthwise(int channels, int kernel, ReadOnlySpan<float> matrix, ReadOnlySpan<float> offsets, int lanes)
    {
        (Channels, Kernel, this.lanes) = (channels, kernel, lanes);
        PaddedChannels = SimdWidth.RoundUp(channels, lanes);
        int taps = kernel * kernel;
        weights = new Tensor([taps, PaddedChannels]);
        bias = new Tensor([PaddedChannels]);
        offsets.CopyTo(bias.Span);
        for (int c = 0; c < channels; c++)
        {
            int panel = c / PanelWidth, column = c % PanelWidth;
            for (int tap = 0; tap < taps; tap++) Weights(panel)[(tap * Vectors(panel) * lanes) + column] = matrix[(c * taps) + tap];
        }
    }

    public int Channels { get; }

    public int Kernel { get; }

    /// <summary>The channels, rounded up to whole vectors.</summary>
    public int PaddedChannels { get; }

    /// <summary>The channels of a full panel.</summary>
    public int PanelWidth => 2 * lanes;

    /// <summary>The number of panels.</summary>
    public int Count => (Channels + PanelWidth - 1) / PanelWidth;

    /// <summary>The vectors of a panel: 2, or 1 in the last.</summary>
    public int Vectors(int panel) => Math.Min(2, (PaddedChannels / lanes) - (2 * panel));

    /// <summary>Where a panel's weights begin.</summary>
    public float* Weights(int panel) => weights.Pointer + ((nint)panel * PanelWidth * Kernel * Kernel);

    /// <summary>Where a panel's bias begins.</summary>
    public float* Bias(int panel) => bias.Pointer + (panel * PanelWidth);
}
