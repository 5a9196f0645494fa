using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
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
        QuantizerImages divided = QuantizerImages.Of(model, images, judged, options);
        CalibratedNetwork calibrated = CalibratedNetwork.Of(model, divided.Calibration, options, progress, cancellation);
        Agreement agreement = new(model, divided.Judged, options, cancellation);
        Network network = calibrated.Quantized;
        float[] outputs = agreement.Outputs(network);
        (Judgement? now, Judgement? before) = agreement.Judge(outputs, divided.Truth);
        CalibrationImages compared = new([.. (divided.Judged.Length > 0 ? divided.Judged : divided.Calibration).Take(32)], model, options, progress, cancellation);
        return new QuantizationResult
        {
            Model = Finish(model, network, calibrated, divided, options, agreement.With(outputs)),
            TrainImages = options.Epochs > 0 ? divided.Train.Length : 0,
            HeldOutImages = agreement.Images,
            CalibrationImages = divided.Calibration.Length - calibrated.Skipped.Count,
            Agreement = agreement.With(outputs),
            Judgement = now,
            FloatJudgement = before,
            Layers = LayerErrors.Of(network, calibrated.Float, calibrated.StayFloat, calibrated.Damage, compared),
            Skipped = calibrated.Skipped,
        };
    }

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
