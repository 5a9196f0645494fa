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
        ScoreName = "top1",
    };

    [Fact]
    public void ManyThreadsWriteAtOnce()
    {
        using TemporaryFolder root = new();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            for (int i = 0; i < 5; i++)
                RunStore.Open(root.Path).Save(Run($"run-{worker}-{i}"), [new EpochMetrics { Epoch = 1, Step = 10 * worker, ValScore = i }]);
        });
        IReadOnlyList<RunSummary> runs = RunStore.Open(root.Path).List();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"run-{i / 5}-{i % 5}"), runs.Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, 20).Reverse().Select(i => (long)i), runs.Select(r => r.Id));
        Assert.All(runs, r => Assert.Equal(r.Name, $"run-{RunStore.Open(root.Path).Epochs(r.Id).Single().Step / 10}-{RunStore.Open(root.Path).Epochs(r.Id).Single().ValScore}"));
    }

    [Fact]
    public void SavingAgainReplacesWhatWasKnownAndKeepsTheNumber()
    {
        using TemporaryFolder root = new();
        RunStore store = RunStore.Open(root.Path);
        long id = store.Save(Run("a"), [new EpochMetrics { Epoch = 1, Step = 1 }, new EpochMetrics { Epoch = 2, Step = 2, ValLoss = double.NaN }]);
        store.Save(Run("a"), []);
        Assert.Equal(id + 1, store.Save(Run("b"), []));
        Assert.Equal(id, store.Save(Run("a") with { State = RunState.Interrupted, ValScore = 0.5 }, [new EpochMetrics { Epoch = 1, Step = 1 }]));
        RunSummary run = store.Find("a");
        Assert.Equal((RunState.Interrupted, 0.5, true), (run.State, run.ValScore, run.FolderMissing));
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
        run.Finish(new RunResult { ValScore = 0.9 });
        RunSummary summary = RunStore.Open(root.Path).List().Single();
        Assert.Equal((RunState.Finished, 0.9, 2), (summary.State, summary.ValScore, summary.EpochsDone));
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
        Execute(root, "PRAGMA user_version = 3");
        Assert.Equal([$"'{root["runs.db"]}' was written by a newer Graft: its layout is 3, and this one reads 2. Use that Graft, or another folder for the runs."], Problems(root));
    }

    [Fact]
    public void ADatabaseOfTheFirstLayoutIsReadAsItIsAndTakesTheSecondWhenItIsWritten()
    {
        using TemporaryFolder root = new();
        Execute(root, FirstLayout);
        RunStore store = RunStore.Open(root.Path);
        RunSummary[] before = [.. store.List()];
        Assert.Empty(store.Problems);
        Assert.Equal([("b", "top1", 0.75), ("a", "top1", null)], before.Select(run => (run.Name, run.ScoreName, run.ValScore)));
        Assert.Equal(new EpochMetrics { Epoch = 1, Step = 9, Phase = "top", TrainLoss = 0.5, ValLoss = 0.25, ValScore = 0.75, Rate = 0.125, Seconds = 3 }, store.Epochs(2).Single());
        Assert.Equal(1L, Layout());

        store.Save(Run("c") with { ScoreName = "r2", ValScore = -0.5 }, [new EpochMetrics { Epoch = 1, Step = 1, LearnedLoss = 2, LearnedScore = 0.5, ValScore = -0.5 }]);
        Assert.Equal(2L, Layout());
        Assert.Equal(before, store.List().Where(run => run.Name != "c"));
        Assert.Equal((3, "r2", -0.5), store.Find("c") is var last ? ((int)last.Id, last.ScoreName, last.ValScore) : default);
        Assert.Equal([(9L, 0.5, 0.75, null), (1L, null, -0.5, 0.5)], new long[] { 2, 3 }.Select(id => store.Epochs(id).Single()).Select(e => (e.Step, e.TrainLoss, e.ValScore!.Value, e.LearnedScore)));

        long Layout()
        {
            using SqliteConnection connection = Open(root);
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version";
            return (long)command.ExecuteScalar()!;
        }
    }

    [Fact]
    public void WhatAnOlderGraftCalledTheScoreIsRead()
    {
        using TemporaryFolder root = new();
        RunFolder folder;
        using (RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root)))
        {
            folder = run.Folder;
            run.Finish(new RunResult());
        }

        File.WriteAllText(folder.LogPath, """{"kind":"epoch","train_loss":1,"train_top1":0.5,"val_loss":2,"val_top1":0.25,"step":3,"epoch":1}""");
        File.WriteAllText(folder["state.json"], """{"state":"Finished","epochs_done":1,"val_top1":0.25,"val_loss":2,"seconds":1}""");
        File.WriteAllText(folder.ConfigPath, string.Join('\n', File.ReadLines(folder.ConfigPath).Where(line => !line.Contains("score_name"))));
        RunSummary summary = RunStore.Open(root.Path).Find("last");
        Assert.Equal(("top1", 0.25), (summary.ScoreName, summary.ValScore));
        Assert.Equal(new EpochMetrics { Step = 3, Epoch = 1, TrainLoss = 1, ValLoss = 2, ValScore = 0.25 }, folder.ReadLog().Epochs.Single());
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
        Assert.Equal(("no disk", 0.75, 2, 0.0), (before[0].Message, before[0].ValScore, before[0].EpochsDone, before[0].Seconds));
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
            run.Finish(new RunResult { ValScore = 0.9, Model = "/m.graft" });
            run.Dispose();
            RunSummary listed = RunStore.Open(root.Path).List().Single(r => r.Data == "late");
            Assert.Equal((RunState.Finished, 0.9, "/m.graft", 1), (listed.State, listed.ValScore, listed.Model, listed.EpochsDone));
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

    // As Graft 0.1 made it.
    private const string FirstLayout = """
        CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created TEXT NOT NULL, state TEXT NOT NULL, command TEXT NOT NULL, data TEXT NOT NULL,
            classes INTEGER NOT NULL, images INTEGER NOT NULL, trunk TEXT NOT NULL, mode TEXT NOT NULL, seed TEXT NOT NULL, epochs_done INTEGER NOT NULL, epochs_planned INTEGER NOT NULL,
            val_top1 REAL, val_loss REAL, seconds REAL NOT NULL, model TEXT, message TEXT) STRICT;
        CREATE TABLE epochs (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, epoch INTEGER NOT NULL, step INTEGER NOT NULL, phase TEXT, train_loss REAL, train_top1 REAL,
            val_loss REAL, val_top1 REAL, rate REAL, seconds REAL, PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID;
        INSERT INTO runs VALUES (1, 'a', '2026-01-01T00:00:00.0000000Z', 'failed', 'graft train a', 'a', 5, 100, 'builtin', 'finetune', '0', 0, 8, NULL, NULL, 1, NULL, 'no disk');
        INSERT INTO runs VALUES (2, 'b', '2026-01-02T00:00:00.0000000Z', 'finished', 'graft train b', 'b', 5, 100, 'builtin', 'finetune', '0', 1, 8, 0.75, 0.25, 3, 'b.graft', NULL);
        INSERT INTO epochs VALUES (2, 1, 9, 'top', 0.5, 0.625, 0.25, 0.75, 0.125, 3);
        PRAGMA application_id = 0x47524654; PRAGMA user_version = 1;
        """;

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
