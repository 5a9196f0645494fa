namespace Graft.Vision.Distillation;

/// <summary>A distilled student: a classifier where a teacher is one, else a trunk.</summary>
public sealed record DistillResult : TrainingResult
{
    /// <summary>The measure of an epoch that is the mean cosine between features of student and first teacher on held-out images at the teacher's resolution.</summary>
    public const string Cosine = "cosine";

    /// <summary>The measure of an epoch that is the part of the variance of the teacher's features that is unexplained there.</summary>
    public const string Unexplained = "unexplained";

    /// <summary>How alike its features are to the first teacher's on the held-out images; null where none were.</summary>
    public FeatureSimilarity? Similarity => Similarities.Count > 0 ? Similarities[0] : null;

    /// <summary>How alike its features are to each teacher's on the held-out images, through the adapters where there were some; empty where no images were held out.</summary>
    public required IReadOnlyList<FeatureSimilarity> Similarities { get; init; }

    /// <summary>What a measure of another teacher than the first is called.</summary>
    /// <param name="measure"><see cref="Cosine"/> or <see cref="Unexplained"/>.</param>
    /// <param name="teacher">The teacher, from 0.</param>
    public static string Of(string measure, int teacher) => teacher == 0 ? measure : $"{measure} {teacher + 1}";
}
