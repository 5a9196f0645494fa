using Graft.Kernels;
using Graft.Kernels.Assembled;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>
/// A 1x1 convolution whose products are of bfloat16 with sums in float32 (<see cref="AssembledTiles"/>), over blocks of rows that stay in the second-level cache: forward y = x w, and in one pass over a block of the backward
/// dw += x^T dy and dx = dy w^T. What is multiplied is rounded once, to nearest even: x, dy and, at each step of the training, w.
/// </summary>
internal sealed unsafe class PairConvolutionTraining : ConvolutionTrainingKernel
{
    // What a block's pairs take of the second-level cache; the rows of float32 that are made at a time, in the first; and the rows of a product, whose sums are handed on at once.
    private const int BlockBytes = 3 << 17, ChunkFloats = 1 << 12, LeastRows = 28, MostRows = 224, ProductRows = 56;

    private readonly WindowGeometry g;
    private readonly PairPanels forward;
    private readonly PairPanels? backward;
    private readonly WeightSums weightSums;
    private readonly BiasSum biasSum;
    private readonly int depth, outputs, xPitch, yPitch, block, chunk;

    public PairConvolutionTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        (depth, outputs) = (g.Channels, g.OutChannels);
        forward = new PairPanels(outputs, depth);
        if (Input.Buffer.NeedsGradient) backward = new PairPanels(depth, outputs);
        biasSum = new BiasSum(BiasGradient, outputs, Division.MostParts);
        weightSums = new WeightSums(WeightGradient, outputs, depth, 1);
        (xPitch, yPitch) = (PairProducts.Pitch(depth), PairProducts.Pitch(outputs));
        block = Math.Clamp(BlockBytes / (sizeof(BFloat16) * (xPitch + (2 * yPitch))) / LeastRows * LeastRows, LeastRows, MostRows);
        chunk = Math.Clamp(ChunkFloats / Math.Max(xPitch, yPitch) / 2 * 2, 2, ProductRows);
    }

    // Rows of float32; rows and pairs of the output's gradient, and pairs of the input.
    public override int ScratchFloats => (ProductRows * Math.Max(xPitch, yPitch)) + (block * ((2 * yPitch) + xPitch) / 2);

    public override int PartFloats => weightSums.Floats;

    public override int ReduceChunks => Math.Max(weightSums.Chunks, BiasGradient is not null ? 1 : 0);

    /// <summary>Whether a convolution can run here.</summary>
    public static bool Fits(in WindowGeometry g, TrainingNode node) =>
        node.Narrowest == ElementType.BFloat16 && AssembledTiles.IsSupported && g is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0 } && g.OutHeight * g.OutWidth > 1;

    public override int Parts(int count) => weightSums.Parts(count, OutPixels);

    protected override void PackWeights(int chunk)
    {
        forward.Fill(Weight.Pointer, depth, 1);
        backward?.Fill(Weight.Pointer, 1, depth);
    }

    public override void Forward(in Work work)
    {
        (int first, int end) = Images(work);
        for (int row = first * OutPixels; row < end * OutPixels; row += block) ForwardBlock(work, row, Math.Min(block, (end * OutPixels) - row));
    }

    public override void Backward(in Work work)
    {
        float* sums = weightSums.Of(work);
        biasSum.Clear(work.Part);
        (int first, int end) = Images(work);
        for (int row = first * OutPixels; row < end * OutPixels; row += block) BackwardBlock(work, row, Math.Min(block, (end * OutPixels) - row), sums, row == first * OutPixels);
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        weightSums.Reduce(chunk, parts, partials);
    }

    private void ForwardBlock(in Work work, int row, int rows)
    {
        float* memory = work.Memory;
        BFloat16* x = (BFloat16*)(memory + (ProductRows * Math.Max(xPitch, yPitch)));
        for (int r = 0; r < rows; r += chunk)
        {
            int count = Math.Min(chunk, rows - r);
            Input.Buffer.Load(row + r, count, new StridedRows(memory, xPitch));
            PairProducts.Round(count, depth, memory, xPitch, x + ((nint)r * xPitch), null);
        }

        Prefetch fetch = Input.Buffer.FetchValues(row + rows, rows);
        for (int r = 0; r < rows; r += ProductRows)
        {
            int count = Math.Min(ProductRows, rows - r);
            for (int i = 0; Bias is not null && i < count; i++) Bias.Span.CopyTo(new Span<float>(memory + ((nint)i * yPitch), outputs));
            PairProducts.Multiply(forward, count, x + ((nint)r * xPitch), xPitch, memory, yPitch, Bias is not null, fetch.Part(r / ProductRows, (rows + ProductRows - 1) / ProductRows));
            Output.Keep(work.Part, row + r, count, new StridedRows(memory, yPitch));
        }
    }

    private void BackwardBlock(in Work work, int row, int rows, float* sums, bool begins)
    {
        float* memory = work.Memory;
        uint* dyPairs = (uint*)(memory + (ProductRows * Math.Max(xPitch, yPitch))), xPairs = dyPairs + (block / 2 * yPitch);
        BFloat16* dy = (BFloat16*)(xPairs + (block / 2 * xPitch));
        for (int r = 0; r < rows; r += chunk)
        {
            int count = Math.Min(chunk, rows - r);
            StridedRows values = new(memory, yPitch);
            Output.LoadGradient(row + r, count, values);
            biasSum.Add(work.Part, count, values);
            PairProducts.Round(count, outputs, memory, yPitch, backward is null ? null : dy + ((nint)r * yPitch), WeightGradient is null ? null : dyPairs + ((nint)r / 2 * yPitch));
            if (WeightGradient is null) continue;
            Input.Buffer.Load(row + r, count, new StridedRows(memory, xPitch));
            PairProducts.Round(count, depth, memory, xPitch, null, xPairs + ((nint)r / 2 * xPitch));
        }

        if (WeightGradient is not null) PairProducts.AddGradient((rows + 1) / 2, outputs, depth, dyPairs, yPitch, xPairs, xPitch, sums, weightSums.Pitch, !begins, Output.FetchGradient(row + rows, rows));
        if (backward is null) return;
        Prefetch fetch = Input.Buffer.FetchValues(row + rows, rows);
        for (int r = 0; r < rows; r += ProductRows)
        {
            int count = Math.Min(ProductRows, rows - r);
            PairProducts.Multiply(backward, count, dy + ((nint)r * yPitch), yPitch, memory, xPitch, false, fetch.Part(r / ProductRows, (rows + ProductRows - 1) / ProductRows));
            Input.AccumulateGradient(work.Part, row + r, count, new StridedRows(memory, xPitch));
        }
    }
}
