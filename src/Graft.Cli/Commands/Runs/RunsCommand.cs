using System.CommandLine;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Vision.Tasks;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Commands.Runs;

/// <summary><c>graft runs</c>: the trainings that were recorded.</summary>
internal static class RunsCommand
{
    private const int WideTerminal = 140;

    public static Command Create(Terminal terminal)
    {
        Option<string> root = Arguments.Runs("The folder that holds the runs.");
        root.Recursive = true;
        Option<bool> json = Arguments.Json();
        json.Recursive = true;
        Command command = new("runs", "Lists the trainings that were recorded, newest first.")
        {
            root, json, RunsShowCommand.Create(terminal, root, json), RunsCompareCommand.Create(terminal, root, json), RunsRemoveCommand.Create(terminal, root, json),
        };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(root), parsed.GetValue(json)));
        return command;
    }

    /// <summary>An argument that names a run.</summary>
    public static Argument<string> RunArgument() => new("run") { Description = "The run's number, the beginning of its name, or 'last'." };

    /// <summary>A run's number, or a dash where it has none.</summary>
    public static string Id(RunSummary run) => run.Id > 0 ? run.Id.ToString(CultureInfo.InvariantCulture) : "-";

    /// <summary>A run in a sentence.</summary>
    public static string Title(RunSummary run) => run.Id > 0 ? $"run {run.Id}, '{run.Name}'" : $"the run '{run.Name}'";

    /// <summary>Says what stood in the way of a listing.</summary>
    public static void WarnOf(RunStore store, Terminal terminal)
    {
        foreach (string problem in store.Problems) terminal.Warn($"{problem} The runs are listed from their folders.");
    }

    /// <summary>The runs of a folder.</summary>
    /// <exception cref="RunException">There is none.</exception>
    public static RunStore Store(string root) => RunStore.OpenExisting(root)
        ?? throw new RunException($"There are no runs in '{Path.GetFullPath(root)}'. Start one with 'graft train', or name the folder of the runs with --runs.");

    /// <summary>How a run stands, in a word.</summary>
    public static string State(RunSummary run) => run.State.ToString().ToLowerInvariant();

    /// <summary>How a run stands, coloured.</summary>
    public static string StateCell(RunSummary run)
    {
        string colour = run.State switch
        {
            RunState.Running => "blue",
            RunState.Finished => "green",
            RunState.Interrupted => "yellow",
            _ => "red",
        };
        return $"[{colour}]{State(run)}[/]";
    }

    /// <summary>When a run began, as people read it.</summary>
    public static string When(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The score that some runs have in common; null where they have several.</summary>
    public static ScoreKind? Common(IEnumerable<RunSummary> runs) =>
        runs.Where(run => run.ValScore is not null).Select(run => run.ScoreName).Distinct().ToArray() is [.. var names] && names.Length < 2 ? names.Select(ScoreKind.Of).FirstOrDefault(ScoreKind.Top1) : null;

    /// <summary>A run's score, or a dash; with what it is, unless that stands above it.</summary>
    public static string Score(RunSummary run, bool isNamed) => run.ValScore is not { } score ? "-" : ScoreKind.Of(run.ScoreName) is var kind && isNamed ? $"{kind.Short} {kind.Text(score)}" : kind.Text(score);

    /// <summary>A score, or a dash.</summary>
    public static string Score(ScoreKind kind, double? score) => score is { } value && double.IsFinite(value) ? kind.Text(value) : "-";

    /// <summary>How many epochs are done, or a dash where epochs are no matter of the training.</summary>
    public static string Epochs(RunSummary run) => run.EpochsPlanned > 0 ? $"{run.EpochsDone}/{run.EpochsPlanned}" : "-";

    /// <summary>A number with four digits behind the point, or a dash.</summary>
    public static string Number(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    /// <summary>A run as data for JSON.</summary>
    public static object Report(RunSummary run, string root) => new
    {
        Id = run.Id > 0 ? run.Id : (long?)null,
        run.Name,
        run.Created,
        State = State(run),
        run.FolderMissing,
        run.Command,
        run.Data,
        run.Classes,
        run.Images,
        run.Trunk,
        run.Mode,
        run.Seed,
        run.EpochsDone,
        run.EpochsPlanned,
        ScoreName = run.ValScore is null ? null : run.ScoreName,
        run.ValScore,
        run.ValLoss,
        run.Seconds,
        run.Model,
        run.Message,
        Folder = Path.Combine(Path.GetFullPath(root), run.Name),
    };

    private static int Run(Terminal terminal, string root, bool json)
    {
        RunStore? store = RunStore.OpenExisting(root);
        IReadOnlyList<RunSummary> runs = store?.List() ?? [];
        if (store is not null) WarnOf(store, terminal);
        if (json)
        {
            foreach (RunSummary run in runs) terminal.WriteJson(Report(run, root));
        }
        else if (runs.Count == 0)
        {
            terminal.Note($"There are no runs in '{Path.GetFullPath(root)}' yet. 'graft train' makes one; --runs names another folder.");
        }
        else
        {
            Show(terminal, runs);
        }

        return ExitCode.Done;
    }

    private static void Show(Terminal terminal, IReadOnlyList<RunSummary> runs)
    {
        bool isWide = terminal.Width >= WideTerminal;
        ScoreKind? common = Common(runs);
        Table table = new Table().Border(TableBorder.Simple).AddColumn(Tables.Number("run")).AddColumn("name");
        if (isWide) table.AddColumns("trunk", "mode").AddColumns(Tables.Number("images"), Tables.Number("classes"));
        table.AddColumn(new TableColumn("state").NoWrap()).AddColumns(Tables.Number("epochs"), Tables.Number(common?.Short ?? "score"));
        if (isWide) table.AddColumn(Tables.Number("loss"));
        table.AddColumn(Tables.Number("time"));
        foreach (RunSummary run in runs)
        {
            List<IRenderable> cells = [new Text(Id(run)), new Text(Printable.Text(run.Name))];
            if (isWide) cells.AddRange([new Text(Printable.Text(run.Trunk)), new Text(Printable.Text(run.Mode)), new Text($"{run.Images:N0}"), new Text($"{run.Classes:N0}")]);
            cells.AddRange([new Markup(StateCell(run)), new Text(Epochs(run)), new Text(Score(run, isNamed: common is null))]);
            if (isWide) cells.Add(new Text(Number(run.ValLoss)));
            cells.Add(new Text(Durations.Text(TimeSpan.FromSeconds(run.Seconds))));
            table.AddRow(cells);
        }

        terminal.Show(table);
        RunSummary[] missing = [.. runs.Where(r => r.FolderMissing)];
        if (missing.Length > 0) terminal.Warn($"Deleted or moved: the {Amount.Word(missing.Length, "folder of run", "folders of runs")} {string.Join(", ", missing.Select(r => r.Id))}.");
        terminal.Note("'graft runs show RUN' shows one of them, 'graft runs compare RUN RUN' where they differ.");
    }
}
