using System.Collections.Immutable;
using System.CommandLine;
using Graft.Cli.Commands.Forecasting;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Spectre.Console;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft inspect</c>: what is in a model.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Option<bool> json = Arguments.Json();
        Command command = new("inspect", "Shows what is in a model: layers, shapes, parameters, multiply-adds, labels, and where it came from.") { model, json };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(model), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string name, bool json)
    {
        if (SeriesFile.KindOf(name) is { } kind)
        {
            SeriesInspection inspection = SeriesInspection.Of(name, kind);
            if (json) terminal.WriteJson(inspection);
            else inspection.Show(terminal);
            return ExitCode.Done;
        }

        Model model = ModelSource.Load(name, terminal, limits: NetworkLimits.None);
        NetworkSummary summary = StoredValues.Summary(model.Network.Graph);
        if (json) terminal.WriteJson(Report(model, summary));
        else Show(terminal, model, summary);
        return ExitCode.Done;
    }

    private static object Report(Model model, NetworkSummary summary)
    {
        NetworkInput input = model.Network.Graph.Inputs[0];
        return new
        {
            summary.Architecture,
            Input = new[] { input.Height, input.Width, input.Channels },
            summary.Parameters,
            Statistics = summary.Buffers,
            summary.MultiplyAdds,
            summary.ActivationBytes,
            Labels = model.Labels.ToArray(),
            Outputs = model.Network.Graph.Outputs.Select(o => new { o.Name, Shape = model.Network.Graph.Shapes[o.Value].Skip(1) }),
            Preprocessing = new
            {
                model.Preprocessing.Resolution,
                model.Preprocessing.CropFraction,
                Interpolation = model.Preprocessing.Interpolation.ToString().ToLowerInvariant(),
                Decoding = model.Preprocessing.Decoding.ToString().ToLowerInvariant(),
                Mean = model.Preprocessing.Mean.ToArray(),
                StandardDeviation = model.Preprocessing.StandardDeviation.ToArray(),
                Channels = "rgb",
                Text = PreprocessingText.Of(model.Preprocessing),
            },
            Provenance = TrunkProvenance.Split(model.Provenance).Own.ToDictionary(),
            Trunk = TrunkProvenance.Split(model.Provenance).Trunk is { IsEmpty: false } trunk ? trunk.ToDictionary() : null,
            Layers = summary.Layers.Select(l => new { l.Name, l.Operation, Output = l.Output.Skip(1), l.Parameters, l.MultiplyAdds, l.ActivationBytes }),
        };
    }

    private static void Show(Terminal terminal, Model model, NetworkSummary summary)
    {
        // Eighty columns have no room for what each layer does and what its output takes.
        bool isWide = terminal.Width >= 110;
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("layer").NoWrap());
        if (isWide) table.AddColumn(new TableColumn("operation").NoWrap());
        table.AddColumn(new TableColumn("output").NoWrap()).AddColumns(Tables.Number("parameters"), Tables.Number("multiply-adds"));
        if (isWide) table.AddColumn(Tables.Number("activation KB"));
        foreach (LayerSummary layer in summary.Layers)
        {
            string[] cells = [Tables.Cell(layer.Name), Tables.Cell(layer.Operation), string.Join("x", layer.Output.Skip(1)), $"{layer.Parameters:N0}", $"{layer.MultiplyAdds:N0}", $"{layer.ActivationBytes / 1024.0:N1}"];
            table.AddRow(isWide ? cells : [cells[0], .. cells[2..5]]);
        }

        NetworkInput input = model.Network.Graph.Inputs[0];
        terminal.Show(table);
        Facts facts = new()
        {
            { "architecture", summary.Architecture },
            { "input", $"{input.Height}x{input.Width}x{input.Channels}" },
            { "parameters", $"{summary.Parameters:N0}, and {Amount.Of(summary.Buffers, "statistic")}" },
            { "multiply-adds", $"{summary.MultiplyAdds / 1e6:N1} million" },
            { "activations", $"{summary.ActivationBytes / 1e6:N1} MB" },
            { "outputs", string.Join(", ", model.Network.Graph.Outputs.Select(o => o.Name)) },
            { "images", PreprocessingText.Of(model.Preprocessing) },
        };
        if (!model.Labels.IsEmpty) facts.Add("labels", $"{model.Labels.Length}: {string.Join(", ", model.Labels.Select(Printable.Name))}");
        (ImmutableSortedDictionary<string, string> own, ImmutableSortedDictionary<string, string> trunk) = TrunkProvenance.Split(model.Provenance);
        foreach ((string key, string value) in own) facts.Add(key, key == "trunk" && !trunk.IsEmpty ? $"{value}: {string.Join(", ", trunk.Select(fact => $"{fact.Key} {fact.Value}"))}" : value);
        facts.Show(terminal);
    }
}
