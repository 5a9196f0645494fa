using System.Diagnostics;

namespace Graft.Runs.Tests;

/// <summary>Several processes at once, and processes that are killed.</summary>
public class ProcessTests
{
    private const string Variable = "GRAFT_RUNS_TEST";

    /// <summary>Records runs; in a process of its own, into the folder and in the number that the test which started it says.</summary>
    [Fact]
    public void Worker()
    {
        string[]? order = Environment.GetEnvironmentVariable(Variable)?.Split('|');
        using TemporaryFolder own = new();
        string root = order?[0] ?? own.Path;
        int runs = order is null ? 1 : int.Parse(order[1]), epochs = order is null ? 3 : int.Parse(order[2]);
        for (int i = 0; i < runs; i++)
        {
            using RunRecorder run = RunRecorder.Start(TestRuns.Config(), new RunRecorderOptions { Root = root });
            for (int epoch = 1; epoch <= epochs; epoch++) TestRuns.Train(run, epoch, steps: 20);
            run.Finish(new RunResult());
        }

        Assert.All(RunStore.Open(root).List().Where(r => r.State == RunState.Finished), run => Assert.Equal((epochs, epochs), (run.EpochsDone, RunStore.Open(root).Epochs(run.Id).Count)));
    }

    [Fact]
    public async Task ProcessesRecordAtOnce()
    {
        using TemporaryFolder root = new();
        Process[] processes = [Start(root, runs: 5, epochs: 4), Start(root, runs: 5, epochs: 4)];
        foreach (Process process in processes)
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }

        IReadOnlyList<RunSummary> runs = RunStore.Open(root.Path).List();
        Assert.Equal(10, runs.Count);
        Assert.All(runs, run => Assert.Equal((RunState.Finished, 4, 4), (run.State, run.EpochsDone, RunStore.Open(root.Path).Epochs(run.Id).Count)));
        Assert.Equal(10, runs.Select(r => r.Name).Distinct().Count());
    }

    [Fact]
    public async Task AKilledRunIsDeadAndGoesOn()
    {
        using TemporaryFolder root = new();
        for (int round = 0; round < 3; round++)
        {
            using (Process process = Start(root, runs: 1, epochs: int.MaxValue))
            {
                // Until it is well under way; then at any moment.
                while (RunStore.OpenExisting(root.Path) is not { } store || store.List() is not [{ EpochsDone: > 2 and < int.MaxValue } going, ..] || going.State != RunState.Running)
                {
                    Assert.False(process.HasExited);
                    await Task.Delay(10, TestContext.Current.CancellationToken);
                }

                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            RunSummary dead = RunStore.Open(root.Path).Find("last");
            Assert.Equal(RunState.Dead, dead.State);
            using RunRecorder run = RunRecorder.Resume(RunFolder.Open(root.Path, dead.Name), 40, new RunRecorderOptions { Root = root.Path });
            TestRuns.Train(run, 3, steps: 20);
            run.Finish(new RunResult());
            RunHistory log = run.Folder.ReadLog();
            Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), log.Steps.Select(s => s.Step));
            Assert.Equal([1, 2, 3], log.Epochs.Select(e => e.Epoch));
            Assert.Equal(log.Epochs, RunStore.Open(root.Path).Epochs(dead.Id));
            Assert.Equal(RunState.Finished, RunStore.Open(root.Path).Find("last").State);
        }
    }

    private static Process Start(TemporaryFolder root, int runs, int epochs)
    {
        ProcessStartInfo start = new("dotnet", [typeof(ProcessTests).Assembly.Location, "-method", $"{typeof(ProcessTests).FullName}.{nameof(Worker)}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Variable] = $"{root.Path}|{runs}|{epochs}";
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
