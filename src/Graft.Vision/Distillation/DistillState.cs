using System.Text.Json.Serialization;

namespace Graft.Vision.Distillation;

/// <summary>Where a distillation is: with the tensors beside it in a checkpoint, all that decides how it goes on.</summary>
internal sealed record DistillState
{
    /// <summary>The teachers' weights, as hashes.</summary>
    public required string[] Teachers { get; init; }

    public required ImageItem[] Train { get; init; }

    public required ImageItem[] Judged { get; init; }

    public required SkippedImage[] Skipped { get; set; }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(DistillState))]
[JsonSerializable(typeof(DistillerOptions))]
internal sealed partial class DistillJson : JsonSerializerContext;
