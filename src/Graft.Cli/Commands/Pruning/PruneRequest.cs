using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Graft.Cli.Commands.Training;
using Graft.Formats;
using Graft.Vision.Pruning;

namespace Graft.Cli.Commands.Pruning;

/// <summary>What <c>graft prune</c> was asked to do.</summary>
internal sealed record PruneRequest : RunRequest
{
    [JsonIgnore]
    public string Model { get; init; } = "";

    [JsonIgnore]
    public string Images { get; init; } = "";

    [JsonIgnore]
    public string? Validation { get; init; }

    public required WeightPrecision Store { get; init; }

    public required PrunerOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.PruneRequest);
}
