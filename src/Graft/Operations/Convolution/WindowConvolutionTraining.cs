using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A convolution of many channels whose windows overlap or leave pixels out, one tap after the other, each a matrix product over rows of output pixels: forward y += x[tap] w[tap], backward
/// dw[tap] += x[tap]^T dy and dx[tap] += dy w[tap]^T. So the windows of a 3x3 kernel are never side by side in memory, and a tap's weights stay in the cache for many rows; where images are small,
/// the rows are those of several.
/// </summary>
internal sealed unsafe class WindowConvolutionTraining : ConvolutionTrainingKernel
{
    // What a block's rows may take in the forward, all taps of them, and in the backward, where there is one tap at a time.
    private const int ForwardFloats = 1 << 18, BackwardFloats = 1 << 18, LeastRows = 28, MostRows = 224;

    // Fewer channels make taps too narrow for vectors.
    private const int LeastChannels = 16;

    private readonly WindowGeometry g;
    private readonly Tensor ordered;
    private readonly WindowProducts products;
    private readonly WeightSums weightSums;
    private readonly BiasSum biasSum;
    private readonly int taps, depth, xPitch, yPitch, forwardRows, backwardRows;

    public WindowConvolutionTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        taps = g.Kernel * g.Kernel;
        depth = taps * g.Channels;
        ordered = new Tensor([g.OutChannels, depth]);
        products = PairWindowProducts.Fits(g, node.Narrowest)
            ? new PairWindowProducts(g.Channels, g.OutChannels, taps, Input.Buffer.NeedsGradient)
            : new FloatWindowProducts(g.Channels, g.OutChannels, taps, Input.Buffer.NeedsGradient);
        biasSum = new BiasSum(BiasGradient, g.OutChannels, Division.MostParts);
        weightSums = new WeightSums(WeightGradient, g.OutChannels, g.Channels, taps);
        (xPitch, yPitch) = (products.XPitch, products.YPitch);
        forwardRows = Rows(ForwardFloats / (taps * xPitch));
        backwardRows = Rows(BackwardFloats / ((2 * xPitch) + yPitch));
    }

    private int ImageFloats => Align(g.Height * g.Width * g.Channels);

    public override int ScratchFloats => Math.Max(
        (ImagesAtOnce(forwardRows) * ImageFloats) + (Room(forwardRows) * ((taps * xPitch) + yPitch)) + products.ScratchFloats(Room(forwardRows)),
        (2 * ImagesAtOnce(backwardRows) * ImageFloats) + (Room(backwardRows) * ((2 * xPitch) + yPitch)) + products.ScratchFloats(Room(backwardRows)));

    public override int PartFloats => weightSums.Floats;

    public override int ReduceChunks => Math.Max(weightSums.Chunks, BiasGradient is not null ? 1 : 0);

    /// <summary>Whether it is faster than windows side by side.</summary>
    public static bool Fits(in WindowGeometry g) => g is { Groups: 1, Channels: >= LeastChannels } && (g.Kernel > 1 || g.Stride > 1);

    public override int Parts(int count) => weightSums.Parts(count, OutPixels);

    protected override void PackWeights(int chunk)
    {
        WeightOrder.ChannelsLast(Weight.Pointer, g.OutChannels, g.Channels, taps, ordered.Pointer);
        products.Pack(ordered.Pointer, Bias is null ? default : Bias.Span);
    }

    public override void Forward(in Work work)
    {
        (int image, int end) = Images(work);
        int group = ImagesAtOnce(forwardRows), block = Block(forwardRows);
        for (; image < end; image += group)
        {
            int images = Math.Min(group, end - image);
            float* source = LoadImages(image, images, work.Memory), x = work.Memory + (group * ImageFloats);
            for (int pixel = 0; pixel < OutPixels; pixel += block) ForwardBlock(work, source, x, image, images, pixel, Math.Min(block, OutPixels - pixel));
        }
    }

    public override void Backward(in Work work)
    {
        (int image, int end) = Images(work);
        int group = ImagesAtOnce(backwardRows), block = Block(backwardRows);
        float* sums = weightSums.Of(work);
        if (WeightGradient is not null) new Span<float>(sums, PartFloats).Clear();
        biasSum.Clear(work.Part);
        for (; image < end; image += group)
        {
            int images = Math.Min(group, end - image);
            float* source = WeightGradient is null ? null : LoadImages(image, images, work.Memory);
            float* dx = work.Memory + (group * ImageFloats), rows = dx + (group * ImageFloats);
            if (Input.Buffer.NeedsGradient) new Span<float>(dx, images * Input.Buffer.ImageFloats).Clear();
            for (int pixel = 0; pixel < OutPixels; pixel += block) BackwardBlock(work, source, dx, rows, image, images, pixel, Math.Min(block, OutPixels - pixel), sums);
            if (Input.Buffer.NeedsGradient) Input.AccumulateGradient(work.Part, image * Input.Buffer.Pixels, images * Input.Buffer.Pixels, new StridedRows(dx, g.Channels));
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        weightSums.Reduce(chunk, parts, partials);
    }

    private void ForwardBlock(in Work work, float* source, float* x, int image, int images, int pixel, int pixels)
    {
        int rows = images * pixels, first = (image * OutPixels) + pixel;
        for (int tap = 0; tap < taps; tap++) Gather(source, tap, images, pixel, pixels, x + ((nint)tap * rows * xPitch));
        float* scratch = x + ((nint)taps * rows * xPitch);
        bool isAside = products.NeedsRoom || Output.IsKeptAside;
        StridedRows y = isAside ? new StridedRows(scratch, yPitch) : new StridedRows(Output.Data + ((nint)first * g.OutChannels), g.OutChannels);
        products.Forward(rows, x, y, scratch + ((nint)rows * yPitch));
        if (isAside) Output.Keep(work.Part, first, rows, y);
        else Output.Sum(work.Part, first, rows);
    }

    private void BackwardBlock(in Work work, float* source, float* dx, float* memory, int image, int images, int pixel, int pixels, float* sums)
    {
        int rows = images * pixels;
        float* dy = memory, x = dy + ((nint)rows * yPitch), dxTap = x + ((nint)rows * xPitch), scratch = dxTap + ((nint)rows * xPitch);
        Output.LoadGradient((image * OutPixels) + pixel, rows, new StridedRows(dy, yPitch));
        biasSum.Add(work.Part, rows, new StridedRows(dy, yPitch));
        products.BeginBackward(rows, dy, scratch);
        for (int tap = 0; tap < taps; tap++)
        {
            if (WeightGradient is not null)
            {
                Gather(source, tap, images, pixel, pixels, x);
                products.AddGradient(rows, x, dy, sums + ((nint)tap * g.Channels), weightSums.Pitch, scratch);
            }

            if (!Input.Buffer.NeedsGradient) continue;
            products.Project(tap, rows, dy, dxTap, scratch);
            for (int i = 0; i < images; i++) WindowTaps.ScatterAdd(g, dxTap + ((nint)i * pixels * xPitch), xPitch, tap, pixel, pixels, dx + ((nint)i * Input.Buffer.ImageFloats));
        }
    }

    private void Gather(float* source, int tap, int images, int pixel, int pixels, float* x)
    {
        for (int i = 0; i < images; i++) WindowTaps.Gather(g, source + ((nint)i * Input.Buffer.ImageFloats), g.Channels, tap, pixel, pixels, x + ((nint)i * pixels * xPitch), xPitch);
    }

    private static int Rows(int rows) => Math.Clamp(rows / LeastRows * LeastRows, LeastRows, MostRows);

    /// <summary>How many images are worked on at once: whole ones, where several fit into a block.</summary>
    private int ImagesAtOnce(int rows) => Math.Max(1, rows / OutPixels);

    /// <summary>An image's pixels in a block: blocks of about the same size.</summary>
    private int Block(int rows)
    {
        if (OutPixels <= rows) return OutPixels;
        int blocks = (OutPixels + rows - 1) / rows, size = (OutPixels + blocks - 1) / blocks;
        return Math.Min(rows, (size + LeastRows - 1) / LeastRows * LeastRows);
    }

    private int Room(int rows) => Math.Max(ImagesAtOnce(rows) * Block(rows), Block(rows));
}
