using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;
using Graft.Vision.Features;
using Graft.Vision.Loading;

namespace Graft.Vision.Stylization;

/// <summary>The training of a style: one epoch of as many steps as were asked for, however often the images come in it.</summary>
internal sealed class StyleTask : TrainingTask<TrainingBatch>
{
    private readonly TrainingLoader loader;
    private readonly string material;
    private readonly StyleTrainerOptions options;
    private readonly Func<TrainingBatch, long, StyleLosses> forward;
    private readonly CosineDecay schedule;
    private StyleLosses losses;

    /// <summary>Prepares it.</summary>
    /// <param name="plan">What learns; all its weights do.</param>
    /// <param name="loader">The images.</param>
    /// <param name="material">What <see cref="Material"/> says.</param>
    /// <param name="options">How.</param>
    /// <param name="forward">Runs the plan forward on a batch in a step, and gives the losses; their gradients lie in the plan then.</param>
    public StyleTask(TrainingPlan plan, TrainingLoader loader, string material, StyleTrainerOptions options, Func<TrainingBatch, long, StyleLosses> forward)
    {
        (this.loader, this.material, this.options, this.forward) = (loader, material, options, forward);
        Learner = new Learner(plan, [new AdamW([new ParameterGroup("network", plan.Weights)], new AdamWOptions { GradientLimit = 10 }, options.Threads)]);
        schedule = new CosineDecay(options.LearningRate, options.Steps);
    }

    /// <summary>How images to learn from are varied.</summary>
    public static AugmentationOptions Crops { get; } = new() { Crop = new RandomCrop { Scale = new Interval(0.25, 1) }, Colours = null };

    /// <summary>The number of images to judge by in the end.</summary>
    public int HeldOut { get; init; }

    public override Learner Learner { get; }

    public override int Epochs => 1;

    public override int BatchesPerEpoch => options.Steps;

    public override string Remedy => $"A smaller weight of the style than {options.StyleWeight.ToString(CultureInfo.InvariantCulture)} usually helps.";

    public override string State => JsonSerializer.Serialize(new StyleState(material), StyleJson.Default.StyleState);

    /// <summary>Loads images, whose labels are of no account.</summary>
    public static TrainingLoader Loader(IEnumerable<ImageItem> items, Preprocessing preprocessing, AugmentationOptions augmentation, StyleTrainerOptions options) =>
        new([.. items.Select(item => item with { Label = 0 })], 1, preprocessing, augmentation, options.Loading(options.Batch));

    /// <summary>Opens the checkpoint of a training, and sees to it that it is of the same trunk, styles and images.</summary>
    /// <exception cref="GraftException">It is not.</exception>
    public static TrainingCheckpoint Open(StyleTrainerOptions options, string material)
    {
        TrainingCheckpoint kept = TrainingCheckpoint.Open(StyleTrainer.Kind, options, StyleJson.Default.StyleTrainerOptions);
        if (kept.Exists && kept.State(StyleJson.Default.StyleState).Material != material)
            throw new GraftException($"A training goes on with the trunk, the images and the style that it began with, and these are not those of the checkpoint '{kept.Path}'. Give the same ones, or start the training again.");
        return kept;
    }

    /// <summary>What a training is of, besides its options.</summary>
    public static string Material(Model trunk, IEnumerable<RgbImage> styles, IReadOnlyList<ImageItem> train) => string.Create(
        CultureInfo.InvariantCulture,
        $"{FeatureExtractor.Key(trunk.Network, trunk.Preprocessing)}; {string.Join(' ', styles.Select(style => Hash(style.Pixels)))}; {train.Count}; {Hash(Encoding.UTF8.GetBytes(string.Join('\n', train.Select(item => item.RelativePath))))}");

    public override TrainingBegins Begins(TrainingBegins begins) => begins with { TrainSamples = loader.Items.Count, HeldOutSamples = HeldOut };

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation)
    {
        int whole = loader.BatchesPerEpoch;
        return loader.Load(first / whole, (options.Steps + whole - 1) / whole, first % whole, cancellation).TakeWhile(batch => Place(batch).Step < options.Steps);
    }

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * loader.BatchesPerEpoch) + batch.Index, batch.Count);

    public override double Rate(long step) => schedule.Rate(step);

    public override double Loss(TrainingBatch batch, long step) => (losses = forward(batch, step)).Total(options);

    public override StepDone Learned(StepDone done) => new StyleStep(done) { Losses = losses };

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}

/// <summary>What a style's checkpoint keeps.</summary>
/// <param name="Material">What <see cref="StyleTask.Material"/> says.</param>
internal sealed record StyleState(string Material);

[JsonSourceGenerationOptions(UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(StyleState))]
[JsonSerializable(typeof(StyleTrainerOptions))]
internal sealed partial class StyleJson : JsonSerializerContext;
