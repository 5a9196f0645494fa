using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// Ghost batch normalization (Hoffer et al. 2017, "Train longer, generalize better", arXiv:1705.08741, algorithm 1): in training a batch is cut into virtual
/// ones of <see cref="Size"/> images, the last perhaps smaller, and each is normalized by its own statistics. A large batch so keeps the noise of a small
/// one.
/// </summary>
/// <remarks>
/// The running statistics take up one virtual batch after the other, as the algorithm has it: running = (1 - momentum)^k running + sum over i of (1 -
/// momentum)^(k - i) momentum statistics_i. In inference, and where a batch has no more than <see cref="Size"/> images, it is a <see cref="BatchNorm"/>.
/// </remarks>
[OperationName("ghost_batch_norm")]
public sealed record GhostBatchNorm : BatchStatisticsNorm
{
    /// <summary>Makes a ghost batch norm.</summary>
    /// <param name="size">The images of a virtual batch.</param>
    public GhostBatchNorm(int size) => Size = size;

    /// <summary>The images of a virtual batch.</summary>
    public int Size { get; init => field = Require.Positive(value, nameof(Size)); }

    /// <inheritdoc/>
    public override string Label => $"ghost batch norm of {Size}";

    private protected override bool NeedsAverage => true;

    private protected override NormScope Scope => NormScope.VirtualBatch(Size);

    private protected override string FileName => "ghost_batch_norm";

    // Few enough for the noise of small batches in the usual ones of 32.
    [NormalizationName("ghost")]
    internal static GhostBatchNorm Named(int _) => new(8);

    internal static GhostBatchNorm Read(FieldReader fields) => Read(new GhostBatchNorm(fields.Int("size", 1, FieldReader.MostChannels)), fields);

    internal override void Write(FieldWriter fields)
    {
        base.Write(fields);
        fields.Int("size", Size);
    }

    private protected override RunningMoments Running(Func<string, Tensor> buffer) => new(buffer, Momentum) { IsSequential = true };

    private protected override IEnumerable<Range> VirtualBatches(ReferenceNode node)
    {
        for (int first = 0; first < node.Batch; first += Size) yield return (first * node.Pixels)..(Math.Min(node.Batch, first + Size) * node.Pixels);
    }
}
