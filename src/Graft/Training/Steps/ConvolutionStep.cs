using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Training.Steps;

/// <summary>
/// A convolution or dense layer as matrix products over blocks of rows that stay in the second-level cache: forward y = x w, and in one pass over a block of the backward dw += x^T dy and dx = dy w^T.
/// The windows of a kernel larger than 1x1 are copied out to be rows; where there are many channels, <see cref="WindowConvolutionStep"/> does without.
/// </summary>
internal sealed unsafe class ConvolutionStep : TrainingStep
{
    // What a block's x, dy and dx may take: they are all used twice and should stay in the second-level cache.
    private const int BlockFloats = 1 << 16, LeastRows = 28, MostRows = 112;

    // What all parts' weight gradients may take, within limits: they are written and read once more to be added up.
    private const int PartialsFloats = 1 << 19, LeastParts = 4, RowsPerPart = 112;

    private readonly WindowGeometry g;
    private readonly Tensor weight;
    private readonly Tensor? bias, ordered;
    private readonly TrainedWeight? weightTrained;
    private readonly PackedPanels[] forward, backward;
    private readonly BiasGradient biasGradient;
    private readonly bool biasIsTrained;
    private readonly int taps, depth, outputs, xPitch, dyPitch, dwPitch, block;

    public ConvolutionStep(WindowGeometry geometry, Source input, Slot output, Tensor weight, Tensor? bias, TrainedWeight? weightTrained, TrainedWeight? biasTrained)
        : base([input], output)
    {
        (g, this.weight, this.bias, this.weightTrained) = (geometry, weight, bias, weightTrained);
        taps = g.Kernel * g.Kernel;
        depth = taps * g.GroupChannels;
        outputs = g.GroupOutChannels;
        WeightBlock block = new(Math.Max(1024, g.Groups * 2 * (depth + 64) * (outputs + 64)));
        forward = [.. Enumerable.Range(0, g.Groups).Select(_ => new PackedPanels(outputs, depth, block))];
        backward = input.Slot.NeedsGradient ? [.. Enumerable.Range(0, g.Groups).Select(_ => new PackedPanels(depth, outputs, block))] : [];
        if (taps > 1) ordered = new Tensor([g.OutChannels, depth]);
        biasGradient = new BiasGradient(biasTrained, g.OutChannels, MostParts);
        biasIsTrained = biasTrained is not null;
        (xPitch, dyPitch, dwPitch) = (Pitch(depth), Pitch(g.OutChannels), Align(outputs));
        this.block = Math.Clamp(BlockFloats / ((2 * xPitch) + dyPitch) / LeastRows * LeastRows, LeastRows, MostRows);
    }

