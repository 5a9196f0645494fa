using Graft.Kernels;
using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>
/// A 1x1 convolution and the depthwise one that reads it, as an inverted residual begins (Sandler et al. 2018, arXiv:1801.04381, table 1), without the wide value between them: <see cref="Expansion"/> computes a row of it
/// whenever <see cref="DepthwiseTraining"/> needs one. In three phases: what the norm between them has to know of all rows, the norm, the rows; and the same backward.
/// </summary>
internal sealed unsafe class ExpandedDepthwiseTraining : TrainingKernel
{
    private const int OfRows = 0, OfNorm = 1, Last = 2;

    private readonly DepthwiseTraining depthwise;
    private readonly Expansion expansion;
    private readonly ActivationBuffer between;

    public ExpandedDepthwiseTraining(ConvolutionTrainingKernel expand, DepthwiseTraining depthwise)
        : base(expand.Inputs, depthwise.Output)
    {
        (this.depthwise, between) = (depthwise, expand.Output);
        depthwise.Inputs[0].IsLast = true;
        depthwise.Expansion = expansion = new Expansion(expand, Align(depthwise.ScratchFloats)) { FloatsBefore = depthwise.PartFloats };
    }

    public override int ScratchFloats => Align(depthwise.ScratchFloats) + expansion.ScratchFloats;

    // Those of the depthwise convolution lie side by side, as it expects them.
    public override int PartFloats => depthwise.PartFloats + expansion.PartFloats;

    public override int ReduceChunks => depthwise.ReduceChunks;

    public override bool TakesNarrow => true;

    public override bool IsCheapToRepeat => true;

    /// <summary>Whether two convolutions can be joined.</summary>
    public static bool Fits(ConvolutionTrainingKernel expand, DepthwiseTraining depthwise) =>
        expand.Geometry is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0 } g && g.OutHeight == g.Height && g.OutWidth == g.Width && expand is { Bias: null, PassOnChunks: 0 }
        && depthwise is { PassOnChunks: 0, CanBeWhole: true } && g.Channels < g.OutChannels && expand.Output.Norm is { IsOneCell: true };

    public override int BackwardMemoryFloats(int batch) => IsInPlace ? 0 : checked(batch * between.Pixels * expansion.FirstTermsPitch);

    public override int Parts(int count) => depthwise.Parts(count);

    public override int Phases(int count) => 3;

    public override int Parts(int count, int phase) => phase == OfNorm ? 1 : Parts(count);

    public override void Pack(int chunk)
    {
        expansion.Pack();
        depthwise.Pack(chunk);
    }

    public override void Forward(in Work work)
    {
        (int first, int end) = Images(work);
        if (work.Phase == Last) depthwise.Forward(work);
        else if (work.IsAgain) return;
        else if (work.Phase == OfNorm) expansion.FinishNorm(Parts(work.Count), Rows(work.Count));
        else if (between.Norm!.UsesBatch) expansion.AddUp(work, first * between.Pixels, end * between.Pixels);
    }

    public override void FinishForward(int count, float? momentum) => expansion.Track(Rows(count), momentum);

    public override void Backward(in Work work)
    {
        (int first, int end) = Images(work);
        if (work.Phase == OfRows)
        {
            expansion.FirstTerms = IsInPlace ? Inputs[0].Buffer.Gradient : BackwardMemory;
            expansion.BeginBackward(work);
            depthwise.Backward(work);
        }
        else if (work.Phase == OfNorm)
        {
            expansion.FinishBackward(Parts(work.Count), work.Sums, Rows(work.Count));
        }
        else
        {
            expansion.GiveInputGradient(work, first * between.Pixels, end * between.Pixels);
        }
    }

    public override void Reduce(int chunk, int parts, float* partials) => depthwise.Reduce(chunk, parts, partials);

    /// <summary>Whether the first terms of the input's gradient can lie where that goes.</summary>
    private bool IsInPlace => Inputs[0] is { Accumulates: false, Buffer: { Type: ElementType.Float32 } input } && expansion.FirstTermsPitch == input.Channels;

    private long Rows(int count) => (long)count * between.Pixels;
}
