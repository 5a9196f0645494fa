namespace Graft.Runs;

/// <summary>What a run has logged.</summary>
/// <param name="Steps">Its steps, in order.</param>
/// <param name="Epochs">Its epochs, in order.</param>
public sealed record RunHistory(IReadOnlyList<StepMetrics> Steps, IReadOnlyList<EpochMetrics> Epochs);
