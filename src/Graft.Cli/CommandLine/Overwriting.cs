using System.CommandLine;

namespace Graft.Cli.CommandLine;

/// <summary>Outputs under the name of an input.</summary>
internal static class Overwriting
{
    private static readonly string[] Outputs = ["--out", "--out-table", "--plot", "--list"];

    /// <summary>Makes sure that no file that a command reads is the one that it writes: the input would be gone without a question. A file that <c>--model</c> goes on from may be written again.</summary>
    /// <exception cref="ArgumentsException">An output has the name of an input.</exception>
    public static void Refuse(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        HashSet<string> inputs = [.. command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? []).Select(token => token.Value).Where(File.Exists).Select(Path.GetFullPath)];
        foreach (Option option in command.Options.Where(option => Outputs.Contains(option.Name)))
        {
            foreach (string output in (parsed.GetResult(option)?.Tokens ?? []).Select(token => token.Value).Where(File.Exists))
            {
                if (inputs.Contains(Path.GetFullPath(output))) throw new ArgumentsException($"{option.Name} would replace '{output}', which is read. Name another file.");
            }
        }
    }
}
