using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Graft.Activations;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Testing;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training;

/// <summary>The one loop of trainings, over a task of two phases that stands in this file alone.</summary>
public sealed class TrainerTests
{
    private const int Side = 8, Batch = 4, PerEpoch = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void ATaskThatIsCancelledOrKilledEndsWithTheBitsOfOneThatWasLeftAlone()
    {
        (byte[] whole, List<double> losses) = Train(new SmallOptions());
        Assert.Equal(4 * PerEpoch, losses.Count);
        Assert.True(losses[^1] < losses[0], $"{losses[0]} to {losses[^1]}");
        foreach (bool isKilled in (bool[])[false, true])
        {
            for (int at = 1; at <= losses.Count; at++)
            {
                using TemporaryFolder folder = new();
                SmallOptions kept = new() { Checkpoint = folder["state"], CheckpointInterval = TimeSpan.Zero };
                using CancellationTokenSource user = new();
                Action<TrainingProgress> stop = value =>
                {
                    if (value is not StepDone step || step.Step != at) return;
                    if (isKilled) throw new KilledException();
                    user.Cancel();
                };
                if (isKilled) Assert.Throws<KilledException>(() => Train(kept, stop, user.Token));
                else Assert.ThrowsAny<OperationCanceledException>(() => Train(kept, stop, user.Token));
                Assert.Equal(isKilled ? at - 1 : at, File.Exists(kept.Checkpoint) ? TrainingCheckpoint.StepOf("small", kept.Checkpoint) : 0);
                (byte[] resumed, List<double> rest) = Train(kept);
                Assert.Equal(whole, resumed);

                // The losses until then are the task's own state, and come back with it.
                Assert.Equal(losses, rest);
            }
        }
    }

    [Fact]
    public void WhatIsDoneIsToldInOrderAndTheEpochsBeforeACheckpointComeBackWithTheirMeasures()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource user = new();
        List<TrainingProgress> told = [];
        SmallOptions options = new() { Checkpoint = folder["state"], Patience = 2 };
        Assert.ThrowsAny<OperationCanceledException>(() => Train(
            options,
            value =>
            {
                told.Add(value);
                if (value is StepDone { Step: 7 }) user.Cancel();
            },
            user.Token));
        Assert.Equal("TrainingBegins StepDone StepDone StepDone EpochDone StepDone StepDone StepDone EpochDone CutShort StepDone", string.Join(' ', told.Select(value => value.GetType().Name)));
        TrainingBegins begins = (TrainingBegins)told[0];
        Assert.Equal((0, 12, 4), (begins.FirstStep, begins.Steps, begins.Epochs));
        Assert.Equal([new("head", 1), new("all", 3)], begins.Phases);
        Assert.Equal(new CutShort(new EarlyStop(2, 1, 4), 9), told[^2]);
        TrainedEpoch[] first = [.. told.OfType<EpochDone>().Select(done => done.Epoch)];
        Assert.Equal([(1, "head", 3), (2, "all", 6)], first.Select(epoch => (epoch.Epoch, epoch.Phase, epoch.Step)));
        Assert.All(first, epoch => Assert.Equal((epoch.Loss / 2, null), (epoch.Measure("half"), epoch.Measure("nothing"))));

