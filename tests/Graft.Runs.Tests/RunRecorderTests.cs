using Graft.Runs.Tests.TensorBoard;

namespace Graft.Runs.Tests;

public class RunRecorderTests
{
    [Fact]
    public void AFinishedRunIsInItsFolderAndInTheDatabase()
    {
        using TemporaryFolder root = new();
        TestClock clock = new();
        using (RunRecorder run = RunRecorder.Start(TestRuns.Config(), new RunRecorderOptions { Root = root.Path, Time = clock }))
        {
            Assert.Equal(root["2026-11-23-142501-flowers"], run.Folder.FullPath);
            Assert.Equal(RunState.Running, RunStore.Open(root.Path).List().Single().State);
            Assert.True(run.Folder.IsRunning);
            TestRuns.Train(run, 1);
            clock.Now += TimeSpan.FromSeconds(12.5);
            TestRuns.Train(run, 2);
            run.Write("model.graft", stream => stream.WriteByte(7));
            run.Finish(new RunResult { Model = run.Folder.ModelPath, Message = "Stopped early." });
        }

        RunFolder folder = RunFolder.Find(root.Path, "last");
        Assert.False(folder.IsRunning);
        Assert.Equal([7], File.ReadAllBytes(folder.ModelPath));
        RunSummary summary = RunStore.OpenExisting(root.Path)!.Find("1");
        Assert.Equal(
            new RunSummary
            {
                Id = 1,
                Name = "2026-11-23-142501-flowers",
                Created = new DateTimeOffset(2026, 11, 23, 14, 25, 1, TimeSpan.Zero),
                State = RunState.Finished,
                Command = "graft train /images/flowers",
                Data = "/images/flowers",
                Classes = 5,
                Images = 3247,
                Trunk = "mobilenetv2_035",
                Mode = "finetune",
                Seed = ulong.MaxValue,
                EpochsDone = 2,
                EpochsPlanned = 8,
                ScoreName = "top1",
                ValScore = 0.75,
                ValLoss = 1,
                Seconds = 12.5,
                Model = folder.ModelPath,
                Message = "Stopped early.",
            },
            summary);
        Assert.Equal([0.5, 0.75], RunStore.Open(root.Path).Epochs(1).Select(e => e.ValScore!.Value));
        Assert.Equal(folder.ReadLog().Epochs, RunStore.Open(root.Path).Epochs(1));
    }

