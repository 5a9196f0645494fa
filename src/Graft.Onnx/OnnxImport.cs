using System.Collections.Immutable;

namespace Graft.Onnx;

/// <summary>What came out of an ONNX file.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was read, assumed and left out.</param>
public sealed record OnnxImport(Model Model, OnnxImportReport Report);

/// <summary>How an ONNX file was read.</summary>
/// <param name="Producer">The program that wrote the file and its version; empty where the file does not say.</param>
/// <param name="OperatorSet">The version of the ONNX operators that the file uses.</param>
/// <param name="Nodes">The number of ONNX nodes in the file.</param>
/// <param name="Unused">The initializers that no imported node uses.</param>
/// <param name="Notes">What was assumed, renamed or left out, as sentences.</param>
public sealed record OnnxImportReport(string Producer, long OperatorSet, int Nodes, ImmutableArray<string> Unused, ImmutableArray<string> Notes)
{
    /// <summary>Whether the file does not say how images are prepared, so that what the options say was assumed.</summary>
    public bool AssumesPreprocessing { get; init; }
}
