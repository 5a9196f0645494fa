using Graft.Kernels;
using Graft.Kernels.Assembled;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>
/// A 1x1 convolution whose products are of bfloat16 with sums in float32 (<see cref="AssembledTiles"/>), over blocks of rows that stay in the second-level cache: forward y = x w, and in one pass over a block of the backward
/// dw += x^T dy and dx = dy w^T. What is multiplied is rounded once, to nearest even: x, dy and, at each step of the training, w.
/// </summary>
internal sealed unsafe class PairConvolutionTraining : ConvolutionTrainingKernel
{
    // What a block takes of the second-level cache, and the rows that are turned into pairs while they are in the first.
    private const int BlockFloats = 1 << 16, ChunkFloats = 1 << 12, LeastRows = 28, MostRows = 112;

    private readonly WindowGeometry g;
    private readonly PairPanels forward;
    private readonly PairPanels? backward;
    private readonly BiasSum biasSum;
    private readonly int depth, outputs, xPitch, yPitch, dwPitch, block, chunk;

    public PairConvolutionTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        g = Geometry;
        (depth, outputs) = (g.Channels, g.OutChannels);
        forward = new PairPanels(outputs, depth);
        if (Input.Buffer.NeedsGradient) backward = new PairPanels(depth, outputs);
        biasSum = new BiasSum(BiasGradient, outputs, Division.MostParts);
        (xPitch, yPitch, dwPitch) = (Pitch(depth), Pitch(outputs), Align(outputs));
        block = Math.Clamp(BlockFloats / ((2 * xPitch) + (2 * yPitch)) / LeastRows * LeastRows, LeastRows, MostRows);
        chunk = Math.Clamp(ChunkFloats / Math.Max(xPitch, yPitch) / 2 * 2, 2, block);
    }

    // Rows of float32 of the input or its gradient and of the output; pairs of channels and of rows of both.
    public override int ScratchFloats => block * ((2 * xPitch) + (2 * yPitch));

    public override int PartFloats => WeightGradient is null ? 0 : checked(depth * dwPitch);

    public override int ReduceChunks => WeightGradient is not null ? (outputs + PartialSumKernel.Width - 1) / PartialSumKernel.Width : BiasGradient is not null ? 1 : 0;

    /// <summary>Whether a convolution can run here.</summary>
    public static bool Fits(in WindowGeometry g, TrainingNode node) =>
        node.Narrowest == ElementType.BFloat16 && AssembledTiles.IsSupported && g is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0 } && g.OutHeight * g.OutWidth > 1;

    public override int Parts(int count)
    {
        int most = Math.Clamp(PartialsFloats / (depth * dwPitch), LeastParts, Division.MostParts);
        return Division.Parts(count, (int)Math.Clamp((long)count * OutPixels / RowsPerPart, LeastParts, most));
    }

    protected override void PackWeights()
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
        float* sums = work.Sums + (work.Part * (nint)PartFloats);
        if (WeightGradient is not null) new Span<float>(sums, PartFloats).Clear();
        biasSum.Clear(work.Part);
        (int first, int end) = Images(work);
        for (int row = first * OutPixels; row < end * OutPixels; row += block) BackwardBlock(work, row, Math.Min(block, (end * OutPixels) - row), sums);
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        if (WeightGradient is null) return;
        int first = chunk * PartialSumKernel.Width, count = Math.Min(PartialSumKernel.Width, outputs - first);
        PartialSumKernel.Run(depth, count, parts, partials + first, PartFloats, dwPitch, WeightGradient.Pointer + ((nint)first * depth), depth);
    }

    private void ForwardBlock(in Work work, int row, int rows)
    {
        float* x = work.Memory, y = x + (block * xPitch);
        BFloat16* pairs = (BFloat16*)(y + (block * yPitch));
        for (int r = 0; r < rows; r += chunk)
        {
            int count = Math.Min(chunk, rows - r);
            Input.Buffer.Load(row + r, count, new StridedRows(x, xPitch));
            AlongChannels(count, depth, x, xPitch, pairs + ((nint)r * xPitch));
        }

        if (Bias is not null)
            for (int r = 0; r < rows; r++) Bias.Span.CopyTo(new Span<float>(y + ((nint)r * yPitch), outputs));
        PairProducts.Multiply(forward, rows, (byte*)pairs, xPitch * sizeof(BFloat16), y, yPitch, Bias is not null, Input.Buffer.FetchValues(row + rows, rows));
        Output.Keep(work.Part, row, rows, new StridedRows(y, yPitch));
    }

    private void BackwardBlock(in Work work, int row, int rows, float* sums)
    {
        // The float32 rows of one thing at a time, then what was made of them.
        float* dy = work.Memory, x = dy;
        uint* dyRows = (uint*)(dy + (block * Math.Max(xPitch, yPitch))), xRows = dyRows + (block / 2 * yPitch);
        BFloat16* dyChannels = (BFloat16*)(xRows + (block / 2 * xPitch));
        for (int r = 0; r < rows; r += chunk)
        {
            int count = Math.Min(chunk, rows - r);
            Output.LoadGradient(row + r, count, new StridedRows(dy, yPitch));
            biasSum.Add(work.Part, count, new StridedRows(dy, yPitch));
            if (backward is not null) AlongChannels(count, outputs, dy, yPitch, dyChannels + ((nint)r * yPitch));
            if (WeightGradient is null) continue;
            PairKernel.Run(count, outputs, dy, yPitch, dyRows + ((nint)r / 2 * yPitch), yPitch);
            Input.Buffer.Load(row + r, count, new StridedRows(x, xPitch));
            PairKernel.Run(count, depth, x, xPitch, xRows + ((nint)r / 2 * xPitch), xPitch);
        }

        if (WeightGradient is not null)
        {
            PairProducts.AddGradient((rows + 1) / 2, depth, outputs, xRows, xPitch, dyRows, yPitch, sums, dwPitch, Output.FetchGradient(row + rows, rows));
        }

        if (backward is null) return;
        float* dx = work.Memory;
        PairProducts.Multiply(backward, rows, (byte*)dyChannels, yPitch * sizeof(BFloat16), dx, xPitch, false, Input.Buffer.FetchValues(row + rows, rows));
        Input.AccumulateGradient(work.Part, row, rows, new StridedRows(dx, xPitch));
    }

    /// <summary>Rounds rows; behind an odd number of channels comes a zero.</summary>
    private static void AlongChannels(int rows, int channels, float* x, int pitch, BFloat16* y)
    {
        StoreKernel.Run(rows, channels, new StridedRows(x, pitch), new StoredRows(y, pitch, ElementType.BFloat16));
        if (channels % 2 == 0) return;
        for (int r = 0; r < rows; r++) y[((nint)r * pitch) + channels] = default;
    }
}
