using Graft.Formats;
using Graft.Lite;
using Graft.Networks;

namespace Graft.Cli.Commands.Importing;

/// <summary>What is wanted of another program's file.</summary>
internal sealed record ImportRequest
{
    /// <summary>The side of the input in pixels where an ONNX or a TensorFlow Lite file leaves it open; null is not told.</summary>
    public int? Resolution { get; init; }

    public bool DropHead { get; init; }

    public CheckpointWeights Take { get; init; }

    /// <summary>The architecture of a state dictionary, by name; null is not told.</summary>
    public string? Architecture { get; init; }

    /// <summary>What becomes of a TensorFlow Lite file's whole numbers; null is not told.</summary>
    public LiteWeights? Weights { get; init; }

    /// <summary>An ONNX file that prepares images for the one to import; null is not told.</summary>
    public string? PreprocessingFile { get; init; }

    /// <summary>What the network may cost: anything, where it is only looked at or converted.</summary>
    public NetworkLimits Limits { get; init; } = NetworkLimits.None;
}
