using Graft.Vision.Augmentation;

namespace Graft.Vision.Distillation;

/// <summary>How a student is trained. The defaults are for a student that begins with random weights.</summary>
public sealed record DistillerOptions : ImageTrainerOptions
{
    /// <summary>How often every image is learned from: 60.</summary>
    public int Epochs { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "The number of epochs must be positive."); } = 60;

    /// <summary>
    /// The part of the epochs, at the beginning, in which each block of the student learns from the teacher's input to that block, so that none waits for those below it: 0.25. Only where the
    /// two have the same blocks. Source: Koratana, Kang, Bailis and Zaharia 2018, "LIT: block-wise intermediate representation training for model compression", arXiv:1810.01937.
    /// </summary>
    public double GuidedPart { get; init => field = Part(value, nameof(GuidedPart)); } = 0.25;

    /// <summary>The part of the epochs, at the beginning, with images of <see cref="SmallResolution"/>: 0.6.</summary>
    public double SmallPart { get; init => field = Part(value, nameof(SmallPart)); } = 0.6;

    /// <summary>The side of the images of the first epochs; null is four sevenths of the teacher's, 128 for 224: they take a third of the time.</summary>
    public int? SmallResolution
    {
        get;
        init => field = value is null or >= 32 ? value : throw new ArgumentOutOfRangeException(nameof(SmallResolution), value, "The small resolution must be at least 32.");
    }

    /// <summary>The part of the epochs, at the end, in which norms keep the statistics of all images: 0.15. What is trained then is just what will be used.</summary>
    public double SettledPart { get; init => field = Part(value, nameof(SettledPart)); } = 0.15;

    /// <summary>The most images of a step: 32.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>The highest learning rate of the schedule (AdamW): 0.02.</summary>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate must be positive and finite.");
    } = 0.02;

    /// <summary>The decay of matrices: 0.0001.</summary>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(WeightDecay), value, "The weight decay must be finite and not negative.");
    } = 1e-4;

    /// <summary>How images are varied: strongly, since the teacher tells of every variation what it makes of it.</summary>
    /// <remarks>Beyer et al. 2022, "Knowledge distillation: a good teacher is patient and consistent", arXiv:2106.05237: long trainings on crops and mixed images that both see alike.</remarks>
    public AugmentationOptions Augmentation { get; init => field = value ?? throw new ArgumentNullException(nameof(Augmentation)); } = new()
    {
        Crop = new RandomCrop { Scale = new Interval(0.2, 1) },
        Mixing = new BatchMixing { MixUpAlpha = 1, Probability = 0.25 },
    };

    /// <summary>
    /// Changes of appearance that the student sees and its teachers do not, so that it learns to give of an image that looks different what they give of it as it is; <see langword="null"/>, the default: both see the same.
    /// With changes only the deepest map, the features and class scores are matched: what early layers give of other pixels is different, and should be.
    /// </summary>
    public AppearanceChange? Appearance { get; init; }

    /// <summary>The part of the images that is held out to judge by, at most <see cref="MostJudged"/> images: 0.02.</summary>
    public double Holdout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Holdout), value, "The part to hold out must be at least 0 and below 1.");
    } = 0.02;

    /// <summary>The most images that are held out: 512.</summary>
    public const int MostJudged = 512;

    private static double Part(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0 and 1.");
}
