using Graft.Training;

namespace Graft.Vision.Distillation;

/// <summary>The training begins, or goes on.</summary>
/// <param name="TrainImages">The images to learn from.</param>
/// <param name="JudgedImages">The images held out.</param>
/// <param name="Phases">What is done in which epochs.</param>
/// <param name="FirstStep">The steps that a checkpoint has behind it; 0 where there was none.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="Matched">The values that the student learns to give, from the input on.</param>
public sealed record DistillBegins(
    int TrainImages, int JudgedImages, IReadOnlyList<DistillSpan> Phases, long FirstStep, long Steps, IReadOnlyList<string> Matched) : TrainingProgress;

/// <summary>Epochs that are trained in one way.</summary>
/// <param name="Name">What they are called, such as <c>guided 128</c>.</param>
/// <param name="FirstEpoch">The first of them, from 1.</param>
/// <param name="Steps">The number of their steps.</param>
/// <param name="Resolution">The side of their images: what a step costs grows with its square.</param>
public sealed record DistillSpan(string Name, int FirstEpoch, long Steps, int Resolution);

/// <summary>An epoch is done. The checkpoint is written after it was told.</summary>
/// <param name="Epoch">Its numbers.</param>
public sealed record DistillEpochDone(DistillEpoch Epoch) : TrainingProgress;

/// <summary>The numbers of an epoch.</summary>
/// <param name="Epoch">Which, from 1.</param>
/// <param name="Step">The number of steps until its end.</param>
/// <param name="Phase">How it was trained.</param>
/// <param name="Loss">The mean loss of its batches.</param>
/// <param name="Cosine">The mean cosine between features of student and teacher on held-out images at the teacher's resolution; null where none are.</param>
/// <param name="Unexplained">The part of the variance of the teacher's features that is unexplained there; null where none are.</param>
/// <param name="Rate">The learning rate at its end.</param>
/// <param name="Seconds">How long it took. Known in the process that trained it.</param>
/// <param name="ImagesPerSecond">The images learned from in a second.</param>
public sealed record DistillEpoch(
    int Epoch, long Step, string Phase, double Loss, double? Cosine, double? Unexplained, double Rate, double Seconds, double ImagesPerSecond);

/// <summary>A distilled student.</summary>
/// <param name="Student">The student: a classifier where the teacher is one, else a trunk.</param>
/// <param name="TrainImages">The number of images that were learned from.</param>
/// <param name="JudgedImages">The number of held-out images.</param>
/// <param name="History">The epochs.</param>
/// <param name="Similarity">How alike the two are on the held-out images; null where none were.</param>
/// <param name="Skipped">What was left out, and why.</param>
public sealed record DistillResult(
    Model Student, int TrainImages, int JudgedImages, IReadOnlyList<DistillEpoch> History, FeatureSimilarity? Similarity, IReadOnlyList<SkippedImage> Skipped);
