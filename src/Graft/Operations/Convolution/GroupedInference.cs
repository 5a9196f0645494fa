using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>A convolution with groups or dilation: the taps of some windows are copied out one after the other, then each group is a matrix product over them.</summary>
internal sealed unsafe class GroupedInference : InferenceKernel
{
    // What the taps of a block of windows may take, and how wide narrow groups are made together.
    private const int BlockFloats = 1 << 18, MostRows = 224, TogetherChannels = 64;

    // Windows are taken in a tile's rows.
    private const int Unit = 7;

    private readonly WindowGeometry g;
    private readonly PackedPanels[] groups;
    private readonly int taps, together, rows;

    public GroupedInference(Conv2d convolution, InferenceNode node)
    {
        g = WindowGeometry.Of(convolution, node.Inputs[0]);
        taps = g.Kernel * g.Kernel;
        int outputs = g.GroupOutChannels, depth = taps * g.GroupChannels;
        FoldedWeights folded = FoldedWeights.Of(convolution, node.Weight, node.Epilogue.Affine);
        float[] weights = folded.ChannelsLast(node.Weight("weight").Shape);
        groups = new PackedPanels[g.Groups];
        for (int group = 0; group < groups.Length; group++)
            groups[group] = new PackedPanels(outputs, depth, weights.AsSpan(group * outputs * depth, outputs * depth), folded.Bias.AsSpan(group * outputs, outputs), SimdWidth.Lanes, node.Block, vectors: 2, halves: true);
        together = Math.Clamp(TogetherChannels / g.GroupChannels, 1, g.Groups);
        rows = Math.Min(Math.Clamp(BlockFloats / (taps * together * g.GroupChannels) / Unit * Unit, Unit, MostRows), Windows);
    }

    /// <inheritdoc/>
    public override int WorkerFloats => checked(taps * rows * together * g.GroupChannels);

    private int Windows => g.OutHeight * g.OutWidth;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, SplitsWindows(threads) ? (Windows + Unit - 1) / Unit : g.Groups);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        float* image = buffers.Floats(Inputs[0]), target = buffers.Floats(Output);
        (int first, int end) = (0, Windows);
        (int firstGroup, int endGroup) = (0, g.Groups);
        if (SplitsWindows(chunks)) (first, end) = Division.Share(Windows, chunk, chunks, Unit);
        else (firstGroup, endGroup) = Division.Share(g.Groups, chunk, chunks);
        for (int group = firstGroup; group < endGroup; group += together)
        {
            int count = Math.Min(together, endGroup - group);
            for (int window = first; window < end; window += rows) Block(image, target, group, count, window, Math.Min(rows, end - window), scratch);
        }
    }

    private void Block(float* image, float* target, int group, int count, int window, int windows, float* x)
    {
        int channels = count * g.GroupChannels;
        nint tapFloats = (nint)windows * channels;
        for (int tap = 0; tap < taps; tap++) WindowTaps.Gather(g, image + (group * g.GroupChannels), channels, tap, window, windows, x + (tap * tapFloats), channels);
        for (int i = 0; i < count; i++)
        {
            Panels.Run(groups[group + i], 0, groups[group + i].Count, new PanelCall
            {
                Source = x + (i * g.GroupChannels),
                SourceStride = channels,
                Segments = taps,
                SegmentLength = g.GroupChannels,
                SegmentStride = tapFloats,
                Target = target + ((nint)window * g.OutChannels) + ((group + i) * g.GroupOutChannels),
                TargetStride = g.OutChannels,
                TargetPlaneStride = SimdWidth.Lanes,
                Rows = windows,
                IsBare = true,
            });
        }
    }

    private bool SplitsWindows(int chunks) => g.Groups < chunks || Windows >= 2 * Unit * chunks;
}
