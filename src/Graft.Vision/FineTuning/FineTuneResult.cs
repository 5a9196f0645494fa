using Graft.Training;

namespace Graft.Vision.FineTuning;

/// <summary>
/// A fine-tuned model, and how good it is. Only where its head is a readout, the first or one fitted again, that has learned from the held-out images, after it was judged by them.
/// </summary>
public sealed record FineTuneResult : JudgedResult
{
    /// <summary>Whether the readout was kept because fine-tuning made nothing better; it was then fitted again on all images.</summary>
    public required bool IsReadout { get; init; }

    /// <inheritdoc/>
    private protected override string Remark => IsReadout ? "; the readout was kept, for fine-tuning was no better" : "";

    /// <inheritdoc/>
    public override bool IsRefitted => IsReadout || IsHeadRefitted;

    /// <summary>The epoch whose weights were kept, from 1; 0 for the readout.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The <see cref="Tasks.Judgement.Score"/> of the readout alone on the held-out images; null where none were.</summary>
    public required double? ReadoutScore { get; init; }

    /// <summary>The highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Whether <see cref="LearningRate"/> is a part of each weight's own size, and not a number of its own.</summary>
    public required bool IsRelativeRate { get; init; }

    /// <summary>The test that found the rate; null where there was none.</summary>
    internal RateRangeTest? RangeTest { get; init; }

    /// <summary>How the schedule was cut short; null where every planned epoch was trained.</summary>
    public required EarlyStop? EarlyStop { get; init; }

    /// <summary>Whether the head of the tuned trunk was fitted again, as a readout on all images, because that was better than the head that was trained with it.</summary>
    public required bool IsHeadRefitted { get; init; }
}
