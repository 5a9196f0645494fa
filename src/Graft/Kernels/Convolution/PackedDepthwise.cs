using System.Runtime.Intrinsics.X86;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>Depthwise weights, laid out in panels of one or two vectors of channels (the last of two may have one): <c>[kernel kernel, channels of the panel]</c>, filled up with zeros.</summary>
internal sealed unsafe class PackedDepthwise
{
    // The pointers below point into it.
    private readonly WeightBlock block;
    private readonly float* weights;
    private readonly float* bias;
    private readonly int lanes;

    /// <summary>Packs the weights of a depthwise convolution.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    /// <param name="matrix">The weights <c>[channels, kernel, kernel]</c>.</param>
    /// <param name="offsets">The bias <c>[channels]</c>.</param>
    /// <param name="lanes">The lanes of the vectors that will read it.</param>
    /// <param name="vectors">The vectors of a panel, 1 or 2.</param>
    /// <param name="block">Where to.</param>
    public PackedDepthwise(int channels, int kernel, ReadOnlySpan<float> matrix, ReadOnlySpan<float> offsets, int lanes, int vectors, WeightBlock block)
    {
        (Channels, Kernel, PanelVectors, this.lanes, this.block) = (channels, kernel, vectors, lanes, block);
        PaddedChannels = SimdWidth.RoundUp(channels, lanes);
        int taps = kernel * kernel;
        weights = block.Take(taps * PaddedChannels);
        bias = block.Take(PaddedChannels);
        Fill(matrix, offsets);
    }

    /// <summary>Packs other weights <c>[channels, kernel, kernel]</c> and another bias <c>[channels]</c>, empty for none.</summary>
    public void Fill(ReadOnlySpan<float> matrix, ReadOnlySpan<float> offsets)
    {
        offsets.CopyTo(new Span<float>(bias, Channels));
        int taps = Kernel * Kernel;
        for (int c = 0; c < Channels; c++)
        {
            int panel = c / PanelWidth, column = c % PanelWidth;
            for (int tap = 0; tap < taps; tap++) Weights(panel)[(tap * Vectors(panel) * lanes) + column] = matrix[(c * taps) + tap];
        }
    }

    public int Channels { get; }

    public int Kernel { get; }

    /// <summary>The channels, rounded up to whole vectors.</summary>
    public int PaddedChannels { get; }

    /// <summary>The vectors of a full panel.</summary>
    public int PanelVectors { get; }

    /// <summary>The channels of a full panel.</summary>
    public int PanelWidth => PanelVectors * lanes;

    /// <summary>The number of panels.</summary>
    public int Count => (Channels + PanelWidth - 1) / PanelWidth;

    /// <summary>The vectors of a panel; the last may have fewer.</summary>
    public int Vectors(int panel) => Math.Min(PanelVectors, (PaddedChannels / lanes) - (PanelVectors * panel));

    /// <summary>Where a panel's weights begin.</summary>
    public float* Weights(int panel) => weights + ((nint)panel * PanelWidth * Kernel * Kernel);

    /// <summary>Where a panel's bias begins.</summary>
    public float* Bias(int panel) => bias + (panel * PanelWidth);

    /// <summary>Asks for a panel's weights, which are too few for the hardware to notice that they are read in order.</summary>
    public void Prefetch(int panel)
    {
        if (!Sse.IsSupported) return;
        float* start = Weights(panel);
        for (int i = 0; i < Vectors(panel) * lanes * Kernel * Kernel; i += 16) Sse.Prefetch1(start + i);
        Sse.Prefetch1(Bias(panel));
    }
}
