using System.Globalization;
using System.Text.Json;
using Graft.Formats;
using Graft.Tensors;

namespace Graft.Vision.FineTuning;

/// <summary>The file that a fine-tuning is kept in: a safetensors file whose metadata hold the rest of the state.</summary>
internal static class Checkpoint
{
    private const string Format = "graft-checkpoint", StateKey = "state", VersionKey = "format_version", FormatKey = "format";
    private const int Version = 1;

    /// <summary>Writes a checkpoint whole or not at all.</summary>
    public static void Write(string path, FineTuneState state, IEnumerable<KeyValuePair<string, Tensor>> tensors) => Safetensors.Write(path, tensors, new Dictionary<string, string>
    {
        [FormatKey] = Format,
        [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
        [StateKey] = JsonSerializer.Serialize(state, FineTuneJson.Default.FineTuneState),
    });

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="GraftException">The file is no checkpoint, or of another version.</exception>
    public static (FineTuneState State, IReadOnlyDictionary<string, Tensor> Tensors) Read(string path)
    {
        TensorFile file = Safetensors.Read(path);
        if (file.Metadata.GetValueOrDefault(FormatKey) != Format) throw new GraftException($"'{path}' is not a checkpoint of a training. Name a file that 'graft train' wrote, or start the training again.");
        if (file.Metadata.GetValueOrDefault(VersionKey) is var version && version != $"{Version}")
            throw new GraftException($"'{path}' is a checkpoint of version {version}; this version of Graft goes on from version {Version}. Start the training again.");
        try
        {
            FineTuneState state = JsonSerializer.Deserialize(file.Metadata[StateKey], FineTuneJson.Default.FineTuneState) ?? throw new JsonException("it is null");
            return (state, file.Tensors);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new GraftException($"The state in the checkpoint '{path}' cannot be read: {e.Message}. Start the training again.", e);
        }
    }

    /// <summary>The tensors whose names begin with a prefix, without it.</summary>
    public static Dictionary<string, Tensor> Under(this IReadOnlyDictionary<string, Tensor> tensors, string prefix) =>
        tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);

    /// <summary>The tensors with a prefix before their names.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Named(this IEnumerable<KeyValuePair<string, Tensor>> tensors, string prefix) =>
        tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));
}
