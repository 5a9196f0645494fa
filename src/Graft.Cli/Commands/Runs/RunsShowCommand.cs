using System.CommandLine;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Reports;
using Graft.Runs;
using Spectre.Console;

namespace Graft.Cli.Commands.Runs;

/// <summary><c>graft runs show</c>: one run.</summary>
internal static class RunsShowCommand
{
    private const int MostRows = 20;

    public static Command Create(Terminal terminal, Option<string> root, Option<bool> json)
    {
        Argument<string> run = RunsCommand.RunArgument();
        Option<string?> plot = new("--plot") { Description = "An .svg file to draw the losses over the epochs into." };
        Command command = new("show", "Shows a run: what it was asked to do, its epochs, its result, and where its files are.") { run, plot };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(root), parsed.GetRequiredValue(run), parsed.GetValue(plot), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string root, string name, string? plot, bool json)
    {
        RunStore store = RunsCommand.Store(root);
        RunSummary run = store.Find(name);
        RunsCommand.WarnOf(store, terminal);
        IReadOnlyList<EpochMetrics> epochs = store.Epochs(run);
        if (plot is not null) Plot(run, epochs, plot);

        // A run whose files are gone or damaged is still shown, as far as the database knows it.
        RunConfig? config = null;
        string? problem = null;
        try
        {
            config = RunFolder.Open(root, run.Name).ReadConfig();
        }
        catch (RunException e)
        {
            problem = e.Message;
        }

        if (json) terminal.WriteJson(new { Run = RunsCommand.Report(run, root), Settings = config?.Settings, config?.Arguments, config?.WorkingFolder, config?.Version, Problem = problem, Epochs = epochs.Select(Report) });
        else Show(terminal, root, run, config, problem, epochs);
        return ExitCode.Done;
    }

    private static void Plot(RunSummary run, IReadOnlyList<EpochMetrics> epochs, string file)
    {
        OutputFile.RequireWritable(file);
        CurvePlot plot = new($"Loss of {run.Name}", "epoch", [Curve("learned from", e => e.TrainLoss), Curve("held out", e => e.ValLoss)])
        {
            IsLogarithmic = epochs.SelectMany(e => new[] { e.TrainLoss, e.ValLoss }).All(value => value is null or (> 0 and < double.PositiveInfinity)),
            Marks = [.. epochs.Zip(epochs.Skip(1)).Where(pair => pair.First.Phase != pair.Second.Phase).Select(pair => ((double)pair.First.Epoch, pair.Second.Phase ?? ""))],
        };
        AtomicFile.Write(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(plot.ToSvg())));

        Curve Curve(string name, Func<EpochMetrics, double?> value) => new(name, [.. epochs.Where(e => value(e) is not null).Select(e => ((double)e.Epoch, value(e)!.Value))]);
    }

    private static object Report(EpochMetrics epoch) => new { epoch.Epoch, epoch.Step, epoch.Phase, epoch.TrainLoss, epoch.TrainTop1, epoch.ValLoss, epoch.ValTop1, epoch.Rate, epoch.Seconds };

    private static void Show(Terminal terminal, string root, RunSummary run, RunConfig? config, string? problem, IReadOnlyList<EpochMetrics> epochs)
    {
        Facts facts = new();
        facts.Add("run", RunsCommand.Id(run));
        facts.Add("name", run.Name);
        facts.Add("state", RunsCommand.State(run) + (run.State is RunState.Dead ? ": its process is gone without a word" : ""));
        facts.Add("message", run.Message);
        facts.Add("began", RunsCommand.When(run.Created));
        facts.Add("took", Durations.Text(TimeSpan.FromSeconds(run.Seconds)));
        facts.Add("command", run.Command);
        facts.Add("images", $"{run.Data} ({run.Images:N0} of {Amount.Of(run.Classes, "class")})");
        facts.Add("judged by", config?.Validation);
        facts.Add("trunk", run.Trunk);
        facts.Add("mode", run.Mode);
        facts.Add("seed", $"{run.Seed}");
        if (config is not null)
        {
            foreach ((string name, string value) in config.Settings) facts.Add(name, value);
        }

        facts.Show(terminal);
        if (problem is not null) terminal.Warn(problem);
        ShowEpochs(terminal, epochs);

        Facts result = new();
        result.Add("epochs", $"{run.EpochsDone} of {run.EpochsPlanned}");
        if (run.ValTop1 is not null) result.Add("top-1", $"{RunsCommand.Percent(run.ValTop1)} on held-out images");
        if (run.ValLoss is not null) result.Add("loss", $"{RunsCommand.Number(run.ValLoss)} on held-out images");
        result.Add("model", run.Model);
        if (!run.FolderMissing)
        {
            string folder = Path.Combine(Path.GetFullPath(root), run.Name), report = Path.Combine(folder, "report.html");
            result.Add("folder", folder);
            if (File.Exists(report)) result.Add("report", report);
        }

        result.Show(terminal);
    }

    private static void ShowEpochs(Terminal terminal, IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0) return;
        bool hasPhases = epochs.Any(e => e.Phase is not null);
        Table table = new Table().Border(TableBorder.Simple).AddColumn(Tables.Number("epoch"));
        if (hasPhases) table.AddColumn("phase");
        table.AddColumns(Tables.Number("train loss"), Tables.Number("loss"), Tables.Number("top-1"), Tables.Number("rate"), Tables.Number("time"));

        // Of a long training every so many epochs, and always the last.
        int stride = (epochs.Count + MostRows - 1) / MostRows;
        for (int i = 0; i < epochs.Count; i++)
        {
            if ((epochs.Count - 1 - i) % stride != 0) continue;
            EpochMetrics epoch = epochs[i];
            List<string> cells = [$"{epoch.Epoch}"];
            if (hasPhases) cells.Add(Tables.Cell(epoch.Phase ?? ""));
            cells.AddRange([
                RunsCommand.Number(epoch.TrainLoss), RunsCommand.Number(epoch.ValLoss), RunsCommand.Percent(epoch.ValTop1),
                epoch.Rate?.ToString("0.0e+0", CultureInfo.InvariantCulture) ?? "-", epoch.Seconds is { } seconds ? Durations.Text(TimeSpan.FromSeconds(seconds)) : "-"]);
            table.AddRow([.. cells]);
        }

        terminal.Show(table);
        if (epochs.Count < 2) return;
        bool unicode = terminal.HasUnicode;
        TextChart loss = new("loss", [("training", [.. epochs.Select(e => e.TrainLoss)]), ("held out", [.. epochs.Select(e => e.ValLoss)])], value => value.ToString("0.00", CultureInfo.InvariantCulture), unicode);
        TextChart top1 = new("top-1", [("training", [.. epochs.Select(e => e.TrainTop1)]), ("held out", [.. epochs.Select(e => e.ValTop1)])], value => $"{100 * value:0} %", unicode);
        foreach (TextChart chart in new[] { loss, top1 })
        {
            if (!chart.IsEmpty) terminal.Show(chart);
        }
    }
}
