using Graft.Training;

namespace Graft.Vision.FineTuning;

/// <summary>Features are being computed.</summary>
/// <param name="Images">How far.</param>
public sealed record FeaturesProgress(Completion Images) : TrainingProgress;

/// <summary>The training begins, or goes on.</summary>
/// <param name="Plan">What will be done.</param>
public sealed record TrainingBegins(FineTunePlan Plan) : TrainingProgress;

/// <summary>A step of the range test is done.</summary>
/// <param name="Steps">How far.</param>
public sealed record RangeTestProgress(Completion Steps) : TrainingProgress;

/// <summary>The learning rate was found.</summary>
/// <param name="Test">The range test.</param>
public sealed record RateFound(RateRangeTest Test) : TrainingProgress;

/// <summary>An epoch is done. The checkpoint is written after it was told.</summary>
/// <param name="Epoch">Its numbers.</param>
/// <param name="IsBest">Whether the network is the best until now.</param>
public sealed record EpochDone(FineTuneEpoch Epoch, bool IsBest) : TrainingProgress;

/// <summary>No epoch was better for so long that the schedule is cut short. The checkpoint is written after it was told.</summary>
/// <param name="Stop">How.</param>
/// <param name="Steps">The number of all steps, as it is now.</param>
public sealed record CutShort(EarlyStop Stop, long Steps) : TrainingProgress;

/// <summary>What a fine-tuning will do.</summary>
/// <param name="TrainImages">The images to learn from.</param>
/// <param name="ValidationImages">The images held out.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="FirstStep">The steps that a checkpoint has behind it; 0 where there was none.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="ReadoutTop1">The accuracy of the readout that the head begins as, on held-out images; null where none are.</param>
/// <param name="BatchStatistics">Whether norms learn with the statistics of the batches.</param>
/// <param name="Unfreeze">What is trained in the first epochs, and when the rest joins; null where all is trained from the start.</param>
public sealed record FineTunePlan(
    int TrainImages, int ValidationImages, int Epochs, long FirstStep, long Steps, double? ReadoutTop1, bool BatchStatistics, string? Unfreeze);

/// <summary>The numbers of an epoch.</summary>
/// <param name="Epoch">Which, from 1.</param>
/// <param name="Step">The number of steps until its end.</param>
/// <param name="Phase">What was trained: <c>top</c> or <c>all</c>.</param>
/// <param name="TrainLoss">The mean loss of its batches.</param>
/// <param name="TrainTop1">The accuracy on the varied images, as they came.</param>
/// <param name="ValidationLoss">The mean of -log p(true class) of the averaged weights on held-out images; null where none are.</param>
/// <param name="ValidationTop1">Their accuracy; null where none are.</param>
/// <param name="Rate">The learning rate at its end.</param>
/// <param name="Seconds">How long it took, with its validation. Known in the process that trained it.</param>
/// <param name="ImagesPerSecond">The images learned from in a second.</param>
public sealed record FineTuneEpoch(
    int Epoch, long Step, string Phase, double TrainLoss, double TrainTop1, double? ValidationLoss, double? ValidationTop1, double Rate, double Seconds, double ImagesPerSecond);
