using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Convolution;
using Graft.Training;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Tasks;

namespace Graft.Vision.Quantization;

/// <summary>
/// Makes a model of bytes: a quarter of the size, and products of whole numbers. Calibration images, without labels, tell the ranges of the values inside; what rounding does is measured on others.
/// </summary>
/// <remarks>The steps are those of Nagel et al. 2021, "A white paper on neural network quantization", arXiv:2106.08295, figures 3 and 7.</remarks>
public static class Quantizer
{
    /// <summary>What checkpoints call it.</summary>
    public const string Kind = "quantize";

    // Enough for the errors of layers, each of which is a mean over many pixels.
    private const int ComparedImages = 32;

    /// <summary>Quantizes a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Images like those that it will see; labels are not needed.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="judged">Images to judge by, of divided ones the part for the test; null takes the others' part for validation, or holds some of them out where they have none.</param>
    /// <param name="progress">Told how far it is, on the thread of the caller.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="GraftException">The model is quantized already or cannot be, or no image can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static QuantizationResult Quantize(
        Model model, ImageDataset images, QuantizerOptions? options = null, ImageDataset? judged = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ImageFolder? others = judged is null ? images.Sets.Validation : judged.Sets.ToJudgeBy ?? judged.Sets.Train;
        QuantizationResult result = Quantize(model, images.Sets.Train, others, options, progress, cancellation);
        GC.KeepAlive(images);
        GC.KeepAlive(judged);
        return result;
    }

    /// <summary>The same by folders.</summary>
    internal static QuantizationResult Quantize(
        Model model, ImageFolder images, ImageFolder? judged, QuantizerOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new QuantizerOptions();
        int side = model.Preprocessing.Resolution;
        model = model with { Network = model.Network.WithInputSize(side, side) };
        TrainingCheckpoint? kept = options.Epochs > 0 ? TrainingCheckpoint.Open(Kind, options, QuantizationJson.Default.QuantizerOptions) : null;
        QuantizationState? began = kept is { Exists: true } ? Began(kept, model, images, judged) : null;
        QuantizerImages divided = began is null
            ? QuantizerImages.Of(model, images, judged, options, cancellation)
            : new QuantizerImages(began.Calibration, began.Train, began.Judged, QuantizerImages.TruthOf(model, judged ?? images));

        // First, since it tells whether there is anything to judge by.
        Agreement agreement = new(model, divided.Judged, options, cancellation);
        CalibratedNetwork calibrated = CalibratedNetwork.Of(model, divided.Calibration, options, progress, cancellation);
        string grids = FeatureExtractor.Key(calibrated.Quantized, model.Preprocessing, IsScale);
        if (began is not null && began.Grids != grids)
        {
            throw new GraftException(
                $"A training goes on with the ranges that it began with, and those of the {Amount.Of(divided.Calibration.Length, "image")} that they are taken from are others than those of the checkpoint '{kept!.Path}': an image has changed or is gone, or this is another machine. "
                + "Give the images as they were, or start the training again.");
        }

        Network network = calibrated.Quantized;
        float[] outputs = agreement.Outputs(network);
        double? before = agreement.With(outputs);
        IReadOnlyList<TrainedEpoch> history = [];
        IEnumerable<SkippedImage> skipped = [.. images.Skipped, .. judged?.Skipped ?? [], .. calibrated.Skipped, .. agreement.Skipped];
        if (kept is not null)
        {
            using QuantizationTask task = new(model, calibrated, options, new QuantizationState { Model = Key(model), Grids = grids, Train = divided.Train, Judged = divided.Judged, Calibration = divided.Calibration, Skipped = [.. images.Skipped, .. judged?.Skipped ?? []] }, agreement);
            history = Trainer.Run(task, kept, progress, cancellation);
            network = task.Network;
            outputs = agreement.Outputs(network);
            skipped = [.. skipped, .. task.Skipped];
        }

        (Judgement? now, Judgement? was) = agreement.Judge(outputs, divided.Truth);
        CalibrationImages compared = new([.. (divided.Judged.Length > 0 ? divided.Judged : divided.Calibration).Take(ComparedImages)], model, options, progress, cancellation);
        return new QuantizationResult
        {
            Model = Finish(model, network, calibrated, divided, options, agreement.With(outputs)),
            TrainImages = kept is null ? 0 : divided.Train.Length,
            HeldOutImages = agreement.Images,
            History = history,
            CalibrationImages = divided.Calibration.Length - calibrated.Skipped.Count,
            Agreement = agreement.With(outputs),
            CalibratedAgreement = kept is null ? null : before,
            Judgement = now,
            FloatJudgement = was,
            Layers = LayerErrors.Of(network, calibrated.Float, calibrated.StayFloat, calibrated.Damage, compared),
            Skipped = [.. skipped.DistinctBy(image => image.Path)],
        };
    }

    /// <summary>How a training began, its images with the paths that they have now.</summary>
    private static QuantizationState Began(TrainingCheckpoint kept, Model model, ImageFolder images, ImageFolder? judged)
    {
        QuantizationState state = kept.State(QuantizationJson.Default.QuantizationState);
        if (state.Model != Key(model))
            throw new GraftException($"A training goes on with the model that it began with, and '{model.Network.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same model, or start the training again.");
        KeptImages.RequireSame(kept.Path!, state.Train.Concat(state.Judged), state.Skipped, [.. images.Items, .. judged?.Items ?? []]);
        return state with { Calibration = KeptImages.Find(state.Calibration, images.Items), Train = KeptImages.Find(state.Train, images.Items), Judged = KeptImages.Find(state.Judged, (judged ?? images).Items) };
    }

    private static string Key(Model model) => FeatureExtractor.Key(model.Network, model.Preprocessing);

    // Weights and biases are what a training changes.
    private static bool IsScale(string weight) => weight.EndsWith($".{QuantizedWeight.Scale}", StringComparison.Ordinal);

    private static Model Finish(Model model, Network network, CalibratedNetwork calibrated, QuantizerImages images, QuantizerOptions options, double? agreement)
    {
        Dictionary<string, string> facts = new()
        {
            ["quantized"] = options.Epochs > 0 ? "trained" : "calibrated",
            ["quantized_images"] = Text(images.Calibration.Length),
            ["quantized_ranges"] = options.Ranges.ToString().ToLowerInvariant(),
        };
        if (calibrated.StayFloat.Count > 0) facts["quantized_float_layers"] = string.Join(", ", calibrated.StayFloat.Order(StringComparer.Ordinal));
        if (agreement is { } value) facts["quantized_agreement"] = Text(Math.Round(value, 4));
        return model with { Network = network, Provenance = model.Provenance.SetItems(facts) };
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
