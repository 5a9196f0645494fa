using System.Text.Json.Serialization;

namespace Graft.Vision.Quantization;

/// <summary>Where the training of a quantized network is: with the tensors beside it in a checkpoint, all that decides how it goes on.</summary>
internal sealed record QuantizationState
{
    /// <summary>The model's weights, as a hash.</summary>
    public required string Model { get; init; }

    /// <summary>The ranges and scales, as a hash.</summary>
    public required string Grids { get; init; }

    public required ImageItem[] Train { get; init; }

    public required ImageItem[] Judged { get; init; }

    public required ImageItem[] Calibration { get; init; }

    /// <summary>What was left out when the images were found.</summary>
    public required SkippedImage[] Skipped { get; init; }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(QuantizationState))]
[JsonSerializable(typeof(QuantizerOptions))]
internal sealed partial class QuantizationJson : JsonSerializerContext;
