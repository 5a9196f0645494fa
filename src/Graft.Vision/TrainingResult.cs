using Graft.Training;

namespace Graft.Vision;

/// <summary>What a training on images ends with; those of a task derive from it.</summary>
public abstract record TrainingResult
{
    /// <summary>What was trained.</summary>
    public required Model Model { get; init; }

    /// <summary>The number of images that were learned from.</summary>
    public required int TrainImages { get; init; }

    /// <summary>The number of held-out images.</summary>
    public required int HeldOutImages { get; init; }

    /// <summary>The epochs; none where there are no steps, as in a readout.</summary>
    public IReadOnlyList<TrainedEpoch> History { get; init; } = [];

    /// <summary>What was left out, and why.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>What is doubtful.</summary>
    public IReadOnlyList<SkippedImage> Notices { get; init; } = [];
}
