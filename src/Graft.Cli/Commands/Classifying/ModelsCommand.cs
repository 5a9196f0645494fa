using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Spectre.Console;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft models</c>: what comes with Graft.</summary>
internal static class ModelsCommand
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(0.5);

    public static Command Create(Terminal terminal)
    {
        Argument<string?> name = new("name") { Description = "A model whose card is shown.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = Arguments.Json();
        Command command = new("models", "Lists the trained models that come with Graft, with what they cost on this machine, and the architectures that it knows.") { name, json };
        command.SetAction((parsed, cancel) => Task.FromResult(parsed.GetValue(name) is { } shown ? Show(terminal, shown, parsed.GetValue(json)) : List(terminal, parsed.GetValue(json), cancel)));
        return command;
    }

    private static int Show(Terminal terminal, string name, bool json)
    {
        if (!BuiltinTrunks.Names.Contains(name))
            throw new ArgumentsException($"'{name}' is no model that comes with Graft; those are {string.Join(", ", BuiltinTrunks.Names.Select(known => $"'{known}'"))}. 'graft inspect' shows what is in a file.");
        string card = BuiltinTrunks.Card(name).TrimEnd();
        if (json)
        {
            terminal.WriteJson(new { Name = name, Card = card });
            return ExitCode.Done;
        }

        foreach (string line in card.Split('\n')) terminal.Print(line);
        return ExitCode.Done;
    }

    private static int List(Terminal terminal, bool json, CancellationToken cancel)
    {
        Row[] rows = terminal.Track("Measuring", progress => BuiltinTrunks.Names.Select((name, i) =>
        {
            Model model = BuiltinTrunks.Load(name);
            NetworkSummary summary = new(model.Network.Graph);
            double[] milliseconds = InferenceTiming.Measure(model.Network, threads: 1, batch: 1, Measured, null, cancel);
            progress.Report(new Completion(i + 1, BuiltinTrunks.Names.Count));
            return new Row(
                name, summary.Architecture, model.Preprocessing.Resolution, summary.Parameters, summary.MultiplyAdds, BuiltinTrunks.Bytes(name), milliseconds[milliseconds.Length / 2],
                model.Labels.Length, About(BuiltinTrunks.Card(name)));
        }).ToArray());
        if (json)
        {
            terminal.WriteJson(new { Models = rows, Architectures = Architectures.All.Select(architecture => architecture.Name) });
            return ExitCode.Done;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumns("model", "architecture").AddColumns(Tables.Number("parameters"), Tables.Number("multiply-adds"), Tables.Number("MB"), Tables.Number("ms, one thread")).AddColumn("what it is");
        foreach (Row row in rows)
        {
            table.AddRow(
                row.Name, $"{row.Architecture} at {row.Resolution}", $"{row.Parameters / 1e6:0.00} million", $"{row.MultiplyAdds / 1e6:0} million", $"{row.Bytes / 1e6:0.0}", $"{row.MedianMs:0.00}", Tables.Cell(row.About));
        }

        terminal.Show(table);
        terminal.Print($"Architectures, with random weights: {string.Join(", ", Architectures.All.Select(architecture => architecture.Name))}.");
        terminal.Note($"A model's card: graft models {BuiltinTrunks.Usual}. To train on it: graft train my-images --trunk {rows[^1].Name}");
        return ExitCode.Done;
    }

    // A card's first paragraph.
    private static string About(string card) => card.Split('\n').Select(line => line.Trim()).First(line => line.Length > 0 && line[0] != '#');

    /// <summary>A line of the list.</summary>
    private sealed record Row(string Name, string Architecture, int Resolution, long Parameters, long MultiplyAdds, long Bytes, double MedianMs, int Labels, string About);
}
