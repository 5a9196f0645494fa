using System.CommandLine;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Commands.Runs;

/// <summary><c>graft runs compare</c>: in what runs differ, and what came of it.</summary>
internal static class RunsCompareCommand
{
    public static Command Create(Terminal terminal, Option<string> root, Option<bool> json)
    {
        Argument<string[]> runs = new("run") { Description = "Two or more runs, each by its number, the beginning of its name, or 'last'.", Arity = new ArgumentArity(2, 100) };
        Command command = new("compare", "Shows runs side by side: first the settings that differ, then the results.") { runs };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(root), parsed.GetRequiredValue(runs), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string root, string[] names, bool json)
    {
        RunStore store = RunsCommand.Store(root);
        RunSummary[] runs = [.. names.Select(store.Find).DistinctBy(r => r.Name)];
        if (runs.Length < 2) throw new ArgumentsException($"'graft runs compare' takes two different runs; all of these are {RunsCommand.Title(runs[0])}.");
        SortedDictionary<string, string>[] settings = [.. runs.Select(r => Settings(terminal, root, r))];
        string[] differing = [.. settings.SelectMany(s => s.Keys).Distinct().Order(StringComparer.Ordinal).Where(key => settings.Select(s => s.GetValueOrDefault(key)).Distinct().Count() > 1)];
        if (json)
        {
            for (int i = 0; i < runs.Length; i++)
                terminal.WriteJson(new { Run = RunsCommand.Report(runs[i], root), Differing = differing.ToDictionary(key => key, key => settings[i].GetValueOrDefault(key)) });
        }
        else
        {
            Show(terminal, runs, settings, differing);
        }

        return ExitCode.Done;
    }

    /// <summary>What a run was asked to do, as names and texts.</summary>
    private static SortedDictionary<string, string> Settings(Terminal terminal, string root, RunSummary run)
    {
        SortedDictionary<string, string> settings = new(StringComparer.Ordinal);
        try
        {
            RunConfig config = RunFolder.Open(root, run.Name).ReadConfig();
            foreach ((string name, string value) in config.Settings) settings[name] = value;
            settings["judged by"] = config.Validation ?? "-";
        }
        catch (RunException e)
        {
            terminal.Warn($"Only a part of the settings of {RunsCommand.Title(run)} is known. {e.Message}");
        }

        settings["images"] = run.Data;
        settings["number of images"] = run.Images.ToString(CultureInfo.InvariantCulture);
        settings["classes"] = run.Classes.ToString(CultureInfo.InvariantCulture);
        settings["trunk"] = run.Trunk;
        settings["mode"] = run.Mode;
        settings["score"] = run.ScoreName;
        settings["seed"] = run.Seed.ToString(CultureInfo.InvariantCulture);
        settings["epochs planned"] = run.EpochsPlanned.ToString(CultureInfo.InvariantCulture);
        return settings;
    }

    // A run without a number is told from others by when it began, which its name begins with.
    private static string Head(RunSummary run) => run.Id > 0 ? $"run {run.Id}" : run.Name[..Math.Min(run.Name.Length, "2026-01-01-000000".Length)];

    private static void Show(Terminal terminal, RunSummary[] runs, SortedDictionary<string, string>[] settings, string[] differing)
    {
        // Names are long; columns are headed by numbers, which stand beside the names here.
        foreach (RunSummary run in runs) terminal.Print($"{Head(run)}: {run.Name}");
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("").NoWrap());
        foreach (RunSummary run in runs) table.AddColumn(new TableColumn(Head(run)));
        foreach (string key in differing) table.AddRow([Tables.Cell(key), .. settings.Select(s => Tables.Cell(s.GetValueOrDefault(key, "-")))]);
        if (differing.Length == 0) table.AddRow(["[dim]same settings[/]", .. runs.Select(_ => "")]);
        table.AddEmptyRow();

        ScoreKind? common = RunsCommand.Common(runs);
        double best = common is null ? double.NaN : runs.Max(r => r.ValScore) ?? double.NaN;
        Row("state", RunsCommand.StateCell);
        Row("epochs", RunsCommand.Epochs);
        Row(common?.Title ?? "score", run => RunsCommand.Score(run, isNamed: common is null) is var score && run.ValScore == best ? $"[green]{score}[/]" : score);
        Row("loss", run => RunsCommand.Number(run.ValLoss));
        Row("time", run => Durations.Text(TimeSpan.FromSeconds(run.Seconds)));
        terminal.Show(table);

        void Row(string name, Func<RunSummary, string> cell) => table.AddRow([name, .. runs.Select(cell)]);
    }
}
