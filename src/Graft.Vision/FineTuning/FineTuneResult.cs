using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.FineTuning;

/// <summary>A fine-tuned classifier, and how good it is.</summary>
/// <param name="Model">The classifier. Only where its head is a readout, the first or one fitted again, that has learned from the held-out images, after it was judged by them.</param>
/// <param name="IsReadout">Whether the readout was kept because fine-tuning made nothing better; it was then fitted again on all images.</param>
/// <param name="TrainImages">The number of images that were learned from.</param>
/// <param name="ValidationImages">The number of held-out images.</param>
/// <param name="Validation">The quality on the held-out images; null where none were.</param>
/// <param name="Calibration">How honest the probabilities are on the held-out images; null where none were.</param>
/// <param name="Judged">The held-out images, in order.</param>
/// <param name="History">The epochs.</param>
/// <param name="BestEpoch">The epoch whose weights were kept, from 1; 0 for the readout.</param>
/// <param name="ReadoutTop1">The accuracy of the readout alone on the held-out images; null where none were.</param>
/// <param name="LearningRate">The highest learning rate.</param>
/// <param name="RangeTest">The test that found it; null where there was none.</param>
/// <param name="Temperature">What scores were divided by to make their softmax calibrated.</param>
/// <param name="Cached">How many images' features came from the cache.</param>
/// <param name="Skipped">What was left out, and why.</param>
/// <param name="Notices">What is doubtful.</param>
public sealed record FineTuneResult(
    Model Model,
    bool IsReadout,
    int TrainImages,
    int ValidationImages,
    ClassificationMetrics? Validation,
    Calibration? Calibration,
    IReadOnlyList<JudgedImage> Judged,
    IReadOnlyList<FineTuneEpoch> History,
    int BestEpoch,
    double? ReadoutTop1,
    double LearningRate,
    RateRangeTest? RangeTest,
    double Temperature,
    int Cached,
    IReadOnlyList<SkippedImage> Skipped,
    IReadOnlyList<SkippedImage> Notices)
{
    /// <summary>The images that were learned from whose labels the others dispute, the most disputed first: <see cref="ReadoutResult.Disputed"/> of the readout that the training began with.</summary>
    public IReadOnlyList<JudgedImage> Disputed { get; init; } = [];

    /// <summary>How the schedule was cut short; null where every planned epoch was trained.</summary>
    public EarlyStop? EarlyStop { get; init; }

    /// <summary>Whether <see cref="LearningRate"/> is a part of each weight's own size, and not a number of its own.</summary>
    public bool IsRelativeRate { get; init; }

    /// <summary>Whether the head of the tuned trunk was fitted again, as a readout on all images, because that was better than the head that was trained with it.</summary>
    public bool IsHeadRefitted { get; init; }
}
