using System.Collections.Immutable;
using System.Text.Json;
using Graft.Cli.Commands;
using Graft.Cli.Output;
using Graft.Runs;
using Spectre.Console.Testing;

namespace Graft.Cli.Tests.Commands;

/// <summary>The commands that show recorded trainings.</summary>
public sealed class RunsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("graft-tool-runs-").FullName;
    private readonly string[] names = new string[3];

    public RunsTests()
    {
        names[0] = Record("/images/flowers", "builtin", epochs: 3, run => run.Finish(new RunResult { Model = "flowers.graft" }), ("batch", "32"), ("optimizer", "adamw"));
        names[1] = Record("/images/\e[31mrocks", "mobilenetv2_100", epochs: 2, run => run.Fail("The loss is not a number."), ("batch", "16"), ("optimizer", "adamw"));
        names[2] = Record("/images/gone", "builtin", epochs: 1, run => run.Interrupt());
        Directory.Delete(Path.Combine(root, names[2]), recursive: true);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task ListGivesALineOfJsonForEachRunNewestFirst()
    {
        Outcome run = await Tool.Run("runs", "--runs", root, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(names.Reverse(), lines.Select(l => l.GetProperty("name").GetString()!));
        Assert.Equal(["interrupted", "failed", "finished"], lines.Select(l => l.GetProperty("state").GetString()));
        Assert.Equal([true, false, false], lines.Select(l => l.GetProperty("folder_missing").GetBoolean()));
        Assert.Equal([0.5, 0.75, 0.875], lines.Select(l => l.GetProperty("val_score").GetDouble()));
        Assert.All(lines, line => Assert.Equal("top1", line.GetProperty("score_name").GetString()));
        Assert.Equal([1, 2, 3], lines.Select(l => l.GetProperty("epochs_done").GetInt32()));
        Assert.Equal(Path.Combine(root, names[0]), lines[2].GetProperty("folder").GetString());
        Assert.Equal("flowers.graft", lines[2].GetProperty("model").GetString());
        Assert.Equal("The loss is not a number.", lines[1].GetProperty("message").GetString());
    }

    [Fact]
    public async Task ListShowsPeopleATableOnStandardOutput()
    {
        Outcome run = await Tool.Run("runs", "--runs", root);
        Assert.Equal(0, run.ExitCode);
        Assert.All(names, name => Assert.Contains(name, run.Output));
        Assert.Equal("Deleted or moved: the folder of run 3.\n'graft runs show RUN' shows one of them, 'graft runs compare RUN RUN' where they differ.\n", run.Error);
        Assert.DoesNotContain("\e", run.Output);
    }

    [Fact]
    public async Task ScoresOfSeveralTasksAreNamedAndEpochsThatAreNoMatterAreADash()
    {
        Record("/lists/tags", "builtin", epochs: 0, run => run.Finish(new RunResult { ValScore = 0.801 }), "map");
        Record("/lists/prices", "builtin", epochs: 0, run => run.Finish(new RunResult { ValScore = -0.25 }), "r2");
        string[] lines = (await Tool.Run("runs", "--runs", root)).Output.Split('\n');
        Assert.Contains(lines, line => line.Contains("score") && !line.Contains("top-1"));
        Assert.Matches(@" - +mAP 80\.1 %", lines.Single(line => line.EndsWith('s') && line.Contains("-tags")));
        Assert.Matches(@" - +R2 -0\.250", lines.Single(line => line.Contains("-prices")));
        Assert.Matches(@"3/8 +top-1 87\.5 %", lines.Single(line => line.Contains(names[0])));
        Outcome show = await Tool.Run("runs", "show", "4", "--runs", root);
        Assert.Contains("mean average precision  80.1 % on held-out images", show.Output);
        Assert.DoesNotContain("epochs ", show.Output);
        Outcome compare = await Tool.Run("runs", "compare", "4", "5", "--runs", root);
        Assert.Matches(@"score +mAP 80\.1 % +R2 -0\.250", compare.Output);
    }

    [Fact]
    public async Task TablesFitEightyColumns()
    {
        foreach (string[] arguments in new string[][] { ["runs"], ["runs", "show", "1"], ["runs", "compare", "1", "2", "3"] })
        {
            using TestConsole people = new();
            people.Profile.Width = 80;
            people.Profile.Out = new EightyColumns(people.Profile.Out);
            Assert.Equal(0, await CommandLineTool.RunAsync([.. arguments, "--runs", root], new Terminal(people, new TestConsole(), TimeProvider.System), TestContext.Current.CancellationToken));
            Assert.True(people.Lines.Count > 5);
            Assert.All(people.Lines, line => Assert.True(line.Length <= 80, line));
            if (arguments.Length == 1) Assert.Single(people.Lines, line => line.Contains(names[0]) && line.Contains("finished") && line.Contains("3/8") && line.Contains("87.5 %"));
        }
    }

    [Fact]
    public async Task ShowGivesSettingsAndEpochs()
    {
        Outcome run = await Tool.Run("runs", "show", names[0], "--runs", root, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("adamw", run.Json.GetProperty("settings").GetProperty("optimizer").GetString());
        Assert.Equal("finished", run.Json.GetProperty("run").GetProperty("state").GetString());
        Assert.Equal([1.0, 0.5, 0.25], run.Json.GetProperty("epochs").EnumerateArray().Select(e => e.GetProperty("val_loss").GetDouble()));

        Outcome people = await Tool.Run("runs", "show", "1", "--runs", root);
        Assert.Equal((0, ""), (people.ExitCode, people.Error));
        foreach (string expected in new[] { names[0], "optimizer  adamw", "87.5 % on held-out images", "1.00 ", "0.25 ", "flowers.graft", Path.Combine(root, names[0]) }) Assert.Contains(expected, people.Output);
    }

    [Fact]
    public async Task ARunWithoutItsFolderIsStillShown()
    {
        Outcome run = await Tool.Run("runs", "show", "last", "--runs", root);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"The folder of the run '{names[2]}' is gone: there is no '{Path.Combine(root, names[2])}'. Put it back, or remove the run with 'graft runs remove'.", run.Error);
    }

    [Fact]
    public async Task CompareGivesTheSettingsThatDiffer()
    {
        Outcome run = await Tool.Run("runs", "compare", "1", "2", "--runs", root, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("differing"))];
        Assert.Equal(["batch", "images", "trunk"], lines[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(["32", "16"], lines.Select(l => l.GetProperty("batch").GetString()));

        Outcome same = await Tool.Run("runs", "compare", "1", names[0], "--runs", root);
        Assert.Equal((2, $"error: 'graft runs compare' takes two different runs; all of these are run 1, '{names[0]}'.\n"), (same.ExitCode, same.Error));
        Assert.Equal(2, (await Tool.Run("runs", "compare", "1", "--runs", root)).ExitCode);
    }

    [Fact]
    public async Task RemoveDeletesOnlyWhenItIsConfirmed()
    {
        string folder = Path.Combine(root, names[0]);
        Outcome asked = await Tool.Run("runs", "remove", "1", "--runs", root);
        Assert.Equal((2, $"error: This would delete run 1, '{names[0]}', with everything in '{folder}'. Add --yes to delete it.\n"), (asked.ExitCode, asked.Error));
        Assert.True(Directory.Exists(folder));
        Outcome done = await Tool.Run("runs", "remove", "1", "--yes", "--runs", root);
        Assert.Equal((0, $"Deleted run 1, '{names[0]}'.\n"), (done.ExitCode, done.Error));
        Assert.False(Directory.Exists(folder));
        Assert.Equal((0, $"Deleted run 3, '{names[2]}'.\n"), await Tool.Run("runs", "remove", "3", "--yes", "--runs", root) is var gone ? (gone.ExitCode, gone.Error) : default);
        Assert.Single((await Tool.Run("runs", "--runs", root, "--json")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task WhereThereAreNoRunsThisIsSaid()
    {
        string empty = Path.Combine(root, "empty");
        Outcome list = await Tool.Run("runs", "--runs", empty);
        Assert.Equal((0, "", $"There are no runs in '{empty}' yet. 'graft train' makes one; --runs names another folder.\n"), (list.ExitCode, list.Output, list.Error));
        Outcome show = await Tool.Run("runs", "show", "last", "--runs", empty);
        Assert.Equal((3, $"error: There are no runs in '{empty}'. Start one with 'graft train', or name the folder of the runs with --runs.\n"), (show.ExitCode, show.Error));
        Assert.False(Directory.Exists(empty));

    }

    [Fact]
    public async Task ABrokenDatabaseHidesNoRun()
    {
        string database = Path.Combine(root, "runs.db");
        File.WriteAllText(database, new string('x', 5000));
        string problem = $"'{database}' is not a whole SQLite database. Move it away: Graft makes a new one, and the runs' folders keep their configuration, log and model.";
        Outcome list = await Tool.Run("runs", "--runs", root, "--json");
        Assert.Equal((0, $"{problem} The runs are listed from their folders.\n"), (list.ExitCode, list.Error));
        JsonElement[] runs = [.. list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(names.Where(name => Directory.Exists(Path.Combine(root, name))).Order(), runs.Select(run => run.GetProperty("name").GetString()!).Order());
        Assert.NotEmpty(runs);
        Assert.All(runs, run => Assert.Equal(JsonValueKind.Null, run.GetProperty("id").ValueKind));
        Outcome show = await Tool.Run("runs", "show", names[0], "--runs", root);
        Assert.Equal(0, show.ExitCode);
        Assert.Contains(names[0], show.Output);
        Outcome number = await Tool.Run("runs", "remove", "1", "--yes", "--runs", root);
        Assert.Equal((3, $"error: The number of a run cannot be looked up. {problem} Until then name the run by the beginning of its name.\n"), (number.ExitCode, number.Error));
    }

    [Fact]
    public void AChartPutsTheFirstAndTheLastEpochAtItsEnds()
    {
        using TestConsole console = new();
        console.Profile.Width = 40;
        console.Write(new TextChart("loss", [("training", [4, null, 1, double.NaN, 0])], value => $"{value:0}", unicode: true));
        Assert.Equal(
            [
                "loss  ○ training  ",
                "4 │○                   ",
                "  │                    ",
                "  │                    ",
                "  │                    ",
                "  │                    ",
                "  │         ○          ",
                "  │                    ",
                "0 │                   ○",
                "  └────────────────────",
                "   1                  5 epochs",
            ],
            console.Output.TrimEnd('\n').Split('\n'));
    }

    private string Record(string data, string trunk, int epochs, Action<RunRecorder> end, params (string Name, string Value)[] settings) => Record(data, trunk, epochs, end, "top1", settings);

    private string Record(string data, string trunk, int epochs, Action<RunRecorder> end, string score, params (string Name, string Value)[] settings)
    {
        RunConfig config = new()
        {
            Command = $"graft train {data}",
            Data = data,
            Trunk = trunk,
            Mode = "finetune",
            Classes = 5,
            Images = 100,
            Epochs = epochs == 0 ? 0 : 8,
            ScoreName = score,
            Settings = settings.ToImmutableSortedDictionary(s => s.Name, s => s.Value),
        };
        using RunRecorder run = RunRecorder.Start(config, new RunRecorderOptions { Root = root });
        for (int i = 1; i <= epochs; i++) run.Epoch(new EpochMetrics { Epoch = i, Step = i, TrainLoss = 0.5, ValLoss = Math.Pow(2, 1 - i), ValScore = 1 - Math.Pow(2, -i), Rate = 0.1, Seconds = 1 });
        end(run);
        return run.Folder.Name;
    }

    /// <summary>A terminal of eighty columns.</summary>
    private sealed class EightyColumns(Spectre.Console.IAnsiConsoleOutput inner) : Spectre.Console.IAnsiConsoleOutput
    {
        public TextWriter Writer => inner.Writer;

        public bool IsTerminal => true;

        public int Width => 80;

        public int Height => 50;

        public void SetEncoding(System.Text.Encoding encoding) => inner.SetEncoding(encoding);
    }
}
