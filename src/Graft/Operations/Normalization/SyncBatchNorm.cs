namespace Graft.Operations.Normalization;

/// <summary>
/// Batch normalization with the statistics of a batch that is split over several training plans (Zhang et al. 2018, "Context encoding for semantic
/// segmentation", arXiv:1803.08904, section 3.2; PyTorch's <c>SyncBatchNorm</c>): sums of x, of x^2 and of the values' number are added up over all ranks, and
/// in the backward the sums of the gradient. So k plans on k parts, equal or not, compute what <see cref="BatchNorm"/> computes on the whole.
/// </summary>
/// <remarks>
/// The ranks are joined by <see cref="Training.TrainingOptions.AllReduce"/>; without it, and in inference, it is a <see cref="BatchNorm"/>. The gradients of
/// scale and shift are those of the rank's own part, as those of every other weight: who trains adds them up over the ranks.
/// </remarks>
[OperationName("sync_batch_norm")]
public sealed record SyncBatchNorm : BatchStatisticsNorm
{
    /// <inheritdoc/>
    public override string Label => "synchronized batch norm";

    private protected override bool IsOverRanks => true;

    private protected override string FileName => "sync_batch_norm";

    [NormalizationName("sync")]
    internal static SyncBatchNorm Named(int _) => new();

    internal static SyncBatchNorm Read(FieldReader fields) => Read(new SyncBatchNorm { Statistics = ReadStatistics(fields) }, fields);
}
