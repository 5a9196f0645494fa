using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Graft.Cli.Commands.Training;

/// <summary>
/// What every command was asked for that trains as a run with a folder; <see cref="RunOptions"/> fill it. Serialized, it is the run's settings (<see cref="RequestSettings"/>): what changes nothing in the result, or stands in the
/// run's configuration under a name of its own, carries a <see cref="JsonIgnoreAttribute"/>.
/// </summary>
internal abstract record RunRequest
{
    /// <summary>The folder that holds the runs.</summary>
    [JsonIgnore]
    public string Runs { get; init; } = "";

    /// <summary>The file to write; null leaves its name to the request.</summary>
    [JsonIgnore]
    public string? Output { get; init; }

    /// <summary>The file that is written.</summary>
    [JsonIgnore]
    public virtual string OutputFile => Output ?? "";

    /// <summary>The run to go on with; null begins one.</summary>
    [JsonIgnore]
    public string? Resume { get; init; }

    /// <summary>Whether models from files may cost what they like.</summary>
    [JsonIgnore]
    public bool AnySize { get; init; }

    [JsonIgnore]
    public bool Json { get; init; }

    /// <summary>The command's words with whole paths.</summary>
    [JsonIgnore]
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>All settings, as names and texts.</summary>
    [JsonIgnore]
    public abstract ImmutableSortedDictionary<string, string> Settings { get; }

    /// <summary>The command as people would type it.</summary>
    [JsonIgnore]
    public string Command => "graft " + string.Join(' ', Arguments.Select(word => word.Contains(' ') ? $"\"{word}\"" : word));
}
