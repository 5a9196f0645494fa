using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>A convolution of one group without dilation, or a dense layer, on bytes: one matrix product for 1x1, otherwise one for some rows of the output.</summary>
internal sealed unsafe class ByteConvolutionInference : InferenceKernel
{
    // Windows that are copied out at once: a quarter of a second-level cache.
    private const int StripBytes = 1 << 17;

    private readonly ByteLayer layer;
    private readonly ByteWindows windows;
    private readonly WindowGeometry g;
    private readonly Epilogue epilogue;
    private readonly int strip;

    /// <summary>Makes a kernel.</summary>
    /// <param name="convolution">The layer; a dense one is a convolution of a single pixel.</param>
    /// <param name="geometry">Its sizes.</param>
    /// <param name="node">The node.</param>
    public ByteConvolutionInference(ILinearLayer convolution, in WindowGeometry geometry, InferenceNode node)
    {
        (g, epilogue) = (geometry, node.Epilogue);
        layer = new ByteLayer(convolution, node);
        windows = new ByteWindows(g, node.Grids[0].ZeroPoint);
        strip = 1;
        while (strip < g.OutHeight && windows.Bytes(strip + 1) <= StripBytes) strip++;
    }

    /// <inheritdoc/>
    public override ElementType OutputType => epilogue.OutputType;

    /// <inheritdoc/>
    public override int WorkerFloats => ByteLayer.ScratchFloats + (int)(windows.Bytes(strip) / sizeof(float)) + 1;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => layer.Chunks(g.OutHeight, g.OutWidth, threads);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end, int firstPanel, int endPanel) = layer.Share(g.OutHeight, g.OutWidth, chunk, chunks);
        byte* image = buffers.Bytes(Inputs[0]), residual = epilogue.HasResidual ? buffers.Bytes(Inputs[^1]) : null, target = (byte*)buffers.Any(Output);
        for (int row = first; row < end; row += strip)
        {
            int stop = Math.Min(end, row + strip);
            nint pixel = (nint)row * g.OutWidth;
            ByteRows rows = windows.Prepare(image, row, stop, (byte*)(scratch + ByteLayer.ScratchFloats));
            layer.Run(rows, target + (pixel * layer.RowBytes), residual == null ? null : residual + (pixel * layer.Panels.Outputs), firstPanel, endPanel, scratch);
        }
    }
}
