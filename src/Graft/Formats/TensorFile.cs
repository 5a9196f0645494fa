using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>Named float32 tensors, as read from a file of weights.</summary>
/// <param name="Name">The file, as the user named it.</param>
/// <param name="Tensors">The tensors under the file's own names, in the file's order, in the framework's own layout.</param>
internal sealed record TensorFile(string Name, IReadOnlyDictionary<string, Tensor> Tensors)
{
    /// <summary>Free text that the file carries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Which of a file's dictionaries the tensors are from, its name and those around it with dots between; empty where it is the file's own.</summary>
    internal string Part { get; init; } = "";

    /// <summary>What was chosen and what was left out, as sentences.</summary>
    internal ImmutableArray<string> Notes { get; init; } = [];
}
