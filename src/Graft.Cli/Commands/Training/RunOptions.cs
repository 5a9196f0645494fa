using System.CommandLine;
using Graft.Cli.CommandLine;

namespace Graft.Cli.Commands.Training;

/// <summary>The options of every command that trains as a run with a folder.</summary>
/// <param name="description">What the folder of runs holds.</param>
internal sealed class RunOptions(string description)
{
    public Option<string> Runs { get; } = Arguments.Runs(description);

    public Option<string?> Resume { get; } = Arguments.Resume();

    public Option<bool> AnySize { get; } = Arguments.AnySize();

    public Option<bool> Json { get; } = Arguments.Json();

    /// <summary>Sees to it that a command line names either what is trained or a run.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="namesAny">Whether it names anything that is trained.</param>
    /// <param name="namesAll">Whether it names all that it takes.</param>
    /// <param name="usage">What it takes otherwise.</param>
    /// <exception cref="ArgumentsException">It names neither, or both.</exception>
    public void Require(ParseResult parsed, bool namesAny, bool namesAll, string usage)
    {
        bool resumes = parsed.GetValue(Resume) is not null;
        if (resumes && namesAny) throw new ArgumentsException("--resume takes a run alone: it goes on with its own images and options.");
        if (!resumes && !namesAll) throw new ArgumentsException(usage);
    }

    /// <summary>The name of the first of some options that stands in a command line; null where none does.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">The options.</param>
    public string? Given(ParseResult parsed, params Option[] options) => options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>A request with what these options say.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="request">The request.</param>
    /// <param name="isPath">Whether a word is a path, by the option before it and itself.</param>
    public T Read<T>(ParseResult parsed, T request, Func<string, string, bool> isPath)
        where T : RunRequest
    {
        RunRequest read = request with
        {
            Runs = parsed.GetRequiredValue(Runs),
            Resume = parsed.GetValue(Resume),
            AnySize = parsed.GetValue(AnySize),
            Json = parsed.GetValue(Json),
            Arguments = [.. AbsoluteWords.Of(parsed, (option, word) => option == Runs.Name || isPath(option, word))],
        };
        return (T)read;
    }
}