    [Fact]
    public void TheLogHasALineForEachStepAndEpoch()
    {
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root));
        run.Step(new StepMetrics { Step = 1, Epoch = 1, Loss = 1.5, Rate = 0.25, Norm = 2 });
        run.Step(new StepMetrics { Step = 2, Epoch = 1, Loss = double.NaN });
        Assert.Equal("", File.ReadAllText(run.Folder.LogPath));
        run.Epoch(new EpochMetrics { Step = 2, Epoch = 1, ValScore = 0.5, TrainLoss = double.PositiveInfinity });
        Assert.Equal(
            """
            {"kind":"step","loss":1.5,"rate":0.25,"norm":2,"step":1,"epoch":1}
            {"kind":"step","loss":null,"step":2,"epoch":1}
            {"kind":"epoch","train_loss":null,"val_score":0.5,"step":2,"epoch":1}

            """,
            File.ReadAllText(run.Folder.LogPath));
        RunHistory history = run.Folder.ReadLog();
        Assert.Equal([1.5, double.NaN], history.Steps.Select(s => s.Loss));
        Assert.Null(history.Steps[1].Rate);
        Assert.Equal(double.NaN, history.Epochs.Single().TrainLoss);
        run.Interrupt();
    }

    [Fact]
    public void TheConfigurationComesBackWhole()
    {
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config("/tmp/花 and | flowers/"), TestRuns.Options(root));
        RunConfig read = run.Folder.ReadConfig();
        Assert.Equal("2026-11-23-142501-花-and-flowers", run.Folder.Name);
        Assert.Equal(run.Config.Arguments, read.Arguments);
        Assert.Equal(run.Config.Settings, read.Settings);
        Assert.Equal(run.Config with { Arguments = read.Arguments, Settings = read.Settings }, read);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 14, 25, 1, TimeSpan.Zero), read.Created);
        run.Finish(new RunResult());
    }

    [Theory]
    [InlineData("/a/b/Flowers/", "flowers")]
    [InlineData("sample:flowers", "flowers")]
    [InlineData("sample:flowers-plain", "flowers-plain")]
    [InlineData("../..", "run")]
    [InlineData("C:\\My Images\\x", "x")]
    [InlineData("\e[31m", "31m")]
    [InlineData("0123456789012345678901234567890123456789tail", "0123456789012345678901234567890123456789")]
    public void ARunIsNamedAfterItsImages(string data, string expected)
    {
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(data), TestRuns.Options(root));
        Assert.Equal("2026-11-23-142501-" + expected, run.Folder.Name);
    }

    [Fact]
    public void RunsOfTheSameSecondGetNamesOfTheirOwn()
    {
        using TemporaryFolder root = new();
        string[] names = [.. Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ =>
        {
            using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root));
            run.Finish(new RunResult());
            return run.Folder.Name;
        })];
        Assert.Equal(["", "-2", "-3", "-4", "-5", "-6", "-7", "-8"], names.Select(n => n["2026-11-23-142501-flowers".Length..]).Order());
        Assert.Equal(names.Order(), RunStore.Open(root.Path).List().Select(r => r.Name).Order());
    }

    [Fact]
    public void ResumingCutsWhatLiesBehindTheCheckpointAndNothingAppearsTwice()
    {
        using TemporaryFolder whole = new(), resumed = new();
        using (RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(whole)))
        {
            for (int epoch = 1; epoch <= 4; epoch++) TestRuns.Train(run, epoch);
            run.Finish(new RunResult());
        }

        RunRecorder killed = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(resumed));
        TestRuns.Train(killed, 1);
        TestRuns.Train(killed, 2);
        TestRuns.Train(killed, 3);
        RunFolder folder = killed.Folder;
        killed.Dispose();
        Assert.Equal("The program left the run without saying why.", RunStore.Open(resumed.Path).Find("last").Message);
        File.AppendAllText(folder.LogPath, """{"kind":"step","loss":0.1,"st""");

        using (RunRecorder run = RunRecorder.Resume(folder, 6, TestRuns.Options(resumed)))
        {
            Assert.Equal([1, 2], run.Epochs.Select(e => e.Epoch));
            RunSummary summary = RunStore.Open(resumed.Path).List().Single();
            Assert.Equal((RunState.Running, 2, null), (summary.State, summary.EpochsDone, summary.Message));
            TestRuns.Train(run, 3);
            TestRuns.Train(run, 4);
            run.Finish(new RunResult());
        }

        Assert.Equal(File.ReadAllText(RunFolder.Find(whole.Path, "last").LogPath), File.ReadAllText(folder.LogPath));
        Assert.Equal(RunStore.Open(whole.Path).Epochs(1), RunStore.Open(resumed.Path).Epochs(1));
        Assert.Equal(20, RunStore.Open(resumed.Path).Find("last").Seconds);

        List<ReadEvent>[] files = [.. Directory.GetFiles(folder.FullPath, "events.out.tfevents.*").Order().Select(f => EventReader.Read(File.ReadAllBytes(f)))];
        Assert.Equal(2, files.Length);
        Assert.Equal((7L, 1L), (files[1][1].Step, files[1][1].Status));
        string[] points = [.. files.SelectMany(f => f).Where(e => e.Tag is not null).Select(e => $"{e.Tag} {e.Step} {e.Value}")];
        Assert.Equal(points.Distinct(), points);
        Assert.Equal(Directory.GetFiles(RunFolder.Find(whole.Path, "last").FullPath, "events.out.tfevents.*").SelectMany(f => EventReader.Read(File.ReadAllBytes(f))).Where(e => e.Tag is not null).Select(e => $"{e.Tag} {e.Step} {e.Value}"), points);
    }

    [Fact]
    public void ARunThatIsGoingIsNotResumed()
    {
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root));
        RunException error = Assert.Throws<RunException>(() => RunRecorder.Resume(RunFolder.Find(root.Path, "last"), 0));
        Assert.Equal("The run '2026-11-23-142501-flowers' is going in another process. Wait until that has ended, or stop it.", error.Message);
    }

    [Fact]
    public void LinesThatAreCutOrDamagedAreLeftOut()
    {
        using TemporaryFolder root = new();
        RunFolder folder;
        using (RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root)))
        {
            TestRuns.Train(run, 1, steps: 2);
            folder = run.Folder;
        }

        string[] lines = File.ReadAllLines(folder.LogPath);
        File.WriteAllText(folder.LogPath, $"{lines[0]}\nnonsense\n[1]\n{{}}\n{{\"kind\":\"other\"}}\n{{\"kind\":\"step\",\"step\":\"x\"}}\nnull\n\n{{\"step\":5,\"kind\":\"step\"}}\n{lines[1]}\n{lines[2]}\n{lines[1][..20]}");
        RunHistory history = folder.ReadLog();
        Assert.Equal([1L, 2L], history.Steps.Select(s => s.Step));
        Assert.Single(history.Epochs);
        RunRecorder.Resume(folder, 2, TestRuns.Options(root)).Dispose();
        Assert.Equal(lines, File.ReadAllLines(folder.LogPath));
    }

    [Fact]
    public void AFolderThatIsDeletedMeanwhileIsSaid()
    {
        using TemporaryFolder root = new();
        Messages warnings = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root, warnings));
        TestRuns.Train(run, 1);
        Directory.Delete(run.Folder.FullPath, recursive: true);
        string expected = $"The run's folder '{run.Folder.FullPath}' was deleted or moved while the run was going. Put it back and resume the run, or start it again.";
        Assert.Equal(expected, Assert.Throws<RunException>(() => TestRuns.Train(run, 2)).Message);
        Assert.Equal(expected, Assert.Throws<RunException>(() => run.Write("checkpoint.graft", _ => { })).Message);
        run.Fail("The folder is gone.");
        Assert.Equal([expected], warnings.All);
        RunSummary summary = RunStore.Open(root.Path).List().Single();
        Assert.Equal((RunState.Failed, true, "The folder is gone."), (summary.State, summary.FolderMissing, summary.Message));
        Assert.Equal($"The folder of the run '{summary.Name}' is gone: there is no '{run.Folder.FullPath}'. Put it back, or remove the run with 'graft runs remove'.",
            Assert.Throws<RunException>(() => RunFolder.Open(root.Path, summary.Name)).Message);
    }

    [Fact]
    public void AFullDiskIsSaidAndTheRunCanGoOnWhenThereIsRoom()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no device that is always full.");
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root));
        File.Delete(run.Folder.LogPath);
        File.CreateSymbolicLink(run.Folder.LogPath, "/dev/full");
        RunException error = Assert.Throws<RunException>(() => TestRuns.Train(run, 1));
        Assert.Equal($"The run cannot write '{run.Folder.LogPath}': No space left on device : '{run.Folder.LogPath}'. Its last checkpoint is kept: make room or restore the rights, then resume the run.", error.Message);

        File.Delete(run.Folder.LogPath);
        File.WriteAllText(run.Folder.LogPath, "");
        run.Flush();
        Assert.Equal([1L, 2L, 3L], run.Folder.ReadLog().Steps.Select(s => s.Step));
        run.Finish(new RunResult());
    }

    [Fact]
    public void AWriterThatFailsLeavesTheFileAsItWas()
    {
        using TemporaryFolder root = new();
        using RunRecorder run = RunRecorder.Start(TestRuns.Config(), TestRuns.Options(root));
        run.Write("checkpoint", stream => stream.Write("whole"u8));
        Assert.Throws<RunException>(() => run.Write("checkpoint", stream =>
        {
            stream.Write("ha"u8);
            throw new IOException("No space left on device.");
        }));
        Assert.Equal("whole", File.ReadAllText(run.Folder["checkpoint"]));
        Assert.Single(Directory.GetFiles(run.Folder.FullPath, "*checkpoint*"));
    }
}
