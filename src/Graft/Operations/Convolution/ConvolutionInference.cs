using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>A convolution of one group without dilation: one matrix product for 1x1, otherwise one for each row of the output.</summary>
internal sealed unsafe class ConvolutionInference : InferenceKernel
{
    // Rows of the padded image that are kept at once: about a quarter of a second-level cache.
    private const int BufferFloats = 1 << 16;

    private readonly PackedPanels panels;
    private readonly ConvolutionRows rows;
    private readonly WindowGeometry g;
    private readonly Epilogue epilogue;
    private readonly int strip, room;

    public ConvolutionInference(Conv2d convolution, InferenceNode node)
    {
        g = WindowGeometry.Of(convolution, node.Inputs[0]);
        rows = new ConvolutionRows(g);
        strip = 1;
        while (strip < g.OutHeight && rows.BufferFloats(strip + 1) <= BufferFloats) strip++;
        room = Room(rows.BufferFloats(strip));
        panels = Pack(convolution, node, vectors: 2, halves: true);
        epilogue = node.Epilogue;
    }

    /// <inheritdoc/>
    public override long FetchingMultiplyAdds => (long)g.OutHeight * g.OutWidth * panels.Outputs * panels.Depth;

    /// <inheritdoc/>
    public override int WorkerFloats => room;

    private int Windows => rows.IsPointwise ? g.OutHeight * g.OutWidth : g.OutHeight;

    private int Unit => rows.IsPointwise ? 42 : 1;

    /// <summary>Folds and packs a convolution's weights.</summary>
    public static PackedPanels Pack(Conv2d convolution, InferenceNode node, int vectors, bool halves)
    {
        Shape shape = node.Weight("weight").Shape;
        FoldedWeights folded = FoldedWeights.Of(convolution, node.Weight, node.Epilogue.Affine);
        return new PackedPanels(shape[0], shape[1] * shape[2] * shape[3], folded.ChannelsLast(shape), folded.Bias, SimdWidth.Lanes, node.Block, vectors, halves);
    }

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, SplitsRows(threads) ? Windows / Unit : panels.Count);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        float* image = buffers.Floats(Inputs[0]), target = buffers.Floats(Output), residual = epilogue.HasResidual ? buffers.Floats(Inputs[^1]) : null;
        (int first, int end) = (0, Windows);
        (int firstPanel, int endPanel) = (0, panels.Count);
        if (SplitsRows(chunks)) (first, end) = Division.Share(Windows, chunk, chunks, Unit);
        else (firstPanel, endPanel) = Division.Share(panels.Count, chunk, chunks);

        if (rows.IsPointwise)
        {
            PanelCall call = rows.Call(image, scratch, 0, 0) with { Rows = end - first };
            call.Source += (nint)first * g.Channels;
            Multiply(ref call, first, firstPanel, endPanel, 0, 1);
            return;
        }

        for (int row = first; row < end; row += strip)
        {
            int stripEnd = Math.Min(end, row + strip);
            rows.Prepare(image, row, stripEnd, scratch);

            // Panel by panel, so that a panel's weights stay in the cache for all rows.
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                for (int i = row; i < stripEnd; i++)
                {
                    PanelCall call = rows.Call(image, scratch, row, i);
                    Multiply(ref call, i * g.OutWidth, panel, panel + 1, i - row, stripEnd - row);
                }
            }
        }

        void Multiply(ref PanelCall call, int pixel, int from, int to, int slice, int slices)
        {
            call.Target = target + ((nint)pixel * g.OutChannels);
            call.TargetStride = g.OutChannels;
            call.TargetPlaneStride = panels.Lanes;
            call.Residual = residual is null ? null : residual + ((nint)pixel * g.OutChannels);
            call.ResidualStride = g.OutChannels;
            call.Clamp = epilogue.Clamp;
            Panels.Run(panels, from, to, call, slice, slices, Far, function: epilogue.Function);
        }
    }

    private bool SplitsRows(int chunks) => Windows / Unit >= 2 * chunks;
}
