using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A convolution or dense layer as matrix products over blocks of rows that stay in the second-level cache: forward y = x w, and in one pass over a block of the backward dw += x^T dy and dx = dy w^T.
/// The windows of a kernel larger than 1x1 are copied out to be rows; where there are many channels, <see cref="WindowConvolutionTraining"/> does without.
/// </summary>
internal sealed unsafe class ConvolutionTraining : ConvolutionTrainingKernel
{
    // What a block's x, dy and dx may take: they are all used twice and should stay in the second-level cache.
    private const int BlockFloats = 1 << 16, LeastRows = 28, MostRows = 112;

    private readonly WindowGeometry g;
    private readonly Tensor? ordered;
    private readonly PackedPanels[] forward, backward;
    private readonly WeightSums weightSums;
    private readonly BiasSum biasSum;
    private readonly int taps, depth, outputs, xPitch, dyPitch, block;

    public ConvolutionTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        taps = g.Kernel * g.Kernel;
        depth = taps * g.GroupChannels;
        outputs = g.GroupOutChannels;
        WeightBlock block = new(Math.Max(1024, g.Groups * 2 * (depth + 64) * (outputs + 64)));
        forward = [.. Enumerable.Range(0, g.Groups).Select(_ => new PackedPanels(outputs, depth, block))];
        backward = Input.Buffer.NeedsGradient ? [.. Enumerable.Range(0, g.Groups).Select(_ => new PackedPanels(depth, outputs, block))] : [];
        if (taps > 1) ordered = new Tensor([g.OutChannels, depth]);
        biasSum = new BiasSum(BiasGradient, g.OutChannels, Division.MostParts);
        weightSums = new WeightSums(WeightGradient, g.OutChannels, g.GroupChannels, taps);
        (xPitch, dyPitch) = (Pitch(depth), Pitch(g.OutChannels));
        this.block = Math.Clamp(BlockFloats / ((2 * xPitch) + dyPitch) / LeastRows * LeastRows, LeastRows, MostRows);
    }

    private bool IsPointwise => g is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0 } && g.OutHeight == g.Height && g.OutWidth == g.Width;

    public override int ScratchFloats => (this.block * (xPitch + xPitch + dyPitch)) + (IsPointwise ? 0 : 2 * Align(Input.Buffer.ImageFloats));

    public override int PartFloats => weightSums.Floats;

    public override int ReduceChunks => Math.Max(weightSums.Chunks, BiasGradient is not null ? 1 : 0);

    public override int Parts(int count) => weightSums.Parts(count, OutPixels);

    protected override void PackWeights(int chunk)
    {
        float* matrix = Weight.Pointer;
        if (ordered is not null)
        {
            WeightOrder.ChannelsLast(matrix, g.OutChannels, g.GroupChannels, taps, ordered.Pointer);
            matrix = ordered.Pointer;
        }

        for (int group = 0; group < g.Groups; group++, matrix += outputs * depth)
        {
            forward[group].Fill(matrix, depth, 1);
            if (Bias is not null) forward[group].FillBias(Bias.Span.Slice(group * outputs, outputs));
            if (backward.Length > 0) backward[group].Fill(matrix, 1, depth);
        }
    }

    public override void Forward(in Work work)
    {
        if (IsPointwise)
        {
            (int first, int end) = Images(work);
            for (int row = first * OutPixels; row < end * OutPixels; row += block) ForwardBlock(work, row, Math.Min(block, (end * OutPixels) - row));
            return;
        }

        (int image, int endImage) = Images(work);
        for (; image < endImage; image++)
        {
            float* source = LoadImages(image, 1, work.Memory);
            for (int pixel = 0; pixel < OutPixels; pixel += block) ForwardWindows(work, source, image, pixel, Math.Min(block, OutPixels - pixel));
        }
    }

    public override void Backward(in Work work)
    {
        float* sums = weightSums.Of(work);
        biasSum.Clear(work.Part);
        if (IsPointwise)
        {
            (int first, int end) = Images(work);
            for (int row = first * OutPixels; row < end * OutPixels; row += block) BackwardBlock(work, row, Math.Min(block, (end * OutPixels) - row), sums, row == first * OutPixels);
            return;
        }

        if (WeightGradient is not null) new Span<float>(sums, PartFloats).Clear();

        (int image, int endImage) = Images(work);
        for (; image < endImage; image++)
        {
            float* source = WeightGradient is null ? null : LoadImages(image, 1, work.Memory);
            float* dx = work.Memory + Align(Input.Buffer.ImageFloats);
            if (Input.Buffer.NeedsGradient) new Span<float>(dx, Input.Buffer.ImageFloats).Clear();
            for (int pixel = 0; pixel < OutPixels; pixel += block) BackwardWindows(work, source, image, pixel, Math.Min(block, OutPixels - pixel), dx, sums);
            if (Input.Buffer.NeedsGradient) Input.AccumulateGradient(work.Part, image * Input.Buffer.Pixels, Input.Buffer.Pixels, new StridedRows(dx, Input.Buffer.Channels));
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        weightSums.Reduce(chunk, parts, partials);
    }

    private void ForwardBlock(in Work work, int row, int rows)
    {
        PanelCall call = new() { Source = LoadRows(row, rows, work.Memory, out nint stride), SourceStride = stride, Rows = rows };
        Prefetch next = Input.Buffer.FetchValues(row + rows, rows);
        if (Output.IsKeptAside)
        {
            float* y = work.Memory + (block * xPitch);
            Multiply(forward[0], ref call, y, dyPitch, depth, next);
            Output.Keep(work.Part, row, rows, new StridedRows(y, dyPitch));
            return;
        }

        Multiply(forward[0], ref call, Output.Data + ((nint)row * g.OutChannels), g.OutChannels, depth, next);
        Output.Sum(work.Part, row, rows);
    }

    private void BackwardBlock(in Work work, int row, int rows, float* sums, bool begins)
    {
        float* x = work.Memory, dx = x + (block * xPitch), dy = dx + (block * xPitch);
        Output.LoadGradient(row, rows, new StridedRows(dy, dyPitch));
        biasSum.Add(work.Part, rows, new StridedRows(dy, dyPitch));
        if (WeightGradient is not null)
        {
            x = LoadRows(row, rows, x, out nint stride);
            Prefetch fetch = Output.FetchGradient(row + rows, rows);
            WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = outputs, Outputs = depth, X = dy, XStride = dyPitch, Dy = x, DyStride = stride, Dw = sums, DwStride = weightSums.Pitch, Begins = begins, Fetch = fetch });
        }

        if (!Input.Buffer.NeedsGradient) return;
        PanelCall call = new() { Source = dy, SourceStride = dyPitch, Rows = rows };
        Multiply(backward[0], ref call, dx, xPitch, outputs, Input.Buffer.FetchValues(row + rows, rows));
        Input.AccumulateGradient(work.Part, row, rows, new StridedRows(dx, xPitch));
    }

    private void ForwardWindows(in Work work, float* image, int index, int pixel, int rows)
    {
        float* x = work.Memory + (2 * Align(Input.Buffer.ImageFloats));
        int row = (index * OutPixels) + pixel;
        float* y = Output.IsKeptAside ? x + (block * xPitch) : Output.Data + ((nint)row * g.OutChannels);
        int yPitch = Output.IsKeptAside ? dyPitch : g.OutChannels;
        for (int group = 0; group < g.Groups; group++)
        {
            Windows.Gather(g, image, group, pixel, rows, x, xPitch);
            PanelCall call = new() { Source = x, SourceStride = xPitch, Rows = rows };
            Multiply(forward[group], ref call, y + (group * outputs), yPitch, depth);
        }

        if (Output.IsKeptAside) Output.Keep(work.Part, row, rows, new StridedRows(y, yPitch));
        else Output.Sum(work.Part, row, rows);
    }

    private void BackwardWindows(in Work work, float* image, int index, int pixel, int rows, float* dx, float* sums)
    {
        float* x = work.Memory + (2 * Align(Input.Buffer.ImageFloats)), dy = x + (block * xPitch);
        Output.LoadGradient((index * OutPixels) + pixel, rows, new StridedRows(dy, dyPitch));
        biasSum.Add(work.Part, rows, new StridedRows(dy, dyPitch));
        for (int group = 0; group < g.Groups; group++)
        {
            if (WeightGradient is not null)
            {
                Windows.Gather(g, image, group, pixel, rows, x, xPitch);
                float* dw = sums + ((nint)group * outputs * weightSums.Pitch);
                WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = outputs, Outputs = depth, X = dy + (group * outputs), XStride = dyPitch, Dy = x, DyStride = xPitch, Dw = dw, DwStride = weightSums.Pitch });
            }

            if (!Input.Buffer.NeedsGradient) continue;
            PanelCall call = new() { Source = dy + (group * outputs), SourceStride = dyPitch, Rows = rows };
            Multiply(backward[group], ref call, x, xPitch, outputs);
            Windows.ScatterAdd(g, x, xPitch, group, pixel, rows, dx);
        }
    }

    private static void Multiply(PackedPanels panels, ref PanelCall call, float* target, nint stride, int depth, Prefetch fetch = default)
    {
        call.Target = target;
        (call.Segments, call.SegmentLength, call.TargetStride, call.TargetPlaneStride, call.IsBare) = (1, depth, stride, SimdWidth.Lanes, true);
        Panels.Run(panels, 0, panels.Count, call, fetch: fetch);
    }

    private float* LoadRows(int row, int rows, float* scratch, out nint stride)
    {
        ActivationBuffer buffer = Input.Buffer;
        if (buffer.IsPlain)
        {
            stride = buffer.Channels;
            return buffer.Data + ((nint)row * buffer.Channels);
        }

        stride = xPitch;
        buffer.Load(row, rows, new StridedRows(scratch, xPitch));
        return scratch;
    }
}
