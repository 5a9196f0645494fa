using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
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
    /// <param name="judged">Images to judge by; null holds some of the others out.</param>
    /// <param name="progress">Told how far it is, on the thread of the caller.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="GraftException">The model is quantized already or cannot be, or no image can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static QuantizationResult Quantize(
        Model model, ImageDataset images, QuantizerOptions? options = null, ImageDataset? judged = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Quantize(model, images.Sets.Train, judged?.Sets.Train, options, progress, cancellation);
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
        QuantizerImages divided = Images(model, images, judged, options, kept);
        CalibratedNetwork calibrated = CalibratedNetwork.Of(model, divided.Calibration, options, progress, cancellation);
        Agreement agreement = new(model, divided.Judged, options, cancellation);
        Network network = calibrated.Quantized;
        float[] outputs = agreement.Outputs(network);
        double? before = agreement.With(outputs);
        IReadOnlyList<TrainedEpoch> history = [];
        IReadOnlyList<SkippedImage> skipped = calibrated.Skipped;
        if (kept is not null)
        {
            using QuantizationTask task = new(model, calibrated, options, State(model, divided), agreement);
            history = Trainer.Run(task, kept, progress, cancellation);
            network = task.Network;
            outputs = agreement.Outputs(network);
            skipped = [.. skipped.Concat(task.Skipped).DistinctBy(image => image.Path)];
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
            Skipped = skipped,
        };
    }

    /// <summary>The images, as they were divided when a training began.</summary>
    private static QuantizerImages Images(Model model, ImageFolder images, ImageFolder? judged, QuantizerOptions options, TrainingCheckpoint? kept)
    {
        QuantizerImages divided = QuantizerImages.Of(model, images, judged, options);
        if (kept is not { Exists: true }) return divided;
        QuantizationState state = kept.State(QuantizationJson.Default.QuantizationState);
        if (state.Model != Key(model))
            throw new GraftException($"A training goes on with the model that it began with, and '{model.Network.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same model, or start the training again.");
        return divided with { Calibration = KeptImages.Find(state.Calibration, images.Items), Train = KeptImages.Find(state.Train, images.Items), Judged = KeptImages.Find(state.Judged, (judged ?? images).Items) };
    }

    private static QuantizationState State(Model model, QuantizerImages images) => new() { Model = Key(model), Train = images.Train, Judged = images.Judged, Calibration = images.Calibration };

    private static string Key(Model model) => FeatureExtractor.Key(model.Network, model.Preprocessing);

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
