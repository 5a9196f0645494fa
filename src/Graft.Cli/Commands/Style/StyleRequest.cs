using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Graft.Cli.Commands.Training;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary>What <c>graft style train</c> was asked to do.</summary>
internal sealed record StyleRequest : RunRequest
{
    /// <summary>An image; a folder of them for any style.</summary>
    public required string Style { get; init; }

    [JsonIgnore]
    public string Images { get; init; } = "";

    [JsonIgnore]
    public string Trunk { get; init; } = "";

    public required StyleTrainerOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.StyleRequest);
}
