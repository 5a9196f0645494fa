using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>A 3x3 depthwise convolution on bytes with the convolution before it and the 1x1 convolution after it, where there are any: what is between them is never stored whole.</summary>
/// <remarks>
/// A panel of channels is expanded a row at a time into a ring of one row, in which a pixel of a channel is the bytes of the last four rows: pushing a row shifts them, and three products of four bytes are an output of the
/// depthwise convolution. Its outputs, narrow as bytes, lie side by side and are projected at the end. Images whose outputs do not fit into the second-level cache are done in bands of rows; a band expands anew what it needs of the one before.
/// </remarks>
internal sealed unsafe class ByteInvertedResidualInference : InferenceKernel
{
    private const int BandBytes = 1 << 18, WindowBytes = 1 << 17, Newest = 24;

    private readonly ByteLayer? project;
    private readonly BytePanels? expand;
    private readonly ByteWindows? windows;
    private readonly Epilogue expandEnd = Epilogue.None, depthwiseEnd, projectEnd = Epilogue.None;
    private readonly BytePanels depthwise;
    private readonly WindowGeometry g;
    private readonly byte zero;
    private readonly int band;

    /// <summary>Makes a kernel.</summary>
    /// <param name="expanding">The convolution before the depthwise one, or null.</param>
    /// <param name="middle">The depthwise one.</param>
    /// <param name="projecting">The 1x1 convolution after it, or null.</param>
    public ByteInvertedResidualInference(ConvolutionLayer? expanding, ConvolutionLayer middle, ConvolutionLayer? projecting)
    {
        g = WindowGeometry.Of(middle.Convolution, middle.Node.Inputs[0]);
        ByteGrid grid = middle.Node.Grids[0];
        (zero, depthwiseEnd) = ((byte)grid.ZeroPoint, middle.Node.Epilogue);
        if (expanding is not null)
        {
            ByteGrid input = expanding.Node.Grids[0];
            expandEnd = expanding.Node.Epilogue;
            expand = new BytePanels(ByteLayer.WeightsOf(expanding.Convolution, expanding.Node), input, ByteLayer.Step(expandEnd), expanding.Node.Block);
            windows = new ByteWindows(WindowGeometry.Of(expanding.Convolution, expanding.Node.Inputs[0]), input.ZeroPoint);
        }

        depthwise = new BytePanels(ByteLayer.WeightsOf(middle.Convolution, middle.Node).Columns(), grid, ByteLayer.Step(depthwiseEnd), middle.Node.Block);
        if (projecting is not null)
        {
            project = new ByteLayer(projecting.Convolution, projecting.Node);
            projectEnd = projecting.Node.Epilogue;
        }

        band = (int)Math.Clamp(BandBytes / Math.Max(1, (long)g.OutWidth * MiddleStride), 1, g.OutHeight);
        while (band > 1 && windows?.Bytes(RowsOf(band)) > WindowBytes) band--;
        if (project is not null) _ = Room((long)band * g.OutWidth * MiddleStride / sizeof(float));
    }

    /// <summary>Whether a depthwise convolution can be done: 3x3 with a step of 1 or 2.</summary>
    public static bool Fits(Conv2d convolution) => convolution is { KernelSize: ByteWeights.Kernel, Stride: 1 or 2, Dilation: 1 };

    /// <summary>Whether an image is done whole, and threads share its channels.</summary>
    public bool IsWhole => band == g.OutHeight;

    /// <inheritdoc/>
    public override ElementType OutputType => (project is null ? depthwiseEnd : projectEnd).OutputType;

    /// <inheritdoc/>
    public override int Phases => IsWhole && project is not null ? 2 : 1;

    /// <inheritdoc/>
    public override int SharedFloats => IsWhole && project is not null ? Floats(g.OutHeight * g.OutWidth * MiddleStride) : 0;

    /// <inheritdoc/>
    public override int WorkerFloats => Ring + RowFloats + ByteLayer.ScratchFloats + BandFloats + Floats((int)(windows?.Bytes(RowsOf(band)) ?? 0));

    // What lies between a band's depthwise convolution and its projection.
    private int BandFloats => IsWhole || project is null ? 0 : Floats(band * g.OutWidth * MiddleStride);