    private bool IsPointwise => g is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0 } && g.OutHeight == g.Height && g.OutWidth == g.Width;

    private int OutPixels => g.OutHeight * g.OutWidth;

    private Source Input => Inputs[0];

    public override int ScratchFloats => (this.block * (xPitch + xPitch + dyPitch)) + (IsPointwise ? 0 : 2 * Align(Input.Slot.ImageFloats));

    public override int PartFloats => weightTrained is null ? 0 : checked(g.Groups * depth * dwPitch);

    public override int ReduceChunks => weightTrained is not null ? g.Groups * ((outputs + 15) / 16) : biasIsTrained ? 1 : 0;

    public override int Parts(int count)
    {
        int units = IsPointwise ? count * OutPixels / RowsPerPart : count;
        int most = Math.Clamp(PartialsFloats / (g.Groups * depth * dwPitch), LeastParts, MostParts);
        return Math.Clamp(units, 1, most);
    }

    public override void Pack()
    {
        float* matrix = weight.Pointer;
        if (ordered is not null)
        {
            // [outputs, inputs, taps] to [outputs, taps, inputs], the order in which windows are copied out.
            for (int o = 0; o < g.OutChannels; o++)
                for (int c = 0; c < g.GroupChannels; c++)
                    for (int tap = 0; tap < taps; tap++) ordered.Pointer[(o * depth) + (tap * g.GroupChannels) + c] = matrix[(((o * g.GroupChannels) + c) * taps) + tap];
            matrix = ordered.Pointer;
        }

        for (int group = 0; group < g.Groups; group++, matrix += outputs * depth)
        {
            forward[group].Fill(matrix, depth, 1);
            if (bias is not null) forward[group].FillBias(bias.Span.Slice(group * outputs, outputs));
            if (backward.Length > 0) backward[group].Fill(matrix, 1, depth);
        }
    }

    public override void Forward(in Work work)
    {
        if (IsPointwise)
        {
            (int first, int end) = Share(work.Count * OutPixels, work.Part, work.Parts);
            for (int row = first; row < end; row += block) ForwardBlock(work, row, Math.Min(block, end - row));
            return;
        }

        (int image, int endImage) = Images(work);
        for (; image < endImage; image++)
        {
            float* source = LoadImage(image, work.Memory);
            for (int pixel = 0; pixel < OutPixels; pixel += block) ForwardWindows(work, source, image, pixel, Math.Min(block, OutPixels - pixel));
        }
    }

    public override void Backward(in Work work)
    {
        float* sums = work.Sums + (work.Part * (nint)PartFloats);
        if (weightTrained is not null) new Span<float>(sums, PartFloats).Clear();
        biasGradient.Clear(work.Part);
        if (IsPointwise)
        {
            (int first, int end) = Share(work.Count * OutPixels, work.Part, work.Parts);
            for (int row = first; row < end; row += block) BackwardBlock(work, row, Math.Min(block, end - row), sums);
            return;
        }

        (int image, int endImage) = Images(work);
        for (; image < endImage; image++)
        {
            float* source = weightTrained is null ? null : LoadImage(image, work.Memory);
            float* dx = work.Memory + Align(Input.Slot.ImageFloats);
            if (Input.Slot.NeedsGradient) new Span<float>(dx, Input.Slot.ImageFloats).Clear();
            for (int pixel = 0; pixel < OutPixels; pixel += block) BackwardWindows(work, source, image, pixel, Math.Min(block, OutPixels - pixel), dx, sums);
            if (Input.Slot.NeedsGradient) Input.Give(work.Part, image * Input.Slot.Pixels, Input.Slot.Pixels, new Rows(dx, Input.Slot.Channels));
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasGradient.Reduce(parts);
        if (weightTrained is null) return;
        int chunksPerGroup = (outputs + 15) / 16, group = chunk / chunksPerGroup, first = chunk % chunksPerGroup * PartialSumKernel.Width, count = Math.Min(PartialSumKernel.Width, outputs - first);
        float* gradient = weightTrained.Gradient.Pointer + ((nint)((group * outputs) + first) * depth), partial = partials + ((nint)group * depth * dwPitch) + first;
        if (taps == 1)
        {
            PartialSumKernel.Run(depth, count, parts, partial, PartFloats, dwPitch, gradient, depth);
            return;
        }

        // [taps, inputs] back to [inputs, taps].
        for (int k = 0; k < depth; k++, partial += dwPitch)
        {
            int place = (k % g.GroupChannels * taps) + (k / g.GroupChannels);
            for (int n = 0; n < count; n++)
                for (int part = 0; part < parts; part++) gradient[(n * depth) + place] += partial[(part * (nint)PartFloats) + n];
        }
    }

    private void ForwardBlock(in Work work, int row, int rows)
    {
        PanelCall call = new() { Source = LoadRows(row, rows, work.Memory, out nint stride), SourceStride = stride, Rows = rows };
        Fetch next = Next(Input.Slot.Data, row, rows, depth);
        if (Output.IsStoredAround)
        {
            float* y = work.Memory + (block * xPitch);
            Multiply(forward[0], ref call, y, dyPitch, depth, next);
            Output.Keep(work.Part, row, rows, new Rows(y, dyPitch));
            return;
        }

        Multiply(forward[0], ref call, Output.Data + ((nint)row * g.OutChannels), g.OutChannels, depth, next);
        Output.Sum(work.Part, row, rows);
    }

    /// <summary>What the next block reads.</summary>
    private static Fetch Next(float* values, int row, int rows, int channels) => Fetch.Of(values + ((nint)(row + rows) * channels), (nint)rows * channels);

    private void BackwardBlock(in Work work, int row, int rows, float* sums)
    {
        float* x = work.Memory, dx = x + (block * xPitch), dy = dx + (block * xPitch);
        Output.LoadGradient(row, rows, new Rows(dy, dyPitch));
        biasGradient.Add(work.Part, rows, new Rows(dy, dyPitch));
        if (weightTrained is not null)
        {
            x = LoadRows(row, rows, x, out nint stride);
            nint next = (nint)(row + rows) * outputs;
            Fetch fetch = Output.Norm is { UsesBatch: true } ? new Fetch((nint)(Output.Gradient + next), (nint)(Output.Data + next), (nint)rows * outputs * sizeof(float)) : Next(Output.Gradient, row, rows, outputs);
            WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = depth, Outputs = outputs, X = x, XStride = stride, Dy = dy, DyStride = dyPitch, Dw = sums, DwStride = dwPitch, Fetch = fetch });
        }

        if (!Input.Slot.NeedsGradient) return;
        PanelCall call = new() { Source = dy, SourceStride = dyPitch, Rows = rows };
        Multiply(backward[0], ref call, dx, xPitch, outputs, Next(Input.Slot.Data, row, rows, depth));
        Input.Give(work.Part, row, rows, new Rows(dx, xPitch));
    }

    private void ForwardWindows(in Work work, float* image, int index, int pixel, int rows)
    {
        float* x = work.Memory + (2 * Align(Input.Slot.ImageFloats));
        int row = (index * OutPixels) + pixel;
        float* y = Output.IsStoredAround ? x + (block * xPitch) : Output.Data + ((nint)row * g.OutChannels);
        int yPitch = Output.IsStoredAround ? dyPitch : g.OutChannels;
        for (int group = 0; group < g.Groups; group++)
        {
            Windows.Gather(g, image, group, pixel, rows, x, xPitch);
            PanelCall call = new() { Source = x, SourceStride = xPitch, Rows = rows };
            Multiply(forward[group], ref call, y + (group * outputs), yPitch, depth);
        }

        if (Output.IsStoredAround) Output.Keep(work.Part, row, rows, new Rows(y, yPitch));
        else Output.Sum(work.Part, row, rows);
    }

    private void BackwardWindows(in Work work, float* image, int index, int pixel, int rows, float* dx, float* sums)
    {
        float* x = work.Memory + (2 * Align(Input.Slot.ImageFloats)), dy = x + (block * xPitch);
        Output.LoadGradient((index * OutPixels) + pixel, rows, new Rows(dy, dyPitch));
        biasGradient.Add(work.Part, rows, new Rows(dy, dyPitch));
        for (int group = 0; group < g.Groups; group++)
        {
            if (weightTrained is not null)
            {
                Windows.Gather(g, image, group, pixel, rows, x, xPitch);
                float* dw = sums + ((nint)group * depth * dwPitch);
                WeightGradientKernel.Run(new WeightGradient { Rows = rows, Depth = depth, Outputs = outputs, X = x, XStride = xPitch, Dy = dy + (group * outputs), DyStride = dyPitch, Dw = dw, DwStride = dwPitch });
            }

            if (!Input.Slot.NeedsGradient) continue;
            PanelCall call = new() { Source = dy + (group * outputs), SourceStride = dyPitch, Rows = rows };
            Multiply(backward[group], ref call, x, xPitch, outputs);
            Windows.ScatterAdd(g, x, xPitch, group, pixel, rows, dx);
        }
    }

    private static void Multiply(PackedPanels panels, ref PanelCall call, float* target, nint stride, int depth, Fetch fetch = default)
    {
        call.Target = target;
        (call.Segments, call.SegmentLength, call.TargetStride, call.TargetPlaneStride, call.IsBare) = (1, depth, stride, SimdWidth.Lanes, true);
        Panels.Run(panels, 0, panels.Count, call, fetch: fetch);
    }

    private float* LoadRows(int row, int rows, float* scratch, out nint stride)
    {
        Slot slot = Input.Slot;
        if (slot.IsPlain)
        {
            stride = slot.Channels;
            return slot.Data + ((nint)row * slot.Channels);
        }

        stride = xPitch;
        slot.Load(row, rows, new Rows(scratch, xPitch));
        return scratch;
    }

    private float* LoadImage(int image, float* scratch)
    {
        Slot slot = Input.Slot;
        if (slot.IsPlain) return slot.Data + ((nint)image * slot.ImageFloats);
        slot.Load(image * slot.Pixels, slot.Pixels, new Rows(scratch, slot.Channels));
        return scratch;
    }
}
