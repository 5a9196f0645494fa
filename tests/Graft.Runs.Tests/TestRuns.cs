namespace Graft.Runs.Tests;

/// <summary>Runs for tests.</summary>
internal static class TestRuns
{
    public static RunConfig Config(string data = "/images/flowers") => new()
    {
        Version = "0.1.0",
        Command = $"graft train {data}",
        Arguments = ["train", data],
        WorkingFolder = "/home",
        Data = data,
        Classes = 5,
        Images = 3247,
        Trunk = "mobilenetv2_035",
        Mode = "finetune",
        Seed = ulong.MaxValue,
        Epochs = 8,
        Settings = RunConfigSettings.Of(("rate", "0.01"), ("optimizer", "adamw")),
    };

    /// <summary>Logs an epoch of so many steps; every number follows from the step.</summary>
    public static void Train(RunRecorder run, int epoch, int steps = 3)
    {
        for (int i = 1; i <= steps; i++)
        {
            long step = ((epoch - 1) * steps) + i;
            run.Step(new StepMetrics { Step = step, Epoch = epoch, Loss = 1.0 / step, Rate = 0.01 * step, Norm = step });
        }

        run.Epoch(new EpochMetrics { Step = epoch * steps, Epoch = epoch, Phase = "all", TrainLoss = 1.0 / epoch, LearnedLoss = 1.5 / epoch, LearnedScore = 0.8, ValLoss = 2.0 / epoch, ValScore = 1 - (0.5 / epoch), Rate = 0.01, Seconds = 10 });
    }

    public static RunRecorderOptions Options(TemporaryFolder root, Messages? warnings = null) => new() { Root = root.Path, Time = new TestClock(), Warnings = warnings };
}

internal static class RunConfigSettings
{
    public static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Of(params (string Name, string Value)[] settings) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, settings.Select(s => KeyValuePair.Create(s.Name, s.Value)));
}

/// <summary>Keeps what it is told.</summary>
internal sealed class Messages : IProgress<string>
{
    public List<string> All { get; } = [];

    public void Report(string value) => All.Add(value);
}
