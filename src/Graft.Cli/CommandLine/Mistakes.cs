using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Graft.Cli.CommandLine;

/// <summary>What is wrong with a command line, in words that are not a programmer's.</summary>
internal static class Mistakes
{
    /// <summary>A sentence for each mistake; none where the command line can be run.</summary>
    public static IReadOnlyList<string> In(ParseResult parsed)
    {
        // A word that was meant as an option and is none makes values of its neighbours: what else seems wrong says nothing.
        string[] options = [.. UnknownOptions(parsed).Except(Options(parsed)).Select(word => $"There is no option '{word}' for '{PathOf(parsed)}'.{Suggestion(word, Options(parsed))}")];
        if (options.Length > 0) return options;
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count > 0)
            return [$"There is no command '{PathOf(parsed)} {parsed.UnmatchedTokens[0]}'.{Suggestion(parsed.UnmatchedTokens[0], command.Subcommands.Select(child => child.Name))}"];
        if (command.Subcommands.Count > 0 && command.Action is null && parsed.Errors.Count > 0)
            return [$"'{PathOf(parsed)}' takes a command: {string.Join(", ", command.Subcommands.Select(child => child.Name))}."];
        return [.. parsed.UnmatchedTokens.Select(word => $"'{word}' is one word too many for '{PathOf(parsed)}'."), .. parsed.Errors.Where(error => !IsUnmatched(error, parsed)).Select(error => Plain(error.Message))];
    }

    /// <summary>The command as one types it, for example <c>graft runs show</c>.</summary>
    public static string PathOf(ParseResult parsed) => PathOf(parsed.CommandResult.Command);

    /// <inheritdoc cref="PathOf(ParseResult)"/>
    public static string PathOf(Command command) =>
        "graft" + string.Concat(command.Parents.OfType<Command>().Reverse().Append(command).Where(c => c is not RootCommand).Select(c => $" {c.Name}"));

    private static bool IsUnmatched(ParseError error, ParseResult parsed) => parsed.UnmatchedTokens.Any(word => error.Message == $"Unrecognized command or argument '{word}'.");

    private static IEnumerable<string> UnknownOptions(ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .Where(token => token.Type == TokenType.Argument && IsOption(token.Value))
        .Select(token => token.Value.Split('=')[0])
        .Distinct();

    private static bool IsOption(string word) =>
        word.Length > 1 && word[0] == '-' && word != "--" && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !Path.Exists(word);

    private static IEnumerable<string> Options(ParseResult parsed)
    {
        for (CommandResult? result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            foreach (Option option in result.Command.Options)
                if (result == parsed.CommandResult || option.Recursive) yield return option.Name;
        }
    }

    private static string Suggestion(string word, IEnumerable<string> names)
    {
        string[] all = [.. names];
        string? near = EditDistance.Nearest(word, all);
        if (near is null && word.Trim('-').Length > 1 && all.Where(name => name.StartsWith(word, StringComparison.Ordinal)).ToArray() is [var only]) near = only;
        return near is null ? "" : $" Did you mean '{near}'?";
    }

    private static string Plain(string message) => message
        .Replace("'System.UInt64'", "a whole number from 0").Replace("'System.Int32'", "a whole number").Replace("as expected type 'System.Nullable`1[System.Double]'", "as a number")
        .Replace("'System.Double'", "a number").Replace("as expected type a", "as a");
}
