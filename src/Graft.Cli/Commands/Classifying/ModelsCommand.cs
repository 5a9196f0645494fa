using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Vision.Hub;
using Spectre.Console;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft models</c>: what comes with Graft, and what is read of the hub.</summary>
internal static class ModelsCommand
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(0.5);

    public static Command Create(Terminal terminal)
    {
        Argument<string?> name = new("name") { Description = "A model whose card is shown.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = Arguments.Json();
        Command command = new("models", "Lists the trained models that come with Graft, with what they cost on this machine, those that it downloads from Hugging Face's hub when they are named, and the architectures that it knows.") { name, json };
        command.SetAction((parsed, cancel) => Task.FromResult(parsed.GetValue(name) is { } shown ? Show(terminal, shown, parsed.GetValue(json)) : List(terminal, parsed.GetValue(json), cancel)));
        return command;
    }

    private static int Show(Terminal terminal, string name, bool json)
    {
        if (ModelHub.Trunks.FirstOrDefault(trunk => trunk.Name == name) is { } trunk) return Show(terminal, trunk, json);
        if (!BuiltinTrunks.Names.Contains(name))
            throw new ArgumentsException($"'{name}' is no model that comes with Graft or is listed of the hub; those that come with it are {string.Join(", ", BuiltinTrunks.Names.Select(known => $"'{known}'"))}. 'graft inspect' shows what is in a file or in a model of the hub.");
        string card = BuiltinTrunks.Card(name).TrimEnd();
        if (json)
        {
            terminal.WriteJson(new { Name = name, Card = card });
            return ExitCode.Done;
        }

        foreach (string line in card.Split('\n')) terminal.Print(line);
        return ExitCode.Done;
    }

    private static int Show(Terminal terminal, HubTrunk trunk, bool json)
    {
        HubRow row = HubRow.Of(trunk, HubOptions.FromEnvironment());
        if (json)
        {
            terminal.WriteJson(row);
            return ExitCode.Done;
        }

        new Facts
        {
            { "name", row.Name },
            { "architecture", $"{row.Architecture} at {row.Resolution}x{row.Resolution}" },
            { "parameters", $"{row.Parameters:N0}" },
            { "multiply-adds", $"{row.MultiplyAdds / 1e6:N0} million" },
            { "download", $"{row.Bytes / 1e6:0.0} MB" },
            { "ImageNet top-1", $"{Tables.Percent(row.Top1)}, as timm measured it" },
            { "licence", row.License },
            { "page", $"https://huggingface.co/{row.Name}" },
            { "cache", row.Cached ?? "not there: it is downloaded when it is named" },
        }.Show(terminal);
        terminal.Note($"To train on it: graft train my-images --trunk {row.Name}");
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
        HubOptions hub = HubOptions.FromEnvironment();
        HubRow[] hubRows = [.. ModelHub.Trunks.Select(trunk => HubRow.Of(trunk, hub))];
        if (json)
        {
            terminal.WriteJson(new { Models = rows, Hub = hubRows, Architectures = Architectures.All.Select(architecture => architecture.Name) });
            return ExitCode.Done;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumns("model", "architecture").AddColumns(Tables.Number("parameters"), Tables.Number("multiply-adds"), Tables.Number("MB"), Tables.Number("ms, one thread")).AddColumn("what it is");
        foreach (Row row in rows)
        {
            table.AddRow(
                row.Name, $"{row.Architecture} at {row.Resolution}", $"{row.Parameters / 1e6:0.00} million", $"{row.MultiplyAdds / 1e6:0} million", $"{row.Bytes / 1e6:0.0}", $"{row.MedianMs:0.00}", Tables.Cell(row.About));
        }

        terminal.Show(table);
        ShowHub(terminal, hubRows);
        terminal.Print($"Architectures, with random weights: {string.Join(", ", Architectures.All.Select(architecture => architecture.Name))}.");
        terminal.Note($"A model's card: graft models {BuiltinTrunks.Usual}. To train on it: graft train my-images --trunk {rows[^1].Name}");
        return ExitCode.Done;
    }

    private static void ShowHub(Terminal terminal, HubRow[] rows)
    {
        terminal.Print("Of Hugging Face's hub, downloaded when they are named (their ImageNet top-1 as timm measured it):");

        // Eighty columns have no room for what an image costs.
        bool isWide = terminal.Width >= 100;
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("model").NoWrap()).AddColumn(Tables.Number("MB"));
        if (isWide) table.AddColumns(Tables.Number("side"), Tables.Number("multiply-adds"));
        table.AddColumn(Tables.Number("top-1")).AddColumns("licence", "cached");
        foreach (HubRow row in rows)
        {
            string[] cells = [row.Name, $"{row.Bytes / 1e6:0}", $"{row.Resolution}", $"{row.MultiplyAdds / 1e6:0} million", Tables.Percent(row.Top1), row.License, row.Cached is null ? "" : "yes"];
            table.AddRow(isWide ? cells : [.. cells[..2], .. cells[4..]]);
        }

        terminal.Show(table);
    }

    // A card's first paragraph.
    private static string About(string card) => card.Split('\n').Select(line => line.Trim()).First(line => line.Length > 0 && line[0] != '#');

    /// <summary>A line of the list.</summary>
    private sealed record Row(string Name, string Architecture, int Resolution, long Parameters, long MultiplyAdds, long Bytes, double MedianMs, int Labels, string About);

    /// <summary>A line of the list of the hub.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Architecture">Its architecture.</param>
    /// <param name="Resolution">The side of its images.</param>
    /// <param name="Parameters">Its parameters, those of the head among them.</param>
    /// <param name="MultiplyAdds">What an image costs.</param>
    /// <param name="Bytes">About what is downloaded.</param>
    /// <param name="Top1">Its top-1 on ImageNet.</param>
    /// <param name="License">What it is licensed under.</param>
    /// <param name="Cached">Where its weights are; null if they are not in the cache.</param>
    private sealed record HubRow(string Name, string Architecture, int Resolution, long Parameters, long MultiplyAdds, long Bytes, double Top1, string License, string? Cached)
    {
        public static HubRow Of(HubTrunk trunk, HubOptions options)
        {
            NetworkSummary summary = trunk.Summary;
            return new HubRow(
                trunk.Name, trunk.Architecture, trunk.Resolution, summary.Parameters, summary.MultiplyAdds, (summary.Parameters + summary.Buffers) * sizeof(float), trunk.Top1, trunk.License,
                ModelHub.Find(trunk.Name, options)?.Weights);
        }
    }
}
