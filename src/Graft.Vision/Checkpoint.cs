using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Graft.Formats;
using Graft.Tensors;

namespace Graft.Vision;

/// <summary>The file that a training is kept in: a safetensors file whose metadata hold the rest of the state.</summary>
/// <param name="Kind">What <c>graft</c> calls the training: <c>train</c> or <c>distill</c>.</param>
/// <param name="Json">How the state is written.</param>
internal sealed record Checkpoint<TState>(string Kind, JsonTypeInfo<TState> Json)
    where TState : class
{
    private const string Format = "graft-checkpoint", StateKey = "state", VersionKey = "format_version", FormatKey = "format", KindKey = "kind";
    private const int Version = 2;

    /// <summary>Writes a checkpoint whole or not at all.</summary>
    public void Write(string path, TState state, IEnumerable<KeyValuePair<string, Tensor>> tensors) => Safetensors.Write(path, tensors, new Dictionary<string, string>
    {
        [FormatKey] = Format,
        [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
        [KindKey] = Kind,
        [StateKey] = JsonSerializer.Serialize(state, Json),
    });

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="GraftException">The file is no checkpoint of this kind, or of another version.</exception>
    public (TState State, IReadOnlyDictionary<string, Tensor> Tensors) Read(string path)
    {
        TensorFile file = Safetensors.Read(path);
        if (file.Metadata.GetValueOrDefault(FormatKey) != Format) throw new GraftException($"'{path}' is not a checkpoint of a training. Name a file that 'graft {Kind}' wrote, or start the training again.");
        if (file.Metadata.GetValueOrDefault(VersionKey) is var version && version != $"{Version}")
            throw new GraftException($"'{path}' is a checkpoint of version {version}; this version of Graft goes on from version {Version}. Start the training again.");
        if (file.Metadata.GetValueOrDefault(KindKey) is var kind && kind != Kind)
            throw new GraftException($"'{path}' is a checkpoint of 'graft {kind}', not of 'graft {Kind}'. Name a file that 'graft {Kind}' wrote, or start the training again.");
        try
        {
            TState state = JsonSerializer.Deserialize(file.Metadata[StateKey], Json) ?? throw new JsonException("it is null");
            return (state, file.Tensors);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new GraftException($"The state in the checkpoint '{path}' cannot be read: {e.Message}. Start the training again.", e);
        }
    }
}

/// <summary>Names of tensors in a checkpoint.</summary>
internal static class CheckpointTensors
{
    /// <summary>The tensors whose names begin with a prefix, without it.</summary>
    public static Dictionary<string, Tensor> Under(this IReadOnlyDictionary<string, Tensor> tensors, string prefix) =>
        tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);

    /// <summary>The tensors with a prefix before their names.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Named(this IEnumerable<KeyValuePair<string, Tensor>> tensors, string prefix) =>
        tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));
}