    private int MiddleStride => project is null ? g.Channels : depthwise.Padded;

    private int Columns => Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Kernel);

    private int Ring => Align(Columns * BytePanels.Width);

    // A row of a panel as sums and as numbers.
    private int RowFloats => Align(2 * Math.Max(g.Width, g.OutWidth) * BytePanels.Width);

    private bool IsDirect => project is not null || g.Channels % ByteKernel.Lanes == 0;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => (IsWhole, phase) switch
    {
        (true, 0) => Math.Min(threads, depthwise.Count),
        (true, _) => project!.Chunks(g.OutHeight, g.OutWidth, threads),
        _ => Math.Min(threads, Bands),
    };

    private int Bands => (g.OutHeight + band - 1) / band;

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        if (phase == 1)
        {
            (int firstRow, int endRow, int firstPanel, int endPanel) = project!.Share(g.OutHeight, g.OutWidth, chunk, chunks);
            Project(buffers, (byte*)buffers.Floats(Shared), 0, firstRow, endRow, firstPanel, endPanel, scratch);
            return;
        }

        float* after = scratch + Ring + RowFloats + ByteLayer.ScratchFloats;
        byte* memory = (byte*)(after + BandFloats);
        if (IsWhole)
        {
            (int first, int end) = Division.Share(depthwise.Count, chunk, chunks);
            Band(buffers, 0, g.OutHeight, first, end, project is null ? (byte*)buffers.Any(Output) : (byte*)buffers.Floats(Shared), scratch, memory);
            return;
        }

        (int from, int to) = Division.Share(Bands, chunk, chunks);
        for (int row = from * band; row < Math.Min(g.OutHeight, to * band); row += band)
        {
            int end = Math.Min(g.OutHeight, row + band);
            byte* target = project is null ? (byte*)buffers.Any(Output) + ((nint)row * g.OutWidth * MiddleStride) : (byte*)after;
            Band(buffers, row, end, 0, depthwise.Count, target, scratch, memory);
            if (project is not null) Project(buffers, target, row, row, end, 0, project.Panels.Count, scratch);
        }
    }

    private static int Floats(int bytes) => Align((bytes + sizeof(float) - 1) / sizeof(float));

    private int RowsOf(int outputs) => Math.Min(g.Height, ((outputs - 1) * g.Stride) + g.Kernel);

    private void Project(BufferTable buffers, byte* middle, int origin, int first, int end, int firstPanel, int endPanel, float* scratch)
    {
        nint pixel = (nint)first * g.OutWidth;
        byte* residual = projectEnd.HasResidual ? buffers.Bytes(Inputs[^1]) + (pixel * project!.Panels.Outputs) : null;
        project!.Run(new ByteRows(middle + ((nint)(first - origin) * g.OutWidth * MiddleStride), MiddleStride, (end - first) * g.OutWidth), (byte*)buffers.Any(Output) + (pixel * project.RowBytes), residual, firstPanel, endPanel, scratch);
    }

    /// <summary>Expansion and depthwise convolution of output rows <paramref name="row"/> to <paramref name="end"/> - 1, for some panels.</summary>
    private void Band(BufferTable buffers, int row, int end, int firstPanel, int endPanel, byte* target, float* scratch, byte* memory)
    {
        byte* image = buffers.Bytes(Inputs[0]);
        int* ring = (int*)scratch;
        float* numbers = scratch + Ring;
        int top = Math.Max(0, (row * g.Stride) - g.Top), bottom = Math.Min(g.Height, ((end - 1) * g.Stride) - g.Top + g.Kernel);
        ByteRows rows = windows is null || bottom <= top ? new ByteRows(image + ((nint)top * g.Width * g.Channels), g.Channels, g.Width) : windows.Prepare(image, top, bottom, memory);
        nint step = rows.Groups > 1 ? rows.GroupStride : g.Width * rows.Stride;
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int vectors = depthwise.Vectors(panel), width = vectors * ByteKernel.Lanes;
            new Span<int>(ring, Columns * width).Fill(zero * 0x01010101);
            ByteCall filling = Filling(panel, rows, ring, width), call = depthwise.Call(panel);
            call.Source = (byte*)ring;
            call.TargetStride = MiddleStride;
            if (depthwiseEnd.Grid is { } grid) (call.ZeroPoint, call.Low, call.High) = (grid.ZeroPoint, depthwiseEnd.Bounds.Low, depthwiseEnd.Bounds.High);
            int next = top;
            for (int i = row; i < end; i++)
            {
                for (int needed = (i * g.Stride) - g.Top + g.Kernel; next < needed; next++)
                {
                    if (next < g.Height) Fill(filling, panel, rows.Start + ((next - top) * step), ring + (g.Left * width), numbers);
                    else PushZeros(ring, Columns * width);
                }

                Convolve(call, panel, target + ((nint)(i - row) * g.OutWidth * MiddleStride), numbers);
            }
        }
    }

    private ByteCall Filling(int panel, in ByteRows rows, int* ring, int width)
    {
        if (expand is null) return default;
        ByteCall call = ByteLayer.Call(expand, panel, rows);
        call.Target = (byte*)(ring + (g.Left * width));
        call.TargetStride = width * sizeof(int);
        (call.ZeroPoint, call.Low, call.High) = (zero, expandEnd.Bounds.Low, expandEnd.Bounds.High);
        return call;
    }

    /// <summary>Pushes a panel's channels of one row.</summary>
    private void Fill(ByteCall call, int panel, byte* source, int* ring, float* numbers)
    {
        int vectors = depthwise.Vectors(panel), width = vectors * ByteKernel.Lanes;
        if (expand is null)
        {
            ByteKernel.Push(vectors, g.Width, source + BytePanels.First(panel), g.Channels, ring);
            return;
        }

        call.Source = source;
        if (expandEnd.Function is null && expand.AreWhole)
        {
            ByteKernel.Multiply(ByteEnd.Ring, vectors, g.Width, call);
            return;
        }

        call.Target = (byte*)numbers;
        ByteKernel.Multiply(ByteEnd.Sums, vectors, g.Width, call);
        byte* bytes = Rounded(expandEnd, g.Width, width, expand.Multipliers + BytePanels.First(panel), numbers);
        ByteKernel.Push(vectors, g.Width, bytes, width, ring);
    }

    private void Convolve(ByteCall call, int panel, byte* target, float* numbers)
    {
        int vectors = depthwise.Vectors(panel), width = vectors * ByteKernel.Lanes, first = BytePanels.First(panel), channels = Math.Min(width, g.Channels - first);
        bool isPlain = depthwiseEnd.Function is null && depthwise.AreWhole;
        if (isPlain && (IsDirect || channels == width))
        {
            call.Target = target + first;
            ByteKernel.Convolve(ByteEnd.Bytes, g.Stride, vectors, g.OutWidth, call);
            return;
        }

        byte* bytes = (byte*)numbers;
        call.Target = bytes;
        if (!isPlain)
        {
            call.TargetStride = width * sizeof(int);
            ByteKernel.Convolve(ByteEnd.Sums, g.Stride, vectors, g.OutWidth, call);
            bytes = Rounded(depthwiseEnd, g.OutWidth, width, call.Multipliers, numbers);
        }
        else
        {
            call.TargetStride = width;
            ByteKernel.Convolve(ByteEnd.Bytes, g.Stride, vectors, g.OutWidth, call);
        }

        for (int j = 0; j < g.OutWidth; j++) new ReadOnlySpan<byte>(bytes + (j * width), channels).CopyTo(new Span<byte>(target + ((nint)j * MiddleStride) + first, channels));
    }

    /// <summary>A row of sums to bytes where they do not come straight out of a tile; behind the sums there is room for both.</summary>
    private static byte* Rounded(Epilogue end, int pixels, int width, float* multipliers, float* sums)
    {
        float* values = sums + (pixels * width);
        ByteSumKernel.ToFloat(pixels, width, (int*)sums, width, multipliers, values, width);
        end.Function?.Run(pixels * width, values, values);
        QuantizeKernel.Run(pixels * width, ByteLayer.GridInSteps(end), end.Bounds, values, (byte*)sums);
        return (byte*)sums;
    }

    private void PushZeros(int* ring, int count)
    {
        uint pushed = (uint)zero << Newest;
        for (int i = 0; i < count; i++) ((uint*)ring)[i] = (((uint*)ring)[i] >> 8) | pushed;
    }
}
