using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Graft.Cli.Commands.Training;
using Graft.Vision.Quantization;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>What <c>graft quantize</c> was asked to do.</summary>
internal sealed record QuantizeRequest : RunRequest
{
    [JsonIgnore]
    public string Model { get; init; } = "";

    [JsonPropertyName("folder")]
    public required string Images { get; init; }

    /// <summary>The images to judge by; null holds some of the others out.</summary>
    public required string? Judged { get; init; }

    public required QuantizerOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.QuantizeRequest);
}
