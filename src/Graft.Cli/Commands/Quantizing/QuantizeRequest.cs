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

    [JsonIgnore]
    public string Images { get; init; } = "";

    /// <summary>The images to judge by; null takes the part of the others that is for it, or holds some out.</summary>
    [JsonIgnore]
    public string? Judged { get; init; }

    public required QuantizerOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.QuantizeRequest);
}
