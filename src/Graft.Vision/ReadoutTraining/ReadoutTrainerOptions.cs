using System.Text.Json.Serialization;
using Graft.Readouts;
using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Features;

namespace Graft.Vision.ReadoutTraining;

/// <summary>How a readout is trained.</summary>
public sealed record ReadoutTrainerOptions
{
    private const int UsualFolds = 5, LeastForFolds = 20;

    /// <summary>The part of each class that is held out for the report, in [0, 1). Not used where a validation folder is given.</summary>
    public double Holdout { get; init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Holdout), value, "The part to hold out must be in [0, 1)."); } = 0.2;

    /// <summary>Decides which images are held out, and the folds of cross-validation.</summary>
    public ulong Seed { get; init; }

    /// <summary>The kind of readout.</summary>
    public ReadoutKind Kind { get; init; }

    /// <summary>The penalty on the weights; null has it chosen by cross-validation.</summary>
    public double? Penalty { get; init; }

    /// <summary>The folds of the cross-validation that chooses ridge's penalty; 0 leaves each image out in turn, in closed form.</summary>
    public int Folds { get; init => field = value is 0 or >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(Folds), value, "Cross-validation needs at least 2 folds, or 0 for leave-one-out."); }

    /// <summary>
    /// How much an image of each class counts. The readout is fitted to the images as they are, and its biases are then corrected (<see cref="PriorCorrection"/>): where features outnumber images
    /// weights in the fit would change nothing.
    /// </summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>
    /// Changes of appearance: the readout learns from three changed versions of each image besides the image as it is, and so to look at what they leave. Its features take four times as long then, and those of the versions are
    /// kept nowhere. <see langword="null"/>, the default: from the images as they are. In what part of the images a fine-tuning sees changed is said by its own <see cref="AugmentationOptions.Appearance"/>.
    /// </summary>
    public AppearanceChange? Appearance { get; init; }

    /// <summary>How many threads decode and compute; 0 is one for each processor.</summary>
    [JsonIgnore]
    public int Threads { get; init; }

    /// <summary>Where features are kept between runs; null keeps nothing.</summary>
    [JsonIgnore]
    public FeatureCache? Cache { get; init; } = new();

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    /// <summary>
    /// How a ridge readout of labels or numbers is fitted: by folds, if nothing else was asked for and there are images for it. Where targets are noisy, penalties that a fifth of the images chooses are a little stronger
    /// and a little better than those that one image in turn does (on prices of houses R2 is 0.01 to 0.02 higher; of classes they are alike, and folds take five times as long).
    /// </summary>
    internal RidgeOptions RidgeOf(int images) => Folds > 0 || images < LeastForFolds ? Ridge : Ridge with { Selection = PenaltySelection.Folds, Folds = UsualFolds };

    /// <summary>How a ridge readout of classes is fitted.</summary>
    internal RidgeOptions Ridge => new()
    {
        Penalty = Penalty,
        Selection = Folds == 0 ? PenaltySelection.LeaveOneOut : PenaltySelection.Folds,
        Folds = Math.Max(2, Folds),
        Seed = Seed,
        Threads = Threads,
    };
}
