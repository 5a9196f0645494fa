using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A convolution of few channels that wants no gradient of its input: the first one, of an image. A row of a window is pixels side by side, so that a padded image is multiplied as it lies, and no window is copied: forward a
/// product with a segment for each row of the kernel, backward the gradient of the weights, one row of the kernel after the other.
/// </summary>
internal sealed unsafe class ImageConvolutionTraining : ConvolutionTrainingKernel
{
    // What the padded rows of a block of output rows may take, within the first-level cache and a half.
    private const int BlockFloats = 1 << 13, MostChannels = 8;

    private readonly WindowGeometry g;
    private readonly Tensor ordered;
    private readonly PackedPanels forward;
    private readonly BiasSum biasSum;
    private readonly int segment, depth, pitch, yPitch, dwPitch, block;

    public ImageConvolutionTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        segment = g.Kernel * g.Channels;
        depth = g.Kernel * segment;
        ordered = new Tensor([g.OutChannels, depth]);
        forward = new PackedPanels(g.OutChannels, depth, new WeightBlock((depth + 64) * (g.OutChannels + 64)));
        biasSum = new BiasSum(BiasGradient, g.OutChannels, Division.MostParts);
        pitch = Align(Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Kernel) * g.Channels);
        (yPitch, dwPitch) = (Pitch(g.OutChannels), Align(g.OutChannels));
        block = Math.Clamp(((BlockFloats / pitch) - g.Kernel) / g.Stride, 1, g.OutHeight);
    }

    /// <summary>Whether a convolution can run here.</summary>
    public static bool Fits(in WindowGeometry g, InputUse input) =>
        g is { Groups: 1, Dilation: 1, Channels: <= MostChannels, Kernel: > 1 } && input.Buffer is { NeedsGradient: false, IsPlain: true };

    private int PaddedRows => ((block - 1) * g.Stride) + g.Kernel;

    public override int ScratchFloats => (PaddedRows * pitch) + (g.OutWidth * yPitch);

    public override int PartFloats => WeightGradient is null ? 0 : checked(depth * dwPitch);

    public override int ReduceChunks => WeightGradient is not null ? (g.OutChannels + PartialSumKernel.Width - 1) / PartialSumKernel.Width : BiasGradient is not null ? 1 : 0;

    protected override void PackWeights(int chunk)
    {
        WeightOrder.ChannelsLast(Weight.Pointer, g.OutChannels, g.Channels, g.Kernel * g.Kernel, ordered.Pointer);
        forward.Fill(ordered.Pointer, depth, 1);
        if (Bias is not null) forward.FillBias(Bias.Span);
    }

    public override void Forward(in Work work)
    {
        float* padded = work.Memory, scratch = padded + (PaddedRows * pitch);
        (int image, int end) = Images(work);
        for (; image < end; image++)
        {
            for (int row = 0; row < g.OutHeight; row++)
            {
                if (row % block == 0) Pad(image, row, padded);
                int first = ((image * g.OutHeight) + row) * g.OutWidth;
                StridedRows y = Output.IsKeptAside ? new StridedRows(scratch, yPitch) : new StridedRows(Output.Data + ((nint)first * g.OutChannels), g.OutChannels);
                Multiply(padded + (row % block * g.Stride * pitch), y);
                if (Output.IsKeptAside) Output.Keep(work.Part, first, g.OutWidth, y);
                else Output.Sum(work.Part, first, g.OutWidth);
            }
        }
    }

    public override void Backward(in Work work)
    {
        float* padded = work.Memory, sums = work.Sums + (work.Part * (nint)PartFloats);
        StridedRows dy = new(padded + (PaddedRows * pitch), yPitch);
        if (WeightGradient is not null) new Span<float>(sums, PartFloats).Clear();
        biasSum.Clear(work.Part);
        (int image, int end) = Images(work);
        for (; image < end; image++)
        {
            for (int row = 0; row < g.OutHeight; row++)
            {
                int first = ((image * g.OutHeight) + row) * g.OutWidth;
                Output.LoadGradient(first, g.OutWidth, dy);
                biasSum.Add(work.Part, g.OutWidth, dy);
                if (WeightGradient is null) continue;
                if (row % block == 0) Pad(image, row, padded);
                AddGradient(padded + (row % block * g.Stride * pitch), dy, sums, Output.FetchGradient(first + g.OutWidth, g.OutWidth));
            }
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        if (WeightGradient is null) return;
        int first = chunk * PartialSumKernel.Width, count = Math.Min(PartialSumKernel.Width, g.OutChannels - first), taps = g.Kernel * g.Kernel;

        // [taps, inputs] back to [inputs, taps].
        for (int tap = 0; tap < taps; tap++)
            PartialSumKernel.Run(g.Channels, count, parts, partials + ((nint)tap * g.Channels * dwPitch) + first, PartFloats, dwPitch, WeightGradient.Pointer + ((nint)first * depth) + tap, depth, taps);
    }

    /// <summary>The rows of the input that a block of output rows sees, with zeros around them.</summary>
    private void Pad(int image, int outRow, float* padded)
    {
        int top = (outRow * g.Stride) - g.Top, rows = ((Math.Min(block, g.OutHeight - outRow) - 1) * g.Stride) + g.Kernel, floats = g.Width * g.Channels;
        new Span<float>(padded, rows * pitch).Clear();
        for (int row = Math.Max(0, top); row < Math.Min(g.Height, top + rows); row++)
        {
            float* source = Input.Buffer.Data + ((((nint)image * g.Height) + row) * floats);
            new ReadOnlySpan<float>(source, floats).CopyTo(new Span<float>(padded + ((row - top) * pitch) + (g.Left * g.Channels), floats));
        }
    }

    private void Multiply(float* window, StridedRows y)
    {
        PanelCall call = new()
        {
            Source = window,
            SourceStride = g.Stride * g.Channels,
            Segments = g.Kernel,
            SegmentLength = segment,
            SegmentStride = pitch,
            Rows = g.OutWidth,
            Target = y.Start,
            TargetStride = y.RowStride,
            TargetPlaneStride = y.PlaneStride,
            IsBare = true,
        };
        Panels.Run(forward, 0, forward.Count, call);
    }

    private void AddGradient(float* window, StridedRows dy, float* sums, Prefetch fetch)
    {
        for (int u = 0; u < g.Kernel; u++)
        {
            WeightGradientKernel.Run(new WeightGradient
            {
                Rows = g.OutWidth,
                Depth = segment,
                Outputs = g.OutChannels,
                X = window + (u * pitch),
                XStride = g.Stride * g.Channels,
                Dy = dy.Start,
                DyStride = yPitch,
                Dw = sums + ((nint)u * segment * dwPitch),
                DwStride = dwPitch,
                Fetch = fetch.Part(u, g.Kernel),
            });
        }
    }
}
