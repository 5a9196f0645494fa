using Graft.Plans;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A depthwise convolution, row by row: the rows of a window lie in a ring that stays in the cache, normalized on the way in. Backward, one pass over the rows gives the gradients
/// of the input and of the weights, masked and summed for the norm before.
/// </summary>
internal sealed unsafe class DepthwiseTraining : ConvolutionTrainingKernel
{
    private readonly Tensor taps;
    private readonly PackedDepthwise packed;
    private readonly double[] biasSums;
    private readonly Tensor zeros;
    private readonly int lanes = SimdWidth.Lanes, vectors, columns, xPlane, dyPlane;

    public DepthwiseTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        vectors = (Geometry.Channels + lanes - 1) / lanes;
        taps = new Tensor([Geometry.Kernel * Geometry.Kernel, vectors * lanes]);
        packed = new PackedDepthwise(Geometry.Channels, Geometry.Kernel, Weight.Span, Bias is null ? default : Bias.Span, lanes, vectors: 2, new WeightBlock((Geometry.Kernel * Geometry.Kernel * (Geometry.Channels + 32)) + Geometry.Channels + 32));
        biasSums = GC.AllocateArray<double>(2 * MostParts * Geometry.Channels, pinned: true);
        zeros = new Tensor([vectors * lanes]);
        columns = Math.Max(Geometry.Left + Geometry.Width, ((Geometry.OutWidth - 1) * Geometry.Stride) + Geometry.Kernel);
        (xPlane, dyPlane) = (columns * lanes, Geometry.OutWidth * lanes);
    }

    /// <summary>Whether a convolution can run here.</summary>
    public static bool Fits(in WindowGeometry g) => g.Dilation == 1 && g.Groups > 1 && g.Groups == g.Channels && g.Groups == g.OutChannels;

    /// <inheritdoc/>
    public override bool IsCheapToRepeat => true;

    private int XRow => vectors * xPlane;

    private int Taps => Geometry.Kernel * Geometry.Kernel;

    public override int ScratchFloats => (((2 * Geometry.Kernel) + 1) * XRow) + (vectors * dyPlane) + Math.Max(2 * vectors * dyPlane, PartFloats);

    public override int PartFloats => Taps * vectors * lanes;

    public override int ReduceChunks => WeightGradient is not null || BiasGradient is not null ? 1 : 0;

    protected override void PackWeights()
    {
        packed.Fill(Weight.Span, Bias is null ? default : Bias.Span);
        for (int c = 0; c < Geometry.Channels; c++)
            for (int tap = 0; tap < Taps; tap++) taps.Pointer[(tap * vectors * lanes) + c] = Weight.Pointer[(c * Taps) + tap];
    }

    public override void Forward(in Work work)
    {
        float* ring = work.Memory, zero = ring + (Geometry.Kernel * XRow), outputs = zero + XRow, ragged = outputs + (vectors * dyPlane);
        new Span<float>(ring, (Geometry.Kernel + 1) * XRow).Clear();
        float** rows = stackalloc float*[Geometry.Kernel];
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            int loaded = 0;
            for (int i = 0; i < Geometry.OutHeight; i++)
            {
                int top = (i * Geometry.Stride) - Geometry.Top;
                for (loaded = Math.Max(loaded, top); loaded < Math.Min(Geometry.Height, top + Geometry.Kernel); loaded++) LoadRow(image, loaded, ring);
                int row = (image * Geometry.OutHeight) + i;
                for (int panel = 0; panel < packed.Count; panel++)
                {
                    for (int u = 0; u < Geometry.Kernel; u++)
                        rows[u] = (top + u < 0 || top + u >= Geometry.Height ? zero : RingRow(ring, top + u)) + (panel * packed.PanelVectors * xPlane);
                    ForwardPanel(panel, rows, NextRow(image, loaded).Part(panel, packed.Count), Output.IsStoredNonTemporal ? outputs : Output.Data + ((nint)row * Geometry.OutWidth * Geometry.Channels), ragged);
                }

                if (Output.IsStoredNonTemporal) Output.Keep(work.Part, row * Geometry.OutWidth, Geometry.OutWidth, new Rows(outputs, Geometry.Channels));
                else Output.Sum(work.Part, row * Geometry.OutWidth, Geometry.OutWidth);
            }
        }
    }

    public override void Backward(in Work work)
    {
        float* ring = work.Memory, gradients = ring + (Geometry.Kernel * XRow), dy = gradients + (Geometry.Kernel * XRow), sums = work.Sums + (work.Part * PartFloats);
        new Span<float>(work.Memory, ScratchFloats).Clear();
        if (WeightGradient is null) sums = dy + (vectors * dyPlane);
        else new Span<float>(sums, PartFloats).Clear();
        if (BiasGradient is not null) biasSums.AsSpan(2 * work.Part * Geometry.Channels, 2 * Geometry.Channels).Clear();
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            int loaded = 0, given = 0;
            for (int i = 0; i < Geometry.OutHeight; i++)
            {
                int top = (i * Geometry.Stride) - Geometry.Top, row = ((image * Geometry.OutHeight) + i) * Geometry.OutWidth;
                Give(work.Part, image, gradients, ref given, top);
                for (loaded = Math.Max(loaded, top); loaded < Math.Min(Geometry.Height, top + Geometry.Kernel); loaded++)
                {
                    if (WeightGradient is not null) LoadRow(image, loaded, ring);
                    new Span<float>(RingRow(gradients, loaded), XRow).Clear();
                }

                Output.LoadGradient(row, Geometry.OutWidth, new Rows(dy, lanes, dyPlane));
                if (BiasGradient is not null)
                    fixed (double* bias = &biasSums[2 * work.Part * Geometry.Channels]) MomentsKernel.Run(Geometry.OutWidth, Geometry.Channels, new Rows(dy, lanes, dyPlane), zeros.Pointer, bias, bias + Geometry.Channels);
                for (int u = Math.Max(0, -top); u < Math.Min(Geometry.Kernel, Geometry.Height - top); u++) BackwardRow(u, dy, RingRow(ring, top + u), RingRow(gradients, top + u), sums, Next(u, image, loaded, row));
            }

            Give(work.Part, image, gradients, ref given, Geometry.Height);
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        for (int part = 0; part < parts && WeightGradient is not null; part++, partials += PartFloats)
        {
            Span<float> gradient = WeightGradient.Span;
            for (int c = 0; c < Geometry.Channels; c++)
                for (int tap = 0; tap < Taps; tap++) gradient[(c * Taps) + tap] += partials[(tap * vectors * lanes) + c];
        }

        if (BiasGradient is null) return;
        for (int part = 0; part < parts; part++)
            for (int c = 0; c < Geometry.Channels; c++) BiasGradient.Span[c] += (float)biasSums[(2 * part * Geometry.Channels) + c];
    }

    private float* RingRow(float* ring, int row) => ring + (row % Geometry.Kernel * XRow);

    private void LoadRow(int image, int row, float* ring) =>
        Input.Buffer.Load((((image * Geometry.Height) + row) * Geometry.Width), Geometry.Width, new Rows(RingRow(ring, row) + (Geometry.Left * lanes), lanes, xPlane));

    private void ForwardPanel(int panel, float** rows, Fetch fetch, float* target, float* ragged)
    {
        int first = panel * packed.PanelWidth, channels = Math.Min(packed.PanelWidth, Geometry.Channels - first), width = packed.Vectors(panel) * lanes;
        DepthwiseCall call = new()
        {
            Rows = rows,
            Kernel = Geometry.Kernel,
            Stride = Geometry.Stride,
            PlaneStride = xPlane,
            Weights = packed.Weights(panel),
            Bias = packed.Bias(panel),
            Target = channels == width ? target + first : ragged,
            TargetStride = channels == width ? Geometry.Channels : width,
            Width = Geometry.OutWidth,
            Vectors = packed.Vectors(panel),
            Clamp = Clamp.None,
            Fetch = fetch,
        };
        DepthwiseKernel.Run(call);
        if (channels == width) return;
        for (int j = 0; j < Geometry.OutWidth; j++)
            new ReadOnlySpan<float>(ragged + (j * width), channels).CopyTo(new Span<float>(target + ((nint)j * Geometry.Channels) + first, channels));
    }

    private void BackwardRow(int u, float* dy, float* x, float* dx, float* sums, Fetch fetch) => DepthwiseGradientKernel.Run(new DepthwiseGradientCall
    {
        Kernel = Geometry.Kernel,
        Stride = Geometry.Stride,
        Width = Geometry.OutWidth,
        Vectors = vectors,
        Dy = dy,
        DyPlane = dyPlane,
        X = x,
        Dx = dx,
        XPlane = xPlane,
        Weights = taps.Pointer + (u * Geometry.Kernel * vectors * lanes),
        Dw = sums + (u * Geometry.Kernel * vectors * lanes),
        Fetch = fetch,
    });

    /// <summary>The input row that is loaded next: it may belong to the next picture.</summary>
    private Fetch NextRow(int image, int row) => Fetch.Of(Input.Buffer.Data + ((((nint)image * Geometry.Height) + row) * Geometry.Width * Geometry.Channels), (nint)Geometry.Width * Geometry.Channels);

    /// <summary>What to fetch while row u of a window is worked on: first the next row of the output's gradient and value, then those of the input.</summary>
    private Fetch Next(int u, int image, int loaded, int row)
    {
        if (u > Geometry.Stride) return default;
        if (u > 0) return NextRow(image, loaded + u - 1);
        nint start = (nint)(row + Geometry.OutWidth) * Geometry.Channels, floats = (nint)Geometry.OutWidth * Geometry.Channels;
        return Output.Norm is { UsesBatch: true } ? new Fetch((nint)(Output.Gradient + start), (nint)(Output.Data + start), floats * sizeof(float)) : Fetch.Of(Output.Gradient + start, floats);
    }

    /// <summary>Gives the gradients of the rows before <paramref name="end"/>, which no later window reaches.</summary>
    private void Give(int part, int image, float* gradients, ref int given, int end)
    {
        if (!Input.Buffer.NeedsGradient) return;
        for (; given < Math.Min(end, Geometry.Height); given++)
        {
            // A row that no window covers.
            int window = Math.Min(Geometry.OutHeight - 1, (given + Geometry.Top) / Geometry.Stride);
            if (given + Geometry.Top - (window * Geometry.Stride) >= Geometry.Kernel) new Span<float>(RingRow(gradients, given), XRow).Clear();
            Input.AccumulateGradient(part, ((image * Geometry.Height) + given) * Geometry.Width, Geometry.Width, new Rows(RingRow(gradients, given) + (Geometry.Left * lanes), lanes, xPlane));
        }
    }
}
