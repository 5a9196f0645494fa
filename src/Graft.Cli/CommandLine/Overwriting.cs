using System.CommandLine;
using Graft.Cli.Commands;
using Graft.Cli.Output;

namespace Graft.Cli.CommandLine;

/// <summary>Outputs under the name of an input.</summary>
internal static class Overwriting
{
    private const string List = "--list", Predict = "predict";

    private static readonly string[] Outputs = ["--out", "--out-table", "--plot", List];

    // What a file of either is for is to be gone on with, and written again.
    private static readonly string[] Continued = ["--model", Arguments.ResumeName];

    /// <summary>The files that a command line says will be written, none of which it says will be read. A file that <c>--model</c> goes on from may be written again.</summary>
    /// <exception cref="ArgumentsException">An output has the name of an input.</exception>
    public static WrittenFiles Find(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        WrittenFiles written = new();
        foreach (Option option in command.Options.Where(IsOutput))
        {
            foreach (string file in Words(parsed, option)) written.Add(option.Name, file);
        }

        IEnumerable<Symbol> inputs = [.. command.Arguments, .. command.Options.Where(option => !IsOutput(option) && !Continued.Contains(option.Name))];
        written.RequireOthers(inputs.SelectMany(input => Words(parsed, input)).Where(File.Exists));
        return written;

        // What predict takes is a list of images, and what check gives one of images to leave out.
        bool IsOutput(Option option) => Outputs.Contains(option.Name) && (option.Name != List || command.Name != Predict);
    }

    private static IEnumerable<string> Words(ParseResult parsed, Symbol symbol) => parsed.GetResult(symbol) switch
    {
        System.CommandLine.Parsing.ArgumentResult argument => argument.Tokens.Select(token => token.Value),
        System.CommandLine.Parsing.OptionResult option => option.Tokens.Select(token => token.Value),
        _ => [],
    };
}
