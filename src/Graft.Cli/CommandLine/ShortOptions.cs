using System.CommandLine;

namespace Graft.Cli.CommandLine;

/// <summary>The options that have a letter: the same one in every command that has the option.</summary>
internal static class ShortOptions
{
    /// <summary>The letters by the options' names.</summary>
    public static IReadOnlyDictionary<string, string> Letters { get; } = new Dictionary<string, string>
    {
        ["--out"] = "-o",
        ["--epochs"] = "-e",
        ["--batch"] = "-b",
        ["--resolution"] = "-r",
        ["--seed"] = "-s",
        ["--threads"] = "-j",
        ["--target"] = "-t",
        ["--plot"] = "-p",
    };

    /// <summary>Gives the options of a command, and of those below it, their letters.</summary>
    public static void AddTo(Command command)
    {
        foreach (Option option in command.Options)
            if (Letters.TryGetValue(option.Name, out string? letter)) option.Aliases.Add(letter);
        foreach (Command child in command.Subcommands) AddTo(child);
    }

    /// <summary>The name of the option that a word of a command line calls.</summary>
    public static string NameOf(string word) => Letters.FirstOrDefault(pair => pair.Value == word).Key ?? word;
}
