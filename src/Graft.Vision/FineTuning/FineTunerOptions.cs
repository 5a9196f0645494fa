using Graft.Readouts;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Vision.Augmentation;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.FineTuning;

/// <summary>The losses of numbers.</summary>
public enum RegressionLoss
{
    /// <summary>Squared errors, absolute ones from one deviation of the numbers on.</summary>
    Huber,

    /// <summary>Squared errors.</summary>
    Squared,
}

/// <summary>How a network is fine-tuned. The defaults are for 100 to 10,000 photographs; nobody needs to change them.</summary>
public sealed record FineTunerOptions : TrainerOptions
{
    /// <summary>
    /// The readout that the head begins as, and what the two have in common: the part that is held out, the seed, the threads, the weights of the classes, and what an image may cost.
    /// </summary>
    public ReadoutTrainerOptions Readout { get; init => field = value ?? throw new ArgumentNullException(nameof(Readout)); } = new();

    /// <summary>How often every image is learned from; null chooses by their number: <see cref="EpochsFor"/>.</summary>
    public int? Epochs { get; init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "The number of epochs must be positive."); }

    /// <summary>The most images of a step: 32.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>
    /// Which images an epoch consists of: every one once. Balanced classes need no weights besides; the readout that the head begins as has its classes balanced then.
    /// </summary>
    public Sampling Sampling { get; init; }

    /// <summary>
    /// The highest learning rate of the schedule, that of the head: a step of AdamW changes every number by about so much, whatever its size. Null is, for AdamW and a trunk that has learned something, a
    /// part of each weight's own size (<see cref="WeightScales"/>), and otherwise a default for the optimizer.
    /// </summary>
    public double? LearningRate
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value)) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate must be positive and finite.");
    }

    /// <summary>Whether a range test chooses the learning rate, where <see cref="LearningRate"/> does not.</summary>
    public bool FindLearningRate { get; init; }

    /// <summary>The optimizer: AdamW.</summary>
    public OptimizerOptions Optimizer { get; init => field = value ?? throw new ArgumentNullException(nameof(Optimizer)); } = new AdamWOptions { GradientLimit = 5 };

    /// <summary>The decay of matrices: 0.05. Norms and biases have none.</summary>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(WeightDecay), value, "The weight decay must be finite and not negative.");
    } = 0.05;

    /// <summary>How much slower each block learns than the one above it: 0.95. A trunk that never learned anything learns everywhere alike.</summary>
    public double LayerDecay
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(LayerDecay), value, "The decay from block to block must be above 0 and at most 1.");
    } = 0.95;

    /// <summary>The lowest block that is trained, such as <c>blocks.3</c>: it and all above it are. Null trains everything.</summary>
    public string? UnfreezeFrom { get; init; }

    /// <summary>Which weights of the trunk are trained besides the head: all.</summary>
    public TunedWeights Weights { get; init; }

    /// <summary>
    /// The most memory that the process may take, in bytes; null for no bound. A step is then done in as many pieces, and values are computed again instead of kept, as that asks for, and a training that cannot be
    /// done in it is refused before it begins. The way is chosen by what the process takes when the training begins, so that the last digits of the result may follow the machine.
    /// </summary>
    public long? Memory { get; init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Memory), value, "The memory must be positive."); }

    /// <summary>The part of each target that is spread over all classes: 0.1.</summary>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), value, "Label smoothing must be at least 0 and below 1.");
    } = 0.1;

    /// <summary>The loss of numbers: Huber's, which a few that are far off do not rule.</summary>
    public RegressionLoss Regression { get; init; }

    /// <summary>The part of the features that is dropped in training: 0.2.</summary>
    public float Dropout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Dropout), value, "The part to drop must be at least 0 and below 1.");
    } = 0.2f;

    /// <summary>
    /// Whether norms learn with the statistics of the batches, which are replaced by those of all training images in the end. Otherwise they keep the trunk's, bit for bit: better for few
    /// images that are like those the trunk saw. A trunk that never learned anything has none to keep.
    /// </summary>
    public bool BatchStatistics { get; init; }

    /// <summary>
    /// Whether the trunk is taken for one that never learned anything, whatever its statistics say: everything is trained from the start, with a random head and the statistics of the batches. It is so
    /// where its normalizations were replaced.
    /// </summary>
    public bool UntrainedTrunk { get; init; }

    /// <summary>How training images are varied.</summary>
    public AugmentationOptions Augmentation { get; init => field = value ?? throw new ArgumentNullException(nameof(Augmentation)); } = AugmentationOptions.Default;

    /// <summary>
    /// After so many epochs without a better result on held-out images the schedule is cut short: the rate falls to its end within a third of the epochs that are left. 5.
    /// </summary>
    public int Patience { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Patience), value, "The patience must be positive."); } = 5;

    /// <summary>Whether held-out images are judged by the mean over them and their mirror images.</summary>
    public bool MirroredViews { get; init; }

    /// <summary>The readout that the head begins as: its classes balanced where those of the epochs are, its images changed where theirs are.</summary>
    /// <exception cref="GraftException">Classes are balanced by sampling and weighed besides.</exception>
    internal ReadoutTrainerOptions Head => Readout with { Appearance = Readout.Appearance ?? Augmentation.Appearance, ClassWeights = HeadWeights };

    private ClassWeights HeadWeights => Sampling == Sampling.Uniform ? Readout.ClassWeights
        : ReferenceEquals(Readout.ClassWeights, ClassWeights.None) ? ClassWeights.Balanced
        : throw new GraftException("Balanced sampling shows every class as often, so that class weights would count the rare ones twice. Choose one of the two.");

    /// <summary>The default number of epochs: 8 for 2,600 images, and by the square root of their number more for fewer and fewer for more, between 5 and 30.</summary>
    /// <param name="images">The number of images to learn from.</param>
    public static int EpochsFor(int images) => Math.Clamp((int)Math.Round(8 * Math.Sqrt(2600.0 / Math.Max(1, images))), 5, 30);
}
