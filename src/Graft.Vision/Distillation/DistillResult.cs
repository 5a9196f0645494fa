namespace Graft.Vision.Distillation;

/// <summary>A distilled student: a classifier where the teacher is one, else a trunk.</summary>
public sealed record DistillResult : TrainingResult
{
    /// <summary>The measure of an epoch that is the mean cosine between features of student and teacher on held-out images at the teacher's resolution.</summary>
    public const string Cosine = "cosine";

    /// <summary>The measure of an epoch that is the part of the variance of the teacher's features that is unexplained there.</summary>
    public const string Unexplained = "unexplained";

    /// <summary>How alike the two are on the held-out images; null where none were.</summary>
    public required FeatureSimilarity? Similarity { get; init; }
}
