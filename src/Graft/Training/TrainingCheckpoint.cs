using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Graft.Formats;
using Graft.Tensors;

namespace Graft.Training;

/// <summary>The file that a training is kept in: a safetensors file whose metadata hold what the training is, where it is, and the state of its task.</summary>
public sealed class TrainingCheckpoint
{
    private const string Format = "graft-checkpoint", FormatKey = "format", VersionKey = "format_version", KindKey = "kind", OptionsKey = "options", PlaceKey = "place", StateKey = "state";
    private const string TaskPrefix = "task.";
    private const int Version = 4;

    private readonly string kind, identity;
    private readonly TrainerOptions options;
    private readonly string state = "";

    private TrainingCheckpoint(string kind, TrainerOptions options, string identity)
    {
        (this.kind, this.options, this.identity) = (kind, options, identity);
        if (options.Checkpoint is not { } path || !File.Exists(path)) return;
        TensorFile file = Read(path, kind);
        if (file.Metadata.GetValueOrDefault(OptionsKey, "{}") is var saved && saved != identity)
        {
            (string before, string now) = Difference(saved, identity);
            throw new GraftException($"A training goes on with the options that it began with. The checkpoint '{path}' has: {before}. Now they are: {now}. Give the same ones, or start the training again.");
        }

        (Place, All, state) = (PlaceOf(file), file.Tensors, file.Metadata.GetValueOrDefault(StateKey, ""));
    }

    /// <summary>The file; null where none is kept.</summary>
    public string? Path => options.Checkpoint;

    /// <summary>Whether there is something to go on from.</summary>
    public bool Exists => Place is not null;

    /// <summary>The tensors that the task kept, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => All.Under(TaskPrefix);

    internal TrainingPlace? Place { get; }

    internal IReadOnlyDictionary<string, Tensor> All { get; } = new Dictionary<string, Tensor>();

    internal TimeProvider Time => options.Time;

    internal TimeSpan Interval => options.CheckpointInterval;

    /// <summary>Opens the checkpoint of a training: what it had is read, if it is there.</summary>
    /// <typeparam name="T">The options of the task.</typeparam>
    /// <param name="kind">What <c>graft</c> calls the training: <c>train</c>, <c>distill</c>.</param>
    /// <param name="options">The options: serialized, they are what the training is.</param>
    /// <param name="json">How they are written.</param>
    /// <exception cref="GraftException">The file is no checkpoint of this kind, of another version, or of a training with other options.</exception>
    public static TrainingCheckpoint Open<T>(string kind, T options, JsonTypeInfo<T> json)
        where T : TrainerOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(kind, options, JsonSerializer.Serialize(options, json));
    }

    /// <summary>How many steps a checkpoint has behind it.</summary>
    /// <param name="kind">What <c>graft</c> calls the training.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="GraftException">It is no checkpoint of this kind.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long StepOf(string kind, string path) => PlaceOf(Read(path, kind)).Steps;

    /// <summary>The state that the task kept.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="json">How it is read.</param>
    /// <exception cref="GraftException">It cannot be read.</exception>
    public T State<T>(JsonTypeInfo<T> json)
        where T : class => Parse(state, json, Path!);

    /// <summary>Writes a checkpoint whole or not at all.</summary>
    internal void Write(TrainingPlace place, string task, IEnumerable<KeyValuePair<string, Tensor>> own, IEnumerable<KeyValuePair<string, Tensor>> learner) =>
        Safetensors.Write(options.Checkpoint!, [.. learner, .. own.Named(TaskPrefix)], new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
            [KindKey] = kind,
            [OptionsKey] = identity,
            [PlaceKey] = JsonSerializer.Serialize(place, TrainingJson.Default.TrainingPlace),
            [StateKey] = task,
        });

    /// <summary>What two serialized options do not have in common, as people read it: <c>Batch 16, Crop.Scale.Low 0.2</c>.</summary>
    internal static (string Before, string Now) Difference(string before, string now)
    {
        (string Name, string Value)[] one = [.. Flat(before)], two = [.. Flat(now)];
        return (Text(one.Except(two)), Text(two.Except(one)));

        static string Text(IEnumerable<(string Name, string Value)> options) => options.Select(option => $"{option.Name} {option.Value}").ToArray() is { Length: > 0 } some ? string.Join(", ", some) : "nothing else";
    }

    /// <summary>Serialized options as names and texts: <c>Batch</c> 16, <c>Crop.Scale.Low</c> 0.2.</summary>
    internal static IEnumerable<(string Name, string Value)> Flat(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. Flat(document.RootElement, "")];
    }

    private static IEnumerable<(string Name, string Value)> Flat(JsonElement element, string name) => element.ValueKind != JsonValueKind.Object
        ? [(name, element.ValueKind == JsonValueKind.Null ? "none" : element.ToString())]
        : element.EnumerateObject().SelectMany(member => Flat(member.Value, name.Length == 0 ? member.Name : $"{name}.{member.Name}"));

    private static TensorFile Read(string path, string kind)
    {
        TensorFile file = Safetensors.Read(path);
        if (file.Metadata.GetValueOrDefault(FormatKey) != Format) throw new GraftException($"'{path}' is not a checkpoint of a training. Name a file that 'graft {kind}' wrote, or start the training again.");
        if (file.Metadata.GetValueOrDefault(VersionKey) is var version && version != $"{Version}")
            throw new GraftException($"'{path}' is a checkpoint of version {version}; this version of Graft goes on from version {Version}. Start the training again.");
        if (file.Metadata.GetValueOrDefault(KindKey) is var other && other != kind)
            throw new GraftException($"'{path}' is a checkpoint of 'graft {other}', not of 'graft {kind}'. Name a file that 'graft {kind}' wrote, or start the training again.");
        return file;
    }

    private static TrainingPlace PlaceOf(TensorFile file) => Parse(file.Metadata.GetValueOrDefault(PlaceKey, ""), TrainingJson.Default.TrainingPlace, file.Name);

    private static T Parse<T>(string text, JsonTypeInfo<T> json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(text, json) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new GraftException($"The state in the checkpoint '{path}' cannot be read: {e.Message}. Start the training again.", e);
        }
    }
}

/// <summary>Where a training is.</summary>
internal sealed record TrainingPlace
{
    /// <summary>The epoch in progress, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>The place in it of the next batch.</summary>
    public int Batch { get; set; }

    /// <summary>The steps until now.</summary>
    public long Steps { get; set; }

    /// <summary>The sum of the losses of the epoch's samples.</summary>
    public double LossSum { get; set; }

    /// <summary>Their number.</summary>
    public long Seen { get; set; }

    /// <summary>How long the epoch has taken.</summary>
    public double Seconds { get; set; }

    /// <summary>The epochs that are done.</summary>
    public List<TrainedEpoch> History { get; init; } = [];

    public long[] OptimizerSteps { get; set; } = [];

    public long AverageUpdates { get; set; }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainingPlace))]
internal sealed partial class TrainingJson : JsonSerializerContext;

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
