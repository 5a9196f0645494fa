using Graft.Formats;
using Graft.Readouts;
using Graft.Training.Losses;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.Tasks;

/// <summary>What differs between classes, several labels and numbers while a network is trained: targets, readout, loss, judgement, and what the model keeps.</summary>
/// <param name="images">The images to learn from.</param>
internal abstract class TaskTraining(ImageFolder images)
{
    /// <summary>The training that the images' labels ask for.</summary>
    /// <exception cref="GraftException">A name is longer than files of models may have it.</exception>
    public static TaskTraining Of(ImageFolder images)
    {
        if (images.Classes.FirstOrDefault(name => name.Length > ModelFile.LongestLabel) is { } name)
            throw new GraftException($"'{name[..100]}...' in '{images.Path}' has {name.Length:N0} letters, and a model's labels have at most {ModelFile.LongestLabel:N0}. Give it a shorter name.");
        return images.Task switch
        {
            ModelTask.MultiLabel => new MultiLabelTraining(images),
            ModelTask.Regress => new RegressTraining(images),
            _ => new ClassifyTraining(images),
        };
    }

    protected ImageFolder Images => images;

    /// <summary>How many numbers the network gives.</summary>
    public int Outputs => images.Classes.Count;

    /// <summary>What is doubtful about the images that are learned from.</summary>
    public IReadOnlyList<SkippedImage> Notices { get; protected set; } = [];

    /// <summary>What the measure of <see cref="Judgement.Score"/> is called.</summary>
    public string ScoreName => ScoreKind.Of(images.Task).Name;

    /// <summary>Gets to know the images that are learned from, before anything else is asked.</summary>
    /// <exception cref="GraftException">They do not suffice.</exception>
    public virtual void Prepare(IReadOnlyList<ImageItem> train)
    {
    }

    /// <summary>Images with targets in the units that the network learns in.</summary>
    public virtual ImageItem[] Learned(IReadOnlyList<ImageItem> items) => [.. items];

    /// <summary>Fits a linear readout.</summary>
    /// <param name="features">The images' features, <c>[images, length]</c>.</param>
    /// <param name="length">The length of a feature vector.</param>
    /// <param name="items">The images.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops the work.</param>
    public abstract TaskReadout Fit(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation);

    /// <summary>What scores are divided by so that their probabilities are honest.</summary>
    public virtual double Temperature(float[] scores, IReadOnlyList<ImageItem> items) => 1;

    /// <summary>The loss of a fine-tuning.</summary>
    public abstract Loss LossOf(FineTunerOptions options, IReadOnlyList<ImageItem> train);

    /// <summary>Judges scores of held-out images.</summary>
    /// <param name="items">The images.</param>
    /// <param name="scores">What a network or readout gave, <c>[images, outputs]</c>.</param>
    /// <param name="temperature">What the scores are divided by.</param>
    /// <param name="weights">How much a class counts.</param>
    public abstract ValidationResult Judge(IReadOnlyList<ImageItem> items, float[] scores, double temperature, ClassWeights weights);

    /// <summary>How good something is, for a sentence.</summary>
    public abstract string Text(Merit merit);

    /// <summary>How good something is beside something else, as the first part of a sentence.</summary>
    public virtual string Compared(Merit merit, string counted) => Text(merit);

    /// <summary>How good a readout is on some images, in a sentence.</summary>
    public virtual string Said(Merit merit, int images) => $"The readout has a {Text(merit)} on {Amount.Of(images, "held-out image")}.";

    /// <summary>Makes the model's outputs what its task says, with what else it keeps.</summary>
    /// <param name="model">The model as it was trained.</param>
    /// <param name="judged">Its quality on held-out images; null where none were.</param>
    public abstract Model Complete(Model model, ValidationResult? judged);
}

/// <summary>A readout as a task fits it.</summary>
/// <param name="Readout">Weights and biases; for labels they give logits already.</param>
/// <param name="Penalty">The penalty.</param>
/// <param name="LeaveOneOut">The scores of each image by the readout of all others; null where the kind of readout gives none.</param>
internal sealed record TaskReadout(LinearReadout Readout, double Penalty, float[]? LeaveOneOut);

/// <summary>How good scores of held-out images are.</summary>
/// <param name="Temperature">What the scores are divided by.</param>
/// <param name="Judgement">Everything that is told of it.</param>
/// <param name="Merit">What it is compared by.</param>
/// <param name="Loss">The mean loss.</param>
internal sealed record ValidationResult(double Temperature, Judgement Judgement, Merit Merit, double Loss);
