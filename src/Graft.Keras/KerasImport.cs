using System.Collections.Immutable;
using Graft.Formats;

namespace Graft.Keras;

/// <summary>What came out of a Keras file.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What was read, assumed and left out.</param>
public sealed record KerasImport(Model Model, KerasImportReport Report);

/// <summary>How a Keras file was read.</summary>
/// <param name="Version">The version of Keras that wrote it, as it says; empty where it does not.</param>
/// <param name="Weights">What became of each weight.</param>
/// <param name="Notes">What was assumed, renamed or left out, as sentences.</param>
public sealed record KerasImportReport(string Version, LoadReport Weights, ImmutableArray<string> Notes)
{
    /// <summary>Whether the model does nothing to pixels itself, so that what the options say was assumed.</summary>
    public bool AssumesPreprocessing { get; init; }
}
