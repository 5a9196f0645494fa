using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Graft.Cli.Commands.Distilling;
using Graft.Cli.Commands.Pruning;
using Graft.Cli.Commands.Quantizing;
using Graft.Cli.Commands.Style;
using Graft.Training;

namespace Graft.Cli.Commands.Training;

/// <summary>What was asked for, as names and texts: all that is serialized of a request and its options, so that a new option is among them without being written down again.</summary>
internal static class RequestSettings
{
    private const string Options = "options.";

    // A run has these two of its own.
    private const string Seed = "seed", Epochs = "epochs";

    /// <summary>The settings of a request.</summary>
    public static ImmutableSortedDictionary<string, string> Of<T>(T request, JsonTypeInfo<T> json)
        where T : RunRequest
    {
        IEnumerable<(string Name, string Value)> all = TrainingCheckpoint.Flat(JsonSerializer.Serialize(request, json))
            .Select(setting => (setting.Name.StartsWith(Options, StringComparison.Ordinal) ? setting.Name[Options.Length..].ToLowerInvariant() : setting.Name, Value(setting.Value)));
        return all.Where(setting => setting.Name != Epochs && setting.Name.Split('.')[^1] != Seed).ToImmutableSortedDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal);
    }

    /// <summary>Settings as people read them: those of one thing, such as the augmentation, in one text.</summary>
    public static IEnumerable<(string Name, string Value)> Grouped(IReadOnlyDictionary<string, string> settings) =>
        settings.GroupBy(setting => setting.Key.Split('.')[0]).Select(group => (Words(group.Key), string.Join(", ", group.Select(setting =>
            setting.Key == group.Key ? setting.Value : $"{Words(setting.Key[(group.Key.Length + 1)..])} {setting.Value}"))));

    private static string Value(string text) => text switch
    {
        "True" => "yes",
        "False" => "no",
        _ => text,
    };

    private static string Words(string name) => name.Replace('_', ' ').Replace('.', ' ');
}

/// <summary>How requests are written as settings.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainRequest))]
[JsonSerializable(typeof(DistillRequest))]
[JsonSerializable(typeof(PruneRequest))]
[JsonSerializable(typeof(QuantizeRequest))]
[JsonSerializable(typeof(StyleRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
