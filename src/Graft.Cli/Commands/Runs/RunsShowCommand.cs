using System.CommandLine;
using System.Globalization;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision.Tasks;
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
        Func<EpochMetrics, double?> learned = LearnedLoss(epochs);
        CurvePlot plot = new($"Loss of {run.Name}", "epoch", [Curve("learned from", learned), Curve("held out", e => e.ValLoss)])
        {
            IsLogarithmic = epochs.SelectMany(e => new[] { learned(e), e.ValLoss }).All(value => value is null or (> 0 and < double.PositiveInfinity)),
            Marks = [.. epochs.Zip(epochs.Skip(1)).Where(pair => pair.First.Phase != pair.Second.Phase).Select(pair => ((double)pair.First.Epoch, pair.Second.Phase ?? ""))],
        };
        AtomicFile.Write(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(plot.ToSvg())));

        Curve Curve(string name, Func<EpochMetrics, double?> value) => new(name, [.. epochs.Where(e => value(e) is not null).Select(e => ((double)e.Epoch, value(e)!.Value))]);
    }

    /// <summary>The loss on images that were learned from: judged as the held-out ones are, where a training did that.</summary>
    private static Func<EpochMetrics, double?> LearnedLoss(IReadOnlyList<EpochMetrics> epochs) => epochs.Any(e => e.LearnedLoss is not null) ? e => e.LearnedLoss : e => e.TrainLoss;

    private static object Report(EpochMetrics epoch) => new { epoch.Epoch, epoch.Step, epoch.Phase, epoch.TrainLoss, epoch.LearnedLoss, epoch.LearnedScore, epoch.ValLoss, epoch.ValScore, epoch.Rate, epoch.Seconds };

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
            foreach ((string name, string value) in RequestSettings.Grouped(config.Settings)) facts.Add(name, value);
        }

        facts.Show(terminal);
        if (problem is not null) terminal.Warn(problem);
        ShowEpochs(terminal, ScoreKind.Of(run.ScoreName), epochs);

        Facts result = new();
        if (run.EpochsPlanned > 0) result.Add("epochs", $"{run.EpochsDone} of {run.EpochsPlanned}");
        if (run.ValScore is not null) result.Add(ScoreKind.Of(run.ScoreName).Title, $"{RunsCommand.Score(run, isNamed: false)} on held-out images");
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

    private static void ShowEpochs(Terminal terminal, ScoreKind score, IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0) return;
        bool hasPhases = epochs.Any(e => e.Phase is not null);
        Func<EpochMetrics, double?> learned = LearnedLoss(epochs);
        Table table = new Table().Border(TableBorder.Simple).AddColumn(Tables.Number("epoch"));
        if (hasPhases) table.AddColumn("phase");
        table.AddColumns(Tables.Number("train loss"), Tables.Number("loss"), Tables.Number(score.Short), Tables.Number("rate"), Tables.Number("time"));

        // Of a long training every so many epochs, and always the last.
        int stride = (epochs.Count + MostRows - 1) / MostRows;
        for (int i = 0; i < epochs.Count; i++)
        {
            if ((epochs.Count - 1 - i) % stride != 0) continue;
            EpochMetrics epoch = epochs[i];
            List<string> cells = [$"{epoch.Epoch}"];
            if (hasPhases) cells.Add(Tables.Cell(epoch.Phase ?? ""));
            cells.AddRange([
                RunsCommand.Number(learned(epoch)), RunsCommand.Number(epoch.ValLoss), RunsCommand.Score(score, epoch.ValScore),
                epoch.Rate?.ToString("0.0e+0", CultureInfo.InvariantCulture) ?? "-", epoch.Seconds is { } seconds ? Durations.Text(TimeSpan.FromSeconds(seconds)) : "-"]);
            table.AddRow([.. cells]);
        }

        terminal.Show(table);
        if (epochs.Count < 2) return;
        bool unicode = terminal.HasUnicode;
        TextChart loss = new("loss", [("training", [.. epochs.Select(learned)]), ("held out", [.. epochs.Select(e => e.ValLoss)])], value => value.ToString("0.00", CultureInfo.InvariantCulture), unicode);
        TextChart scores = new(score.Title, [("training", [.. epochs.Select(e => e.LearnedScore)]), ("held out", [.. epochs.Select(e => e.ValScore)])], value => score.IsPart ? $"{100 * value:0} %" : $"{value:0.00}", unicode);
        foreach (TextChart chart in new[] { loss, scores })
        {
            if (!chart.IsEmpty) terminal.Show(chart);
        }
    }
}
