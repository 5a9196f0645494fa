using Microsoft.Data.Sqlite;

namespace Graft.Runs.Tests;

public class RunStoreTests
{
    private static RunSummary Run(string name) => new()
    {
        Name = name,
        Created = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        State = RunState.Finished,
        Command = "graft train x",
        Data = "x",
        Trunk = "t",
        Mode = "m",
    };

    [Fact]
    public void ManyThreadsWriteAtOnce()
    {
        using TemporaryFolder root = new();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            for (int i = 0; i < 5; i++)
                RunStore.Open(root.Path).Save(Run($"run-{worker}-{i}"), [new EpochMetrics { Epoch = 1, Step = 10 * worker, ValTop1 = i }]);
        });
        IReadOnlyList<RunSummary> runs = RunStore.Open(root.Path).List();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"run-{i / 5}-{i % 5}"), runs.Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, 20).Reverse().Select(i => (long)i), runs.Select(r => r.Id));
        Assert.All(runs, r => Assert.Equal(r.Name, $"run-{RunStore.Open(root.Path).Epochs(r.Id).Single().Step / 10}-{RunStore.Open(root.Path).Epochs(r.Id).Single().ValTop1}"));
    }

    [Fact]
    public void SavingAgainReplacesWhatWasKnownAndKeepsTheNumber()
    {
        using TemporaryFolder root = new();
        RunStore store = RunStore.Open(root.Path);
        long id = store.Save(Run("a"), [new EpochMetrics { Epoch = 1, Step = 1 }, new EpochMetrics { Epoch = 2, Step = 2, ValLoss = double.NaN }]);
        store.Save(Run("a"), []);
        Assert.Equal(id + 1, store.Save(Run("b"), []));
        Assert.Equal(id, store.Save(Run("a") with { State = RunState.Interrupted, ValTop1 = 0.5 }, [new EpochMetrics { Epoch = 1, Step = 1 }]));
        RunSummary run = store.Find("a");
        Assert.Equal((RunState.Interrupted, 0.5, true), (run.State, run.ValTop1, run.FolderMissing));
        Assert.Single(store.Epochs(id));
    }

    [Fact]
    public void ARunWhoseProcessIsGoneIsDead()
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root["a"]);
        RunStore store = RunStore.Open(root.Path);
        store.Save(Run("a") with { State = RunState.Running }, []);
        Assert.Equal(RunState.Dead, store.Find("a").State);
        using (RunLock.TryTake(root["a"])) Assert.Equal(RunState.Running, store.Find("a").State);
        Assert.Equal(RunState.Dead, store.Find("a").State);
    }

    [Fact]
    public void RemovingDeletesTheFolderAndTheRowAndNothingElse()
    {
        using TemporaryFolder root = new();
        RunStore store = RunStore.Open(root.Path);
        store.Save(Run("gone"), [new EpochMetrics { Epoch = 1, Step = 1 }]);
        store.Save(Run("other"), []);
        Directory.CreateDirectory(root["gone", "deep"]);
        Directory.CreateDirectory(root["other"]);
        RunSummary gone = store.Find("gone");
        Assert.Equal($"'{root["gone"]}' is not the folder of a run: it has no config.json. Look what is in it and delete it yourself, then remove the run again.", Assert.Throws<RunException>(() => store.Remove(gone)).Message);
        File.WriteAllText(root["gone", "config.json"], "");
        using (RunLock.TryTake(root["gone"]))
            Assert.Equal("The run 'gone' is going: it cannot be removed. Stop it first.", Assert.Throws<RunException>(() => store.Remove(gone)).Message);
        store.Remove(gone);
        Assert.False(Directory.Exists(root["gone"]));
        Assert.True(Directory.Exists(root["other"]));
        Assert.Equal("other", store.List().Single().Name);
        Assert.Empty(store.Epochs(gone.Id));
    }

    [Fact]
    public void AFileThatIsNoDatabaseIsSaidAndStopsNoTraining()
    {
        using TemporaryFolder root = new();
        File.WriteAllText(root["runs.db"], new string('x', 5000));
        string expected = $"'{root["runs.db"]}' is not a whole SQLite database. Move it away: Graft makes a new one, and the runs' folders keep their configuration, log and model.";
        RunStore broken = RunStore.Open(root.Path);
        Assert.Empty(broken.List());
        Assert.Equal([expected], broken.Problems);

        Messages warnings = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root, warnings));
        TestRuns.Train(run, 1);
        Assert.Equal([expected + " The run goes on without it."], warnings.All);

        // It is listed all the same, by its folder, but nobody can know its number.
        RunSummary going = broken.Find("last");
        Assert.Equal((0, RunState.Running, 1), (going.Id, going.State, going.EpochsDone));
        Assert.Equal([1], broken.Epochs(going).Select(e => e.Epoch));
        Assert.Equal($"The number of a run cannot be looked up. {expected} Until then name the run by the beginning of its name.", Assert.Throws<RunException>(() => broken.Find("1")).Message);

        // Once it has been moved away, the end of the run brings a new one up to date.
        File.Delete(root["runs.db"]);
        TestRuns.Train(run, 2);
        run.Finish(new RunResult { ValTop1 = 0.9 });
        RunSummary summary = RunStore.Open(root.Path).List().Single();
        Assert.Equal((RunState.Finished, 0.9, 2), (summary.State, summary.ValTop1, summary.EpochsDone));
        Assert.Equal([1, 2], RunStore.Open(root.Path).Epochs(summary.Id).Select(e => e.Epoch));
        Assert.Single(warnings.All);
    }

    [Fact]
    public void AnotherProgramsDatabaseIsNotTouched()
    {
        using TemporaryFolder root = new();
        Execute(root, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        byte[] before = File.ReadAllBytes(root["runs.db"]);
        string expected = $"'{root["runs.db"]}' is another program's database: it has none of Graft's marks. Move it away, or use another folder for the runs.";
        Assert.Equal(expected, Assert.Throws<RunException>(() => RunStore.Open(root.Path).Save(Run("a"), [])).Message);
        Assert.Equal(before, File.ReadAllBytes(root["runs.db"]));
        Execute(root, "PRAGMA application_id = 7");
        Assert.Equal([expected], Problems(root));
    }

    [Fact]
    public void ANewerDatabaseIsNotTouched()
    {
        using TemporaryFolder root = new();
        RunStore.Open(root.Path).Save(Run("a"), []);
        Execute(root, "PRAGMA user_version = 2");
        Assert.Equal([$"'{root["runs.db"]}' was written by a newer Graft: its layout is 2, and this one reads 1. Use that Graft, or another folder for the runs."], Problems(root));
    }

    [Theory]
    [InlineData("UPDATE runs SET name = '../up'", "'../up' is not the name of a run: a run's name is that of one folder. Name a run that 'graft runs' lists.")]
    [InlineData("UPDATE runs SET state = 'asleep'", "'{0}' holds values that Graft did not write: Requested value 'asleep' was not found. Move it away: Graft makes a new one, and the runs' folders keep their configuration, log and model.")]
    [InlineData("UPDATE runs SET seed = '-1'", "'{0}' holds values that Graft did not write: The input string '-1' was not in a correct format. Move it away: Graft makes a new one, and the runs' folders keep their configuration, log and model.")]
    [InlineData("DROP TABLE epochs; DROP TABLE runs", "The database of runs '{0}' cannot be used: SQLite Error 1: 'no such table: runs'. See that its folder is there, has room and can be written to.")]
    public void ADatabaseThatSomeoneChangedIsSaid(string change, string expected)
    {
        using TemporaryFolder root = new();
        RunStore.Open(root.Path).Save(Run("a"), []);
        Execute(root, change);
        Assert.Equal([string.Format(expected, root["runs.db"])], Problems(root));
    }

    [Fact]
    public void ADatabaseThatStaysLockedStopsNoTraining()
    {
        using TemporaryFolder root = new();
        Messages warnings = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root, warnings));
        using (SqliteConnection other = Open(root))
        {
            using SqliteTransaction transaction = other.BeginTransaction();

            // Readers go on in the meantime.
            Assert.Equal(RunState.Running, RunStore.Open(root.Path).List().Single().State);
            TestRuns.Train(run, 1);
            Assert.Equal([$"The database of runs '{root["runs.db"]}' is locked: another program has kept it for more than 5 s. Close that program and try again. The run goes on without it."], warnings.All);
            TestRuns.Train(run, 2);
        }

        run.Finish(new RunResult());
        Assert.Equal(2, RunStore.Open(root.Path).List().Single().EpochsDone);
        Assert.Single(warnings.All);
    }

    [Fact]
    public void TheDatabaseIsMadeAgainFromTheFolders()
    {
        using TemporaryFolder root = new();
        Three(root);
        IReadOnlyList<RunSummary> before = RunStore.Open(root.Path).List();
        Assert.Equal([(3, "flags", RunState.Failed), (2, "flowers", RunState.Interrupted), (1, "rocks", RunState.Finished)], before.Select(r => ((int)r.Id, r.Data, r.State)));
        Assert.Equal(("no disk", 0.75, 2, 0.0), (before[0].Message, before[0].ValTop1, before[0].EpochsDone, before[0].Seconds));
        File.Delete(root["runs.db"]);
        Assert.Equal(before, RunStore.OpenExisting(root.Path)!.List());
        Assert.True(File.Exists(root["runs.db"]));
        Assert.Equal([1, 2], RunStore.Open(root.Path).Epochs(2).Select(e => e.Epoch));
    }

    [Fact]
    public void ARunThatEndedWhileTheDatabaseWasLockedIsListed()
    {
        using TemporaryFolder root = new();
        Three(root);
        using RunRecorder run = RunRecorder.Start(TestRuns.Config("late"), TestRuns.Options(root));
        using (SqliteConnection other = Open(root))
        {
            using SqliteCommand alone = other.CreateCommand();
            alone.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
            alone.ExecuteNonQuery();
            TestRuns.Train(run, 1);
            run.Finish(new RunResult { ValTop1 = 0.9, Model = "/m.graft" });
            run.Dispose();
            RunSummary listed = RunStore.Open(root.Path).List().Single(r => r.Data == "late");
            Assert.Equal((RunState.Finished, 0.9, "/m.graft", 1), (listed.State, listed.ValTop1, listed.Model, listed.EpochsDone));
        }

        // Now the database learns of it.
        Assert.Equal((4, RunState.Finished), (RunStore.Open(root.Path).Find("4").Id, RunStore.Open(root.Path).Find("4").State));
        using SqliteConnection index = Open(root);
        using SqliteCommand command = index.CreateCommand();
        command.CommandText = "SELECT state FROM runs WHERE data = 'late'";
        Assert.Equal("finished", command.ExecuteScalar());
    }

    [Fact]
    public void ListingWhereNothingMayBeWrittenLeavesEverythingAsItIs()
    {
        using TemporaryFolder root = new();
        Three(root);

        // A folder at the place of the database's notes stands for a file system that takes none: the rights of files do not bind every user.
        Directory.CreateDirectory(root["runs.db-shm"]);
        byte[] before = File.ReadAllBytes(root["runs.db"]);
        RunStore store = RunStore.Open(root.Path);
        Assert.Equal([3, 2, 1], store.List().Select(r => (int)r.Id));
        Assert.Empty(store.Problems);

        // A run that the database has not heard of has no number, and everything else.
        RunFolder.Open(root.Path, store.Find("2").Name).WriteStatus(new RunStatus { State = RunState.Finished, EpochsDone = 7 });
        using (RunRecorder run = RunRecorder.Start(TestRuns.Config("new"), TestRuns.Options(root))) run.Finish(new RunResult());
        Assert.Equal([("new", 0), ("flags", 3), ("flowers", 2), ("rocks", 1)], store.List().Select(r => (r.Data, (int)r.Id)).OrderBy(r => r.Item2 == 0 ? 0 : 4 - r.Item2));
        Assert.Equal((RunState.Finished, 7), (store.Find("2").State, store.Find("2").EpochsDone));
        Assert.Equal(before, File.ReadAllBytes(root["runs.db"]));
    }

    [Fact]
    public void ARunOfAnOlderGraftIsWhatItsRowSaysAndWithoutOneWhatItsFolderHolds()
    {
        using TemporaryFolder root = new();
        Three(root);
        foreach (string status in Directory.GetFiles(root.Path, "state.json", SearchOption.AllDirectories)) File.Delete(status);
        RunStore store = RunStore.Open(root.Path);
        Assert.Equal([RunState.Failed, RunState.Interrupted, RunState.Finished], store.List().Select(r => r.State));
        File.Delete(root["runs.db"]);
        File.WriteAllText(root[store.Find("last").Name, "model.graft"], "");
        Assert.Equal([RunState.Finished, RunState.Dead, RunState.Dead], store.List().Select(r => r.State));
        Assert.Equal([2, 2, 2], store.List().Select(r => r.EpochsDone));
    }

    private static string[] Problems(TemporaryFolder root)
    {
        RunStore store = RunStore.Open(root.Path);
        store.List();
        return [.. store.Problems];
    }

    /// <summary>A finished, an interrupted and a failed run, a minute apart.</summary>
    private static void Three(TemporaryFolder root)
    {
        TestClock clock = new();
        foreach (string data in (string[])["rocks", "flowers", "flags"])
        {
            using RunRecorder run = RunRecorder.Start(TestRuns.Config(data), new RunRecorderOptions { Root = root.Path, Time = clock });
            TestRuns.Train(run, 1);
            TestRuns.Train(run, 2);
            if (data == "rocks") run.Finish(new RunResult { Model = "/rocks.graft" });
            else if (data == "flowers") run.Interrupt();
            else run.Fail("no disk");
            clock.Now += TimeSpan.FromMinutes(1);
        }
    }

    private static SqliteConnection Open(TemporaryFolder root)
    {
        SqliteConnection connection = new($"Data Source={root["runs.db"]};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(TemporaryFolder root, string text)
    {
        using SqliteConnection connection = Open(root);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
