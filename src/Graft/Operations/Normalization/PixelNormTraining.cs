using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>A normalization of the channels of each pixel: one pass forward and one backward, some rows at a time.</summary>
internal sealed unsafe class PixelNormTraining : TrainingKernel
{
    // A block is summed up in float32; kernels take four rows at a time.
    private const int BlockFloats = 1 << 15, MostRows = 128, Together = 4;

    private readonly PixelRule rule;
    private readonly Tensor? weight, bias;
    private readonly double[] sums;
    private readonly int block;
    private readonly bool isLarge;

    /// <summary>Makes a kernel.</summary>
    /// <param name="rule">What is computed.</param>
    /// <param name="node">The node.</param>
    public PixelNormTraining(PixelRule rule, TrainingNode node)
        : base(node.Inputs, node.Output)
    {
        ActivationBuffer output = node.Output;
        (this.rule, weight, bias) = (rule, rule.WeightGradient, rule.BiasGradient);
        block = Math.Clamp(BlockFloats / Math.Max(1, output.Channels) / Together * Together, Together, MostRows);
        isLarge = (long)node.Batch * output.ImageFloats * sizeof(float) > node.CacheBytes;
        sums = GC.AllocateArray<double>(2 * Division.MostParts * output.Channels, pinned: true);
    }

    private int Channels => Output.Channels;

    private int BlockSize => Align(block * Channels);

    // x, dy and dx of a block.
    public override int ScratchFloats => (3 * BlockSize) + Align(rule.ScratchFloats);

    public override int ReduceChunks => weight is null && bias is null ? 0 : 1;

    public override int Parts(int count) => Division.Parts(count);

    public override void Forward(in Work work)
    {
        (int first, int end) = Rows(work);
        for (int row = first; row < end; row += block)
        {
            int rows = Math.Min(block, end - row);
            rule.Forward(rows, Read(row, rows, work.Memory), Output.Data + ((nint)row * Channels), work.Memory + (3 * BlockSize), isLarge && Output.Norm is null);
            Output.Sum(work.Part, row, rows);
        }
    }

    public override void Backward(in Work work)
    {
        ActivationBuffer buffer = Inputs[0].Buffer;
        bool isDirect = buffer.NeedsGradient && buffer.IsPlain && !Inputs[0].Accumulates;
        float* dy = work.Memory + BlockSize, dx = dy + BlockSize;
        fixed (double* sum = &sums[2 * work.Part * Channels])
        {
            new Span<double>(sum, 2 * Channels).Clear();
            (int first, int end) = Rows(work);
            for (int row = first; row < end; row += block)
            {
                int rows = Math.Min(block, end - row);
                if (Output.Norm is null) dy = Output.Gradient + ((nint)row * Channels);
                else Output.LoadGradient(row, rows, new StridedRows(dy, Channels));
                if (isDirect) dx = buffer.Gradient + ((nint)row * Channels);
                rule.Backward(rows, Read(row, rows, work.Memory), dy, dx, sum, sum + Channels, work.Memory + (3 * BlockSize), isLarge && isDirect);
                if (buffer.NeedsGradient && !isDirect) Inputs[0].AccumulateGradient(work.Part, row, rows, new StridedRows(dx, Channels));
            }
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        fixed (double* first = sums)
        {
            for (int c = 0; c < Channels; c++)
            {
                if (weight is not null) weight.Span[c] += (float)PartialSumKernel.Sum(first + c, 2 * Channels, parts);
                if (bias is not null) bias.Span[c] += (float)PartialSumKernel.Sum(first + Channels + c, 2 * Channels, parts);
            }
        }
    }

    /// <summary>The rows of a part: those of whole images.</summary>
    private (int First, int End) Rows(in Work work)
    {
        (int first, int end) = Images(work);
        return (first * Output.Pixels, end * Output.Pixels);
    }

    private float* Read(int row, int rows, float* scratch)
    {
        ActivationBuffer buffer = Inputs[0].Buffer;
        if (buffer.IsPlain) return buffer.Data + ((nint)row * Channels);
        buffer.Load(row, rows, new StridedRows(scratch, Channels));
        return scratch;
    }
}
