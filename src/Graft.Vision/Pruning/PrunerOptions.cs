using Graft.Vision.Augmentation;

namespace Graft.Vision.Pruning;

/// <summary>How a model is pruned: one of the two budgets, and how it is trained afterwards.</summary>
public sealed record PrunerOptions : ImageTrainerOptions
{
    /// <summary>The most multiply-adds of an image: up to 1 a part of the model's, otherwise their number. Null where <see cref="Milliseconds"/> is the budget.</summary>
    public double? MultiplyAdds
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value)) ? value : throw new ArgumentOutOfRangeException(nameof(MultiplyAdds), value, "The multiply-adds must be positive and finite.");
    }

    /// <summary>The milliseconds of an image on one thread of this machine, at most. What each layer takes at several widths is measured. Null where <see cref="MultiplyAdds"/> are the budget.</summary>
    public double? Milliseconds
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value)) ? value : throw new ArgumentOutOfRangeException(nameof(Milliseconds), value, "The milliseconds must be positive and finite.");
    }

    /// <summary>What channels are judged by.</summary>
    public PruningScore Score { get; init; }

    /// <summary>How often every image is learned from afterwards; null chooses by their number.</summary>
    public int? Epochs { get; init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "The number of epochs must be positive."); }

    /// <summary>The most images of a step: 32.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>The highest learning rate; null is a part of each weight's own size.</summary>
    public double? LearningRate
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value)) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate must be positive and finite.");
    }

    /// <summary>
    /// Whether norms learn with the statistics of the batches, which are replaced by those of all training images in the end. Otherwise they keep the model's, bit for bit, as a model needs whose norms were folded into
    /// its weights, as those of many files are: such norms are identities, and would begin to normalize.
    /// </summary>
    public bool BatchStatistics { get; init; }

    /// <summary>How much the unpruned model's outputs count in the loss beside the labels, 0 to 1: 0.5.</summary>
    public double TeacherPart
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TeacherPart), value, "The teacher's part must be between 0 and 1.");
    } = 0.5;

    /// <summary>The part of each class that is held out to judge by, where there are no images for that: 0.2, and of one seed those that a training holds out.</summary>
    public double Holdout { get; init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Holdout), value, "The part to hold out must be in [0, 1)."); } = 0.2;

    /// <summary>How training images are varied.</summary>
    public AugmentationOptions Augmentation { get; init => field = value ?? throw new ArgumentNullException(nameof(Augmentation)); } = AugmentationOptions.Default;
}
