using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A depthwise convolution, row by row: the rows of a window lie in a ring that stays in the cache, normalized on the way in. Backward, one pass over the rows gives the gradients
/// of the input and of the weights, masked and summed for the norm before.
/// </summary>
internal sealed unsafe class DepthwiseTraining : ConvolutionTrainingKernel
{
    private readonly WindowGeometry g;
    private readonly Tensor taps;
    private readonly PackedDepthwise packed;
    private readonly double[] biasSums;
    private readonly Tensor zeros;
    private readonly int lanes = SimdWidth.Lanes, vectors, columns, ringRows, xPlane, dyPlane;

    public DepthwiseTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        vectors = (g.Channels + lanes - 1) / lanes;
        taps = new Tensor([g.Kernel * g.Kernel, vectors * lanes]);
        packed = new PackedDepthwise(g.Channels, g.Kernel, Weight.Span, Bias is null ? default : Bias.Span, lanes, vectors: 2, new WeightBlock((g.Kernel * g.Kernel * (g.Channels + 32)) + g.Channels + 32));
        biasSums = GC.AllocateArray<double>(2 * Division.MostParts * g.Channels, pinned: true);
        zeros = new Tensor([vectors * lanes]);
        columns = Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Extent);
        ringRows = Math.Min(g.Extent, g.Height);
        (xPlane, dyPlane) = (columns * lanes, g.OutWidth * lanes);
    }

    /// <summary>Whether a convolution can run here.</summary>
    public static bool Fits(in WindowGeometry g) => g.Groups > 1 && g.Groups == g.Channels && g.Groups == g.OutChannels;

    /// <summary>What computes the rows of the input, where they are not stored.</summary>
    public Expansion? Expansion { get; set; }

    /// <inheritdoc/>
    public override bool IsCheapToRepeat => true;

    private int XRow => vectors * xPlane;

    private int Taps => g.Kernel * g.Kernel;

    public override int ScratchFloats => (((2 * ringRows) + 1) * XRow) + (vectors * dyPlane) + Math.Max(2 * vectors * dyPlane, PartFloats);

    public override int PartFloats => Taps * vectors * lanes;

    public override int ReduceChunks => WeightGradient is not null ? (g.Channels + PartialSumKernel.Width - 1) / PartialSumKernel.Width : BiasGradient is not null ? 1 : 0;

    protected override void PackWeights(int chunk)
    {
        packed.Fill(Weight.Span, Bias is null ? default : Bias.Span);
        for (int c = 0; c < g.Channels; c++)
            for (int tap = 0; tap < Taps; tap++) taps.Pointer[(tap * vectors * lanes) + c] = Weight.Pointer[(c * Taps) + tap];
    }

    public override void Forward(in Work work)
    {
        float* ring = work.Memory, zero = ring + (ringRows * XRow), outputs = zero + XRow, ragged = outputs + (vectors * dyPlane);
        new Span<float>(ring, (ringRows + 1) * XRow).Clear();
        float** rows = stackalloc float*[g.Kernel];
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            int loaded = 0;
            for (int i = 0; i < g.OutHeight; i++)
            {
                int top = (i * g.Stride) - g.Top;
                for (loaded = Math.Max(loaded, top); loaded < Math.Min(g.Height, top + g.Extent); loaded++) LoadRow(work, image, loaded, ring);
                int row = (image * g.OutHeight) + i;
                for (int panel = 0; panel < packed.Count; panel++)
                {
                    for (int u = 0, at = top; u < g.Kernel; u++, at += g.Dilation)
                        rows[u] = (at < 0 || at >= g.Height ? zero : RingRow(ring, at)) + (panel * packed.PanelVectors * xPlane);
                    ForwardPanel(panel, rows, FetchRow(image, loaded).Part(panel, packed.Count), Output.IsKeptAside ? outputs : Output.Data + ((nint)row * g.OutWidth * g.Channels), ragged);
                }

                if (Output.IsKeptAside) Output.Keep(work.Part, row * g.OutWidth, g.OutWidth, new StridedRows(outputs, g.Channels));
                else Output.Sum(work.Part, row * g.OutWidth, g.OutWidth);
            }
        }
    }

    /// <summary>Whether a row of the input can be done at once where nobody else gives a part of its gradient: that goes through one clamp to one norm.</summary>
    public bool CanBeWhole => DepthwiseBackwardKernel.IsFast && g is { Kernel: 3, Stride: 1 or 2, Dilation: 1, Top: <= 1, Left: <= 1 } && g.Channels % lanes == 0 && BiasGradient is null
        && Input.Buffer is { NeedsGradient: true, Norm: not null, Activation.Clamp: not null };

    public override void Backward(in Work work)
    {
        if (CanBeWhole && Input is { Accumulates: false, IsLast: true })
        {
            BackwardWhole(work);
            return;
        }

        float* ring = work.Memory, gradients = ring + (ringRows * XRow), dy = gradients + (ringRows * XRow), sums = work.Sums + (work.Part * PartFloats);
        new Span<float>(work.Memory, ScratchFloats).Clear();
        if (WeightGradient is null) sums = dy + (vectors * dyPlane);
        else new Span<float>(sums, PartFloats).Clear();
        if (BiasGradient is not null) biasSums.AsSpan(2 * work.Part * g.Channels, 2 * g.Channels).Clear();
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            int loaded = 0, given = 0;
            for (int i = 0; i < g.OutHeight; i++)
            {
                int top = (i * g.Stride) - g.Top, row = ((image * g.OutHeight) + i) * g.OutWidth;
                Give(work.Part, image, gradients, ref given, top);
                for (loaded = Math.Max(loaded, top); loaded < Math.Min(g.Height, top + g.Extent); loaded++)
                {
                    if (WeightGradient is not null) LoadRow(work, image, loaded, ring);
                    new Span<float>(RingRow(gradients, loaded), XRow).Clear();
                }

                Output.LoadGradient(row, g.OutWidth, new StridedRows(dy, lanes, dyPlane));
                if (BiasGradient is not null)
                    fixed (double* bias = &biasSums[2 * work.Part * g.Channels]) MomentsKernel.Run(g.OutWidth, g.Channels, new StridedRows(dy, lanes, dyPlane), zeros.Pointer, bias, bias + g.Channels);
                (int firstTap, int endTap) = g.Inside(top, g.Height);
                for (int u = firstTap; u < endTap; u++) BackwardRow(u, dy, RingRow(ring, top + (u * g.Dilation)), RingRow(gradients, top + (u * g.Dilation)), sums, Next(u, image, loaded, row));
            }

            Give(work.Part, image, gradients, ref given, g.Height);
        }
    }

    /// <summary>Row by row of the input: the gradients of the last three rows of outputs lie in a ring, with two columns of zeros at either end.</summary>
    private void BackwardWhole(in Work work)
    {
        int plane = (g.OutWidth + 4) * lanes, row = vectors * plane;
        float* ring = work.Memory, zero = ring + (3 * row), sums = WeightGradient is null ? work.Memory + ScratchFloats - PartFloats : work.Sums + (work.Part * PartFloats);
        new Span<float>(ring, (3 * row) + plane).Clear();
        new Span<float>(sums, PartFloats).Clear();
        AppliedNorm norm = Input.Buffer.Norm!;
        (int image, int end) = Images(work);
        for (; image < end; image++)
        {
            int loaded = 0;
            for (int r = 0; r < g.Height; r++)
            {
                int outRow = g.Stride == 1 ? r + g.Top : (r + g.Top) / 2, tap = g.Stride == 1 ? 0 : (r + g.Top) % 2;
                for (; loaded < Math.Min(g.OutHeight, outRow + 1); loaded++)
                    Output.LoadGradient(((image * g.OutHeight) + loaded) * g.OutWidth, g.OutWidth, new StridedRows(ring + (loaded % 3 * row) + (2 * lanes), lanes, plane));
                int first = ((image * g.Height) + r) * g.Width, cell = norm.CellOf(first);
                DepthwiseBackwardCall call = new()
                {
                    Stride = g.Stride,
                    Left = g.Left,
                    Tap = tap,
                    Width = g.Width,
                    Channels = g.Channels,
                    X = Expansion is null ? Input.Buffer.Values(first) : Expansion.Compute(work, first),
                    Target = Expansion is null ? Input.Buffer.Gradients(first) : Expansion.GradientRow(work),
                    StoresNonTemporal = Expansion is null && Input.Buffer.IsStoredNonTemporal && Input.Buffer.Type == ElementType.Float32,
                    Weights = taps.Pointer,
                    Dw = sums,
                    Scale = norm.Scale(cell),
                    Shift = norm.Shift(cell),
                    Mean = norm.About(cell),
                    Clamp = Input.Buffer.Clamp,
                    FirstSums = norm.GradientSums(work.Part, cell),
                    SecondSums = norm.ProductSums(work.Part, cell),
                    Fetch = loaded < g.OutHeight ? Output.FetchGradient(((image * g.OutHeight) + loaded) * g.OutWidth, g.OutWidth) : FetchRow(image, r + 1),
                };
                call.First = Reached(outRow, out call.FirstPlane);
                call.Second = Reached(outRow - 1, out call.SecondPlane);
                call.Third = Reached(outRow - 2, out call.ThirdPlane);
                DepthwiseBackwardKernel.Run(call);
                Expansion?.GiveGradient(work, first);
            }
        }

        float* Reached(int outRow, out nint step)
        {
            bool isInside = outRow >= 0 && outRow < g.OutHeight;
            step = isInside ? plane : 0;
            return (isInside ? ring + (outRow % 3 * row) : zero) + ((g.Stride == 1 ? g.Left : 1) * lanes);
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        int first = chunk * PartialSumKernel.Width, count = Math.Min(PartialSumKernel.Width, g.Channels - first);
        if (WeightGradient is not null) PartialSumKernel.Run(Taps, count, parts, partials + first, PartFloats, vectors * lanes, WeightGradient.Pointer + ((nint)first * Taps), Taps);
        if (BiasGradient is null || chunk > 0) return;
        fixed (double* sums = biasSums)
            for (int c = 0; c < g.Channels; c++) BiasGradient.Span[c] += (float)PartialSumKernel.Sum(sums + c, 2 * g.Channels, parts);
    }

    private float* RingRow(float* ring, int row) => ring + (row % ringRows * XRow);

    private void LoadRow(in Work work, int image, int row, float* ring)
    {
        int first = ((image * g.Height) + row) * g.Width;
        StridedRows target = new(RingRow(ring, row) + (g.Left * lanes), lanes, xPlane);
        if (Expansion is null) Input.Buffer.Load(first, g.Width, target);
        else Expansion.Load(work, first, target);
    }

    private void ForwardPanel(int panel, float** rows, Prefetch fetch, float* target, float* ragged)
    {
        int first = panel * packed.PanelWidth, channels = Math.Min(packed.PanelWidth, g.Channels - first), width = packed.Vectors(panel) * lanes;
        DepthwiseCall call = new()
        {
            Rows = rows,
            Kernel = g.Kernel,
            Stride = g.Stride,
            Dilation = g.Dilation,
            PlaneStride = xPlane,
            Weights = packed.Weights(panel),
            Bias = packed.Bias(panel),
            Target = channels == width ? target + first : ragged,
            TargetStride = channels == width ? g.Channels : width,
            Width = g.OutWidth,
            Vectors = packed.Vectors(panel),
            Clamp = Clamp.None,
            Fetch = fetch,
        };
        DepthwiseKernel.Run(call);
        if (channels == width) return;
        for (int j = 0; j < g.OutWidth; j++)
            new ReadOnlySpan<float>(ragged + (j * width), channels).CopyTo(new Span<float>(target + ((nint)j * g.Channels) + first, channels));
    }

    private void BackwardRow(int u, float* dy, float* x, float* dx, float* sums, Prefetch fetch) => DepthwiseGradientKernel.Run(new DepthwiseGradientCall
    {
        Kernel = g.Kernel,
        Stride = g.Stride,
        Dilation = g.Dilation,
        Width = g.OutWidth,
        Vectors = vectors,
        Dy = dy,
        DyPlane = dyPlane,
        X = x,
        Dx = dx,
        XPlane = xPlane,
        Weights = taps.Pointer + (u * g.Kernel * vectors * lanes),
        Dw = sums + (u * g.Kernel * vectors * lanes),
        Fetch = fetch,
    });

    /// <summary>To fetch a row of the input, which may belong to the next image.</summary>
    private Prefetch FetchRow(int image, int row) => Expansion is not null ? default : Input.Buffer.FetchValues(((image * g.Height) + row) * g.Width, g.Width);

    /// <summary>What to fetch while row u of a window is worked on: first the next row of the output's gradient and value, then those of the input.</summary>
    private Prefetch Next(int u, int image, int loaded, int row)
    {
        if (u > g.Stride) return default;
        if (u > 0) return FetchRow(image, loaded + u - 1);
        return Output.FetchGradient(row + g.OutWidth, g.OutWidth);
    }

    /// <summary>Gives the gradients of the rows before <paramref name="end"/>, which no later window reaches.</summary>
    private void Give(int part, int image, float* gradients, ref int given, int end)
    {
        if (!Input.Buffer.NeedsGradient) return;
        for (; given < Math.Min(end, g.Height); given++)
        {
            // A row that no window covers.
            int window = Math.Min(g.OutHeight - 1, (given + g.Top) / g.Stride);
            if (given + g.Top - (window * g.Stride) >= g.Extent) new Span<float>(RingRow(gradients, given), XRow).Clear();
            Input.AccumulateGradient(part, ((image * g.Height) + given) * g.Width, g.Width, new StridedRows(RingRow(gradients, given) + (g.Left * lanes), lanes, xPlane));
        }
    }
}
