using System.CommandLine;
using Graft.Cli.Output;
using Graft.Vision.Samples;

namespace Graft.Cli.Commands.Samples;

/// <summary><c>graft sample</c>: makes images and series, for trying Graft with no data.</summary>
internal static class SampleCommand
{
    public static Command Create(Terminal terminal) => new("sample", "Makes images and series, for trying Graft with no data.")
    {
        SampleFlowersCommand.Create(terminal), SampleFlowersCommand.CreatePlain(terminal), SampleFlowersCommand.CreateMixed(terminal), Styles(terminal), SampleSeriesCommand.Create(terminal),
    };

    private static Command Styles(Terminal terminal)
    {
        Option<string> output = new("--out") { Description = "The folder to draw into.", Required = true };
        Option<int> size = Arguments.Ranged("--size", 64, 2048, 512, "The side of an image in pixels.");
        Option<ulong> seed = Arguments.Seed();
        Command command = new("styles", $"Draws images whose style 'graft style train' learns: {string.Join(", ", SampleStyles.Names)}.") { output, size, seed };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(output);
            OutputFile.RequireWritableFolder(folder);
            SampleStyles.Write(folder, parsed.GetValue(seed), parsed.GetValue(size));
            terminal.Note($"Drew {string.Join(", ", SampleStyles.Names.Select(name => $"{name}.png"))} into '{folder}'. Learn one: graft style train --style {Path.Combine(folder, SampleStyles.Names[0])}.png {ImageSource.SampleFlowers} --out style.graft");
            return ExitCode.Done;
        });
        return command;
    }
}
