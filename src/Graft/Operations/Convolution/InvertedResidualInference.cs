using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>
/// A depthwise convolution, with the convolution before it and the 1x1 convolution after it where they can join, without ever storing the wide values whole: a panel of channels of a few rows is computed (or copied) into a ring of
/// rows with zeros at both ends, the depthwise convolution runs on it while it is in the cache, and its result is projected as soon as all panels are there.
/// </summary>
/// <remarks>
/// A ring has as many rows as a window spans. Small images are done whole: all chunks do the depthwise convolution of some panels, then all project. Large
/// ones are cut into strips of rows; each panel then has a ring of its own, which keeps the rows that the next strip needs again.
/// </remarks>
internal sealed unsafe class InvertedResidualInference : InferenceKernel
{
    private const int WholeFloats = 1 << 17;
    private const int StripFloats = 48 * 1024;

    // A ring and, beside it, the weights and pixels in use share a first-level cache of 32 KB.
    private const int RingFloats = 5 * 1024;

    private readonly ConvolutionRows? expandRows;
    private readonly PackedPanels? expand, project;
    private readonly PackedDepthwise depthwise;
    private readonly Epilogue expandEnd = Epilogue.None, depthwiseEnd, projectEnd = Epilogue.None;
    private readonly WindowGeometry g;
    private readonly int strip, ringRows, pitch, outputs, room;

    /// <summary>Makes a kernel.</summary>
    /// <param name="expand">The convolution before the depthwise one, or null.</param>
    /// <param name="middle">The depthwise one.</param>
    /// <param name="projecting">The 1x1 convolution after it, or null.</param>
    public InvertedResidualInference(ConvolutionLayer? expand, ConvolutionLayer middle, ConvolutionLayer? projecting)
    {
        g = WindowGeometry.Of(middle.Convolution, middle.Node.Inputs[0]);

        // A ring of two vectors of channels, if it stays in the first-level cache; else of one, where one vector is enough to keep the multipliers busy.
        int pixels = Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Extent);
        ringRows = Math.Min(g.Extent, g.Height);
        int vectors = SimdWidth.Lanes < 16 || ringRows * pixels * 2 * SimdWidth.Lanes <= RingFloats ? 2 : 1;
        if (expand is not null)
        {
            expandRows = new ConvolutionRows(WindowGeometry.Of(expand.Convolution, expand.Node.Inputs[0]));
            this.expand = ConvolutionInference.Pack(expand.Convolution, expand.Node, vectors, halves: false);
            expandEnd = expand.Node.Epilogue;
        }

        FoldedWeights folded = FoldedWeights.Of(middle.Convolution, middle.Node.Weight, middle.Node.Epilogue.Affine);
        depthwise = new PackedDepthwise(g.Channels, g.Kernel, folded.Weights, folded.Bias, SimdWidth.Lanes, vectors, middle.Node.Block);
        pitch = pixels * depthwise.PanelWidth;
        depthwiseEnd = middle.Node.Epilogue;
        outputs = g.Channels;
        if (projecting is not null)
        {
            project = ConvolutionInference.Pack(projecting.Convolution, projecting.Node, vectors: 2, halves: true);
            (projectEnd, outputs) = (projecting.Node.Epilogue, project.Outputs);
        }

