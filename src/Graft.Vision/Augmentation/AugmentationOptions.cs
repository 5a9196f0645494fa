namespace Graft.Vision.Augmentation;

/// <summary>How training images are varied. The defaults suit the fine-tuning of a trunk with 100 to 10,000 photographs.</summary>
/// <remarks>
/// In order: crop and resize; RandAugment; colour jitter; flips; normalization; changes of appearance; erasing; and, once a batch is whole, mixing. What an image becomes depends on
/// the seed, the epoch and its index in the list of images alone, and what a batch is mixed by on the seed, the epoch and the batch's index.
/// </remarks>
public sealed record AugmentationOptions
{
    /// <summary>The defaults: random crops, mirrored or not, with a little colour jitter.</summary>
    public static AugmentationOptions Default { get; } = new();

    /// <summary>Every image as it is evaluated.</summary>
    public static AugmentationOptions None { get; } = new() { Crop = null, Mirror = 0, Colours = null };

    /// <summary>The random crop; <see langword="null"/>: the middle square, as in evaluation.</summary>
    public RandomCrop? Crop { get; init; } = new();

    /// <summary>The probability of an image being mirrored left to right: 0.5. 0 for what has a handedness, as letters have.</summary>
    public double Mirror { get; init => field = Probability(value, nameof(Mirror)); } = 0.5;

    /// <summary>The probability of an image being turned upside down (mirrored top to bottom): 0. 0.5 for views from above.</summary>
    public double UpsideDown { get; init => field = Probability(value, nameof(UpsideDown)); }

    /// <summary>Changes of colour, or <see langword="null"/>.</summary>
    public ColourJitter? Colours { get; init; } = new();

    /// <summary>RandAugment, or <see langword="null"/>, the default: worth its time in long trainings only.</summary>
    public RandAugment? RandAugment { get; init; }

    /// <summary>Changes of appearance, or <see langword="null"/>, the default: for a model that works where images look different from those it learns from.</summary>
    public AppearanceChange? Appearance { get; init; }

    /// <summary>Random erasing, or <see langword="null"/>, the default.</summary>
    public RandomErasing? Erasing { get; init; }

    /// <summary>MixUp and CutMix, or <see langword="null"/>, the default: worth their time in long trainings only.</summary>
    public BatchMixing? Mixing { get; init; }

    private static double Probability(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"The probability {name} must be between 0 and 1.");
}
