using System.CommandLine;
using System.CommandLine.Parsing;

namespace Graft.Cli.CommandLine;

/// <summary>The words of a command line with whole paths, so that a run can go on from anywhere.</summary>
internal static class AbsoluteWords
{
    /// <summary>Makes the paths among the words whole.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="isPath">Whether a word is a path, by the option before it (empty where there is none) and itself.</param>
    public static IEnumerable<string> Of(ParseResult parsed, Func<string, string, bool> isPath)
    {
        string option = "";
        foreach (Token token in parsed.Tokens)
        {
            yield return token.Type == TokenType.Argument && token.Value.Length > 0 && isPath(option, token.Value) ? Path.GetFullPath(token.Value) : token.Value;
            option = token.Type == TokenType.Option ? ShortOptions.NameOf(token.Value) : "";
        }
    }
}
