using System.Text.Json.Serialization;
using Graft;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;

namespace Tour;

internal static class Learning
{
    private const int Side = 8, Batch = 16;

    public static void Run()
    {
        StripesOptions options = new() { Rate = 0.02, Checkpoint = "stripes.safetensors" };
        TrainingCheckpoint checkpoint = TrainingCheckpoint.Open("stripes", options, StripesJson.Default.StripesOptions);
        using StripesTask task = new(Network.Random(Graph(), seed: 1), options);
        IReadOnlyList<TrainedEpoch> epochs = Trainer.Run(task, checkpoint, new Progress<TrainingProgress>(Tell));
        Console.WriteLine($"loss {epochs[0].Loss:0.00}, then {epochs[^1].Loss:0.00}");

        Model model = new(task.Learner.AveragedNetwork()) { Labels = ["across", "down"] };
        model.Save("stripes.graft");
        Console.WriteLine(string.Join(", ", Model.Load("stripes.graft").Labels));
    }

    private static void Tell(TrainingProgress progress)
    {
        if (progress is EpochDone) Console.Error.WriteLine(progress);
    }

    private static Graph Graph()
    {
        GraphBuilder builder = new("stripes");
        string value = builder.Input("image", Side, Side, channels: 1);
        value = builder.Add("conv", new Conv2d(8, kernel: 3) { Padding = Padding.Symmetric(1) }, value);
        value = builder.Add("relu", new Activation(ActivationFunction.Relu), builder.Add("norm", new BatchNorm(), value));
        builder.Output("features", builder.Add("pool", new GlobalAveragePool(), value));
        return builder.Build().WithHead(classes: 2);
    }

    private static Stripes Draw(long step)
    {
        Random random = new((int)step);
        int[] labels = random.GetItems([0, 1], Batch);
        return new Stripes(step, [.. labels.SelectMany(label => Enumerable.Range(0, Side * Side).Select(i => (label == 0 ? i / Side % 2 : i % 2) + random.NextSingle()))], labels);
    }

    private sealed record Stripes(long Step, float[] Pixels, int[] Labels);

    private sealed class StripesTask(Network network, StripesOptions options) : TrainingTask<Stripes>
    {
        private readonly Loss loss = new CrossEntropy { LabelSmoothing = 0.05 };
        private readonly Schedule schedule = new WarmUp(new CosineDecay(options.Rate, Steps: 90), Steps: 10);

        public override Learner Learner { get; } = Compile(network);

        public override int Epochs => 5;

        public override int BatchesPerEpoch => 20;

        public override IEnumerable<Stripes> Batches(int epoch, int first, CancellationToken cancellation) =>
            Enumerable.Range((epoch * BatchesPerEpoch) + first, BatchesPerEpoch - first).Select(step => Draw(step));

        public override (long Step, int Count) Place(Stripes batch) => (batch.Step, batch.Labels.Length);

        public override double Rate(long step) => schedule.Rate(step);

        public override double Loss(Stripes batch, long step)
        {
            TrainingPlan plan = Learner.Plan;
            batch.Pixels.CopyTo(plan.Input().Span);
            plan.Forward(batch.Labels.Length, seed: 1, (ulong)step);
            return loss.Compute(plan.Output(), new Targets(batch.Labels), batch.Labels.Length, plan.OutputGradient());
        }

        private static Learner Compile(Network network)
        {
            TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = Batch });
            Optimizer optimizer = new AdamWOptions { GradientLimit = 5 }.Create([new ParameterGroup("all", plan.Weights) { WeightDecay = 0.01 }]);
            return new Learner(plan, [optimizer], new WeightAverage(plan));
        }
    }
}

/// <summary>What the training is: it goes on from a checkpoint only with the same.</summary>
internal sealed record StripesOptions : TrainerOptions
{
    public double Rate { get; init; }
}

[JsonSerializable(typeof(StripesOptions))]
internal sealed partial class StripesJson : JsonSerializerContext;
