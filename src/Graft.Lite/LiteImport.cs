using System.Collections.Immutable;

namespace Graft.Lite;

/// <summary>What came out of a TensorFlow Lite file.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was read, assumed and left out.</param>
public sealed record LiteImport(Model Model, LiteImportReport Report);

/// <summary>How a TensorFlow Lite file was read.</summary>
/// <param name="Producer">What made the file, as it says; empty where it does not.</param>
/// <param name="Operators">The number of operators in the file.</param>
/// <param name="Notes">What was assumed, renamed or left out, as sentences.</param>
public sealed record LiteImportReport(string Producer, int Operators, ImmutableArray<string> Notes)
{
    /// <summary>Whether the file does not say how images become numbers, so that what the options say was assumed.</summary>
    public bool AssumesPreprocessing { get; init; }
}
