using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Graft.Cli.Commands.Training;
using Graft.Formats;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary>What <c>graft distill</c> was asked to do.</summary>
internal sealed record DistillRequest : RunRequest
{
    [JsonIgnore]
    public string Teacher { get; init; } = "";

    /// <summary>Further teachers.</summary>
    public required ImmutableArray<string> Also { get; init; }

    /// <summary>How much each of them counts beside the first.</summary>
    public required double AlsoWeight { get; init; }

    [JsonPropertyName("folders")]
    public required ImmutableArray<string> Images { get; init; }

    /// <summary>An architecture's name or a file; null is the teacher's architecture.</summary>
    public required string? Student { get; init; }

    /// <summary>Whether a new student begins with the first teacher's weights.</summary>
    public required bool Inherits { get; init; }

    public required bool FeaturesOnly { get; init; }

    public required WeightPrecision Store { get; init; }

    /// <summary>The side of the images; 0 is the teacher's own.</summary>
    public required int Resolution { get; init; }

    public required DistillerOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.DistillRequest);
}
