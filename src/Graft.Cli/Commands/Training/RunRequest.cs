using System.Collections.Immutable;

namespace Graft.Cli.Commands.Training;

/// <summary>What every command was asked for that trains as a run with a folder; <see cref="RunOptions"/> fill it.</summary>
internal abstract record RunRequest
{
    /// <summary>The folder that holds the runs.</summary>
    public string Runs { get; init; } = "";

    /// <summary>The file to write; null leaves its name to the request.</summary>
    public required string? Output { get; init; }

    /// <summary>The file that is written.</summary>
    public virtual string OutputFile => Output ?? "";

    /// <summary>The run to go on with; null begins one.</summary>
    public string? Resume { get; init; }

    /// <summary>Whether models from files may cost what they like.</summary>
    public bool AnySize { get; init; }

    public bool Json { get; init; }

    /// <summary>The command's words with whole paths.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The command as people would type it.</summary>
    public string Command => "graft " + string.Join(' ', Arguments.Select(word => word.Contains(' ') ? $"\"{word}\"" : word));
}