        IsWhole = (long)g.OutHeight * g.OutWidth * depthwise.PaddedChannels <= WholeFloats;
        strip = IsWhole ? g.OutHeight : 1;
        while (strip < g.OutHeight && StripSize(strip + 1) <= StripFloats) strip++;
        room = Room(ZeroRow + RaggedRow + Rings + (IsWhole ? 0 : ((long)strip * g.OutWidth * MiddleStride) + 16) + (expandRows?.BufferFloats(Math.Min(((strip - 1) * g.Stride) + g.Extent, g.Height)) ?? 0));
    }

    /// <summary>Whether images are done whole, not in strips.</summary>
    public bool IsWhole { get; }

    /// <inheritdoc/>
    public override long FetchingMultiplyAdds => project is null ? 0 : (long)g.OutHeight * g.OutWidth * project.Outputs * project.Depth;

    /// <inheritdoc/>
    public override int Phases => IsWhole && project is not null ? 2 : 1;

    /// <inheritdoc/>
    public override int SharedFloats => IsWhole && project is not null ? g.OutHeight * g.OutWidth * MiddleStride : 0;

    /// <inheritdoc/>
    public override int WorkerFloats => room;

    private int MiddleStride => depthwise.PaddedChannels;

    // From one vector's pixels to the next's.
    private int Plane => pitch / depthwise.PanelVectors;

    private int ZeroRow => Align(pitch);

    private int RaggedRow => Align(project is null ? g.OutWidth * depthwise.PanelWidth : 0);

    private int RingSize => Align(ringRows * pitch);

    // When an image is done whole nothing is needed again, so that all panels use one ring.
    private long Rings => IsWhole ? RingSize : (long)RingSize * depthwise.Count;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => (IsWhole, phase) switch
    {
        (true, 0) => Math.Min(threads, depthwise.Count),
        (true, _) => Math.Min(threads, ProjectsRows(threads) ? g.OutHeight * g.OutWidth / 42 : project!.Count),
        _ => Math.Max(1, Math.Min(threads, g.OutHeight / 4)),
    };

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        if (phase == 1)
        {
            (int first, int end) = (0, g.OutHeight * g.OutWidth);
            (int firstPanel, int endPanel) = (0, project!.Count);
            if (ProjectsRows(chunks)) (first, end) = Division.Share(end, chunk, chunks, 42);
            else (firstPanel, endPanel) = Division.Share(endPanel, chunk, chunks);
            Project(buffers, buffers.Floats(Shared), first, first, end, firstPanel, endPanel);
            return;
        }

        float* rings = scratch + ZeroRow + RaggedRow, middle = rings + Rings, padded = middle;
        new Span<float>(scratch, ZeroRow).Clear();
        ClearBorders(rings);
        if (IsWhole)
        {
            (int first, int end) = Division.Share(depthwise.Count, chunk, chunks);
            Strip(buffers, scratch, rings, project is null ? buffers.Floats(Output) : buffers.Floats(Shared), padded, 0, g.OutHeight, 0, first, end);
            return;
        }

        padded += Align(strip * g.OutWidth * MiddleStride);
        (int from, int to) = Division.Share(g.OutHeight, chunk, chunks);
        int filled = 0;
        for (int row = from; row < to; row += strip)
        {
            int rowEnd = Math.Min(to, row + strip);
            float* target = project is null ? buffers.Floats(Output) + ((nint)row * g.OutWidth * outputs) : middle;
            filled = Strip(buffers, scratch, rings, target, padded, row, rowEnd, filled, 0, depthwise.Count);
            if (project is not null) Project(buffers, middle, row * g.OutWidth, row * g.OutWidth, rowEnd * g.OutWidth, 0, project.Count);
        }
    }

    /// <summary>Zeros at both ends of every row of the rings: only what lies between is written later.</summary>
    private void ClearBorders(float* rings)
    {
        int planes = depthwise.PanelVectors, plane = Plane, left = g.Left * SimdWidth.Lanes, right = left + (g.Width * SimdWidth.Lanes);
        for (int row = 0; row < Rings / RingSize * ringRows * planes; row++)
        {
            float* start = rings + ((nint)(row / (planes * ringRows)) * RingSize) + ((nint)(row % (planes * ringRows)) * plane);
            new Span<float>(start, left).Clear();
            if (right < plane) new Span<float>(start + right, plane - right).Clear();
        }
    }

    /// <summary>
    /// Expansion and depthwise convolution of output rows <paramref name="row"/> to <paramref name="rowEnd"/> - 1, for some panels. Each row is expanded just before
    /// it is needed, so that the depthwise convolution finds the ring in the first-level cache.
    /// </summary>
    /// <returns>One past the last expanded row, where the next strip goes on.</returns>
    private int Strip(BufferTable buffers, float* scratch, float* rings, float* target, float* padded, int row, int rowEnd, int filled, int first, int end)
    {
        float* image = buffers.Floats(Inputs[0]);
        filled = Math.Max(filled, (row * g.Stride) - g.Top);
        int needed = Math.Min(g.Height, ((rowEnd - 1) * g.Stride) - g.Top + g.Extent), lanes = SimdWidth.Lanes;
        if (needed > filled) expandRows?.Prepare(image, filled, needed, padded);
        nint targetRow = (nint)g.OutWidth * (project is null ? outputs : MiddleStride);
        float** rows = stackalloc float*[g.Kernel];
        for (int panel = first; panel < end; panel++)
        {
            float* ring = IsWhole ? rings : rings + ((nint)panel * RingSize), output = target;
            DepthwiseCall call = DepthwiseCall(panel);
            call.Rows = rows;
            if (panel + 1 < end) depthwise.Prefetch(panel + 1);
            int next = filled;
            for (int i = row; i < rowEnd; i++, output += targetRow)
            {
                int top = (i * g.Stride) - g.Top, until = Math.Min(g.Height, top + g.Extent);
                for (next = Math.Max(next, top); next < until; next++)
                    FillRow(image, padded, filled, needed, next, panel, ring + ((nint)(next % ringRows) * pitch) + (g.Left * lanes));
                for (int u = 0, at = top; u < g.Kernel; u++, at += g.Dilation) rows[u] = at < 0 || at >= g.Height ? scratch : ring + ((nint)(at % ringRows) * pitch);
                DepthwiseRow(ref call, scratch, panel, output);
            }
        }

        return Math.Max(filled, needed);
    }

    /// <summary>A panel's channels of one row that the depthwise convolution reads.</summary>
    private void FillRow(float* image, float* padded, int prepared, int end, int row, int panel, float* target)
    {
        if (expand is null)
        {
            float* source = image + ((nint)row * g.Width * g.Channels) + (panel * depthwise.PanelWidth);
            PlaneCopy.Run(source, g.Channels, Math.Min(depthwise.PanelWidth, g.Channels - (panel * depthwise.PanelWidth)), g.Width, target, Plane);
            return;
        }

        PanelCall call = expandRows!.Call(image, padded, prepared, row);
        call.Target = target;
        call.TargetStride = SimdWidth.Lanes;
        call.TargetPlaneStride = Plane;
        call.Clamp = expandEnd.Clamp;
        Panels.RunOne(expand, panel, ref call, row - prepared, end - prepared);
        expandEnd.Function?.Run(g.Width, depthwise.Vectors(panel) * SimdWidth.Lanes, new StridedRows(target, SimdWidth.Lanes, Plane));
    }

    private DepthwiseCall DepthwiseCall(int panel) => new()
    {
        Kernel = g.Kernel,
        Stride = g.Stride,
        Dilation = g.Dilation,
        PlaneStride = Plane,
        Weights = depthwise.Weights(panel),
        Bias = depthwise.Bias(panel),
        TargetStride = project is null ? outputs : MiddleStride,
        Width = g.OutWidth,
        Vectors = depthwise.Vectors(panel),
        Clamp = depthwiseEnd.Clamp,
    };

    private void DepthwiseRow(ref DepthwiseCall call, float* scratch, int panel, float* target)
    {
        int width = depthwise.PanelWidth, channels = Math.Min(width, g.Channels - (panel * width));
        call.Target = target + (panel * width);
        if (project is not null || channels == call.Vectors * SimdWidth.Lanes)
        {
            DepthwiseKernel.Run(call);
            depthwiseEnd.Function?.Run(g.OutWidth, call.Vectors * SimdWidth.Lanes, new StridedRows(call.Target, call.TargetStride));
            return;
        }

        // Whole vectors do not fit behind each other: they go through a buffer.
        DepthwiseCall ragged = call with { Target = scratch + ZeroRow, TargetStride = width };
        DepthwiseKernel.Run(ragged);
        depthwiseEnd.Function?.Run(g.OutWidth, channels, new StridedRows(ragged.Target, width));
        for (int j = 0; j < g.OutWidth; j++)
            new ReadOnlySpan<float>(ragged.Target + (j * width), channels).CopyTo(new Span<float>(call.Target + (j * outputs), channels));
    }

    /// <summary>Projects pixels <paramref name="first"/> to <paramref name="end"/> - 1; <paramref name="middle"/> begins at pixel <paramref name="origin"/>.</summary>
    private void Project(BufferTable buffers, float* middle, int origin, int first, int end, int firstPanel, int endPanel)
    {
        if (IsWhole) origin = 0;
        PanelCall call = new()
        {
            Source = middle + ((nint)(first - origin) * MiddleStride),
            SourceStride = MiddleStride,
            Segments = 1,
            SegmentLength = g.Channels,
            Target = buffers.Floats(Output) + ((nint)first * outputs),
            TargetStride = outputs,
            TargetPlaneStride = SimdWidth.Lanes,
            Residual = projectEnd.HasResidual ? buffers.Floats(Inputs[^1]) + ((nint)first * outputs) : null,
            ResidualStride = outputs,
            Rows = end - first,
            Clamp = projectEnd.Clamp,
        };
        Panels.Run(project!, firstPanel, endPanel, call, far: Far, function: projectEnd.Function);
    }

    private long StripSize(int rows) => ((long)rows * g.OutWidth * MiddleStride) + (expandRows?.BufferFloats(((rows - 1) * g.Stride) + g.Extent) ?? 0);

    private bool ProjectsRows(int chunks) => g.OutHeight * g.OutWidth / 42 >= 2 * chunks;
}