        told.Clear();
        using SmallTask task = new(options, new SmallState([])) { Planned = 3 };
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, TrainingCheckpoint.Open("small", options, Json<SmallOptions>()), new Hook(told.Add), Cancel);
        Assert.Equal(7, ((TrainingBegins)told[0]).FirstStep);
        Assert.Equal([1, 2, 3], history.Select(epoch => epoch.Epoch));
        Assert.Equal(first.Select(epoch => (epoch.Loss, epoch.Seconds, epoch.Measure("half"))), history.Take(2).Select(epoch => (epoch.Loss, epoch.Seconds, epoch.Measure("half"))));
    }

    [Fact]
    public void AnOptionThatIsAddedChangesWhatATrainingIsAndOneThatMayDifferDoesNot()
    {
        using TemporaryFolder folder = new();
        SmallOptions kept = new() { Checkpoint = folder["state"] };
        Train(kept);
        Train(kept with { CheckpointInterval = TimeSpan.Zero, Threads = 1 });
        Assert.Equal(Refusal("Rate 0.1, Optimizer.Name adamw, Optimizer.Beta1 0.9, Optimizer.Beta2 0.999, Optimizer.Epsilon 1E-08", "Rate 0.2, Optimizer.Name sgd, Optimizer.Momentum 0.9, Optimizer.Nesterov True"),
            Open(kept with { Rate = 0.2, Optimizer = new SgdOptions() }, "small"));
        MoreOptions more = new() { Checkpoint = kept.Checkpoint };
        Assert.Equal(Refusal("nothing else", "Added 1"), Assert.Throws<GraftException>(() => TrainingCheckpoint.Open("small", more, Json<MoreOptions>())).Message);
        Assert.Equal($"'{kept.Checkpoint}' is a checkpoint of 'graft small', not of 'graft large'. Name a file that 'graft large' wrote, or start the training again.", Open(kept, "large"));

        string Refusal(string before, string now) =>
            $"A training goes on with the options that it began with. The checkpoint '{kept.Checkpoint}' has: {before}. Now they are: {now}. Give the same ones, or start the training again.";
        static string Open(SmallOptions options, string kind) => Assert.Throws<GraftException>(() => TrainingCheckpoint.Open(kind, options, Json<SmallOptions>())).Message;
    }

    [Fact]
    public void CheckpointsOfOtherVersionsAndOtherFilesAreRefused()
    {
        using TemporaryFolder folder = new();
        string path = folder["state"];
        Safetensors.Write(path, [], new Dictionary<string, string> { ["format"] = "graft-checkpoint", ["format_version"] = "3", ["kind"] = "small" });
        Assert.Equal($"'{path}' is a checkpoint of version 3; this version of Graft goes on from version 4. Start the training again.", Assert.Throws<GraftException>(() => TrainingCheckpoint.StepOf("small", path)).Message);
        Safetensors.Write(path, []);
        Assert.Equal($"'{path}' is not a checkpoint of a training. Name a file that 'graft small' wrote, or start the training again.", Assert.Throws<GraftException>(() => TrainingCheckpoint.StepOf("small", path)).Message);
    }

    [Fact]
    public void ANumberThatIsNotFiniteSaysWhereItBeganAndAFolderThatIsGoneThatItIs()
    {
        TrainingStoppedException number = Assert.Throws<TrainingStoppedException>(() => Train(new SmallOptions { Rate = 1e39 }));
        Assert.Matches(@"^The training stopped in step \d+ \(epoch 1\), because (the loss is .*, which|the gradient) is not a number: (it began in layer '[a-z0-9_.]+'|every layer is finite, so it began behind them)\. Try less\.$", number.Message);
        using TemporaryFolder folder = new();
        string lost = Directory.CreateDirectory(folder["lost"]).FullName;
        TrainingStoppedException gone = Assert.Throws<TrainingStoppedException>(() => Train(new SmallOptions { Checkpoint = Path.Combine(lost, "state") }, value =>
        {
            if (Directory.Exists(lost)) Directory.Delete(lost, recursive: true);
        }));
        Assert.StartsWith("The training stopped after step ", gone.Message);
        Assert.Contains($"because the folder of its state, '{lost}', was deleted or moved meanwhile.", gone.Message);
        Assert.IsAssignableFrom<IOException>(gone.InnerException);
    }

    private static (byte[] Model, List<double> Losses) Train(SmallOptions options, Action<TrainingProgress>? told = null, CancellationToken? cancellation = null)
    {
        TrainingCheckpoint kept = TrainingCheckpoint.Open("small", options, Json<SmallOptions>());
        using SmallTask task = new(options, kept.Exists ? kept.State(Json<SmallState>()) : new SmallState([]));
        Trainer.Run(task, kept, told is null ? null : new Hook(told), cancellation ?? Cancel);
        using MemoryStream stream = new();
        ModelFile.Save(new Model(task.Learner.AveragedNetwork()), stream);
        return (stream.ToArray(), task.Losses);
    }

    private static JsonTypeInfo<T> Json<T>() => (JsonTypeInfo<T>)JsonSerializerOptions.Default.GetTypeInfo(typeof(T));

    private record SmallOptions : TrainerOptions
    {
        public double Rate { get; init; } = 0.1;

        public OptimizerOptions Optimizer { get; init; } = new AdamWOptions();

        [JsonIgnore]
        public int Patience { get; init; }

        [JsonIgnore]
        public int Threads { get; init; } = 2;
    }

    private sealed record MoreOptions : SmallOptions
    {
        public int Added { get; init; } = 1;
    }

    private sealed record SmallState(List<double> Losses);

    /// <summary>Four epochs: the head in the first, everything in the others.</summary>
    private sealed class SmallTask(SmallOptions options, SmallState state) : TrainingTask<int>
    {
        private static readonly Network Start = Network.Random(Graph(), 1);

        private Learner? learner;

        public List<double> Losses => state.Losses;

        public override Learner Learner => learner!;

        public override int Epochs => Planned;

        public int Planned { get; set; } = 4;

        public override IReadOnlyList<TrainingPhase> Phases => [new("head", 1), new("all", 3)];

        public override int BatchesPerEpoch => PerEpoch;

        public override string Remedy => "Try less.";

        public override string State => JsonSerializer.Serialize(state, Json<SmallState>());

        public override void Begin(int epoch, long step, CancellationToken cancellation) => learner = Compile(Start, epoch);

        public override IEnumerable<int> Batches(int epoch, int first, CancellationToken cancellation) => Enumerable.Range((epoch * PerEpoch) + first, PerEpoch - first);

        public override (long Step, int Count) Place(int batch) => (batch, Batch);

        public override double Rate(long step) => new CosineDecay(options.Rate, Steps).Rate(step);

        public override double Loss(int batch, long step)
        {
            Tensor input = Learner.Plan.Input();
            Uniform((int)input.Shape.Count, (uint)(batch % PerEpoch), 1).CopyTo(input.Span);
            Learner.Plan.Forward(Batch, 1, (ulong)step);
            return new CrossEntropy().Compute(Learner.Plan.Output(), new Targets([0, 1, 2, 0]), Batch, Learner.Plan.OutputGradient());
        }

        public override StepDone Learned(StepDone done)
        {
            state.Losses.Add(done.Loss);
            return done;
        }

        public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation)
        {
            if (epoch.Epoch == 1)
            {
                using Learner earlier = Learner;
                learner = Compile(earlier.Plan.ToNetwork(), epoch.Epoch);
                learner.Continue(earlier);
            }

            if (epoch.Epoch == options.Patience) Planned = epoch.Epoch + 1;
            return epoch.With(("half", epoch.Loss / 2), ("nothing", null));
        }

        private static Graph Graph()
        {
            GraphBuilder builder = new("small");
            string value = builder.Add("conv", new Conv2d(8, 3) { Padding = Padding.Symmetric(1) }, builder.Input("image", Side, Side, 3));
            value = builder.Add("act", new Activation(ActivationFunction.Relu), builder.Add("bn", new BatchNorm(), value));
            builder.Output(ClassifierHead.Features, builder.Add("pool", new GlobalAveragePool(), value));
            return builder.Build().WithHead(3, dropout: 0.2f);
        }

        private Learner Compile(Network network, int epoch)
        {
            static bool IsHead(string name) => name.StartsWith("classifier.", StringComparison.Ordinal);
            TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = Batch, Threads = options.Threads, Trainable = name => epoch > 0 || IsHead(name) });
            IEnumerable<Optimizer> optimizers = new[] { true, false }.Take(epoch == 0 ? 1 : 2)
                .Select(isHead => options.Optimizer.Create([new ParameterGroup(isHead ? "head" : "rest", [.. plan.Weights.Where(weight => IsHead(weight.Name) == isHead)])], options.Threads));
            return new Learner(plan, optimizers, new WeightAverage(plan, threads: options.Threads));
        }
    }

    private sealed class Hook(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }

    private sealed class KilledException : Exception;
}
