namespace Graft.Operations.Normalization;

/// <summary>
/// Batch normalization over the last axis (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2). In training, over the m values of a channel in the
/// batch:
/// mean = 1/m sum x, var = 1/m sum (x - mean)^2, y = weight (x - mean) / sqrt(var + epsilon) + bias. In inference, with running statistics:
/// y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias.
/// </summary>
/// <remarks>The running variance takes up the unbiased one, m/(m - 1) var, as in the paper and in PyTorch.</remarks>
[OperationName("batch_norm")]
public sealed record BatchNorm : BatchStatisticsNorm
{
    /// <inheritdoc/>
    public override string Label => "batch norm";

    private protected override string FileName => "batch_norm";

    [NormalizationName("batch")]
    internal static BatchNorm Named(int _) => new();

    internal static BatchNorm Read(FieldReader fields) => Read(new BatchNorm { Statistics = ReadStatistics(fields) }, fields);
}
