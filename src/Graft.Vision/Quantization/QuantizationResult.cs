using Graft.Vision.Tasks;

namespace Graft.Vision.Quantization;

/// <summary>A quantized model, and how much it does what the model did.</summary>
public sealed record QuantizationResult : TrainingResult
{
    /// <summary>The measure of an epoch that is <see cref="Agreement"/>.</summary>
    public const string AgreementName = "agreement";

    /// <summary>The images that ranges were taken from.</summary>
    public required int CalibrationImages { get; init; }

    /// <summary>
    /// On the images that were judged by: for classes the part of the images of which both say the same first; for several labels the part of all answers that are the same; for numbers 1 - sum (y - y')^2 / sum (y - mean y)^2; for a
    /// trunk the mean cosine of the features. Null where there were no images.
    /// </summary>
    public required double? Agreement { get; init; }

    /// <summary>The agreement before the training; null where nothing was trained, or judged.</summary>
    public double? CalibratedAgreement { get; init; }

    /// <summary>How good the quantized model is on those images; null where they have no labels that the model knows.</summary>
    public required Judgement? Judgement { get; init; }

    /// <summary>How good the model was.</summary>
    public required Judgement? FloatJudgement { get; init; }

    /// <summary>The layers, from the input to the output.</summary>
    public required IReadOnlyList<LayerError> Layers { get; init; }

    /// <summary>The layers that stayed in float.</summary>
    public IEnumerable<string> FloatLayers => Layers.Where(layer => layer.IsFloat).Select(layer => layer.Name);

    /// <summary>What it came to, in a line.</summary>
    public override string ToString() => $"quantized on {Amount.Of(CalibrationImages, "image")}{(Agreement is { } agreement ? $", agreement {agreement:P1}" : "")}";
}
