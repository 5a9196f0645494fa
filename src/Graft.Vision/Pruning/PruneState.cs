using System.Text.Json.Serialization;

namespace Graft.Vision.Pruning;

/// <summary>Where a pruning is: with the tensors beside it in a checkpoint, all that decides how it goes on.</summary>
internal sealed record PruneState
{
    /// <summary>The model's weights, as a hash.</summary>
    public required string Model { get; init; }

    public required ImageItem[] Train { get; init; }

    public required ImageItem[] Judged { get; init; }

    /// <summary>The channels that stay, by the name of their group. Measured times differ from day to day: they are chosen once.</summary>
    public required Dictionary<string, int[]> Kept { get; init; }

    public double? MillisecondsBefore { get; init; }

    public double? Milliseconds { get; init; }

    /// <summary>What the rate is a part of, by weight; null where it is absolute.</summary>
    public required Dictionary<string, double>? Scales { get; init; }

    public required SkippedImage[] Skipped { get; set; }

    public required SkippedImage[] Notices { get; init; }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(PruneState))]
[JsonSerializable(typeof(PrunerOptions))]
internal sealed partial class PruneJson : JsonSerializerContext;
