using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>What a training plan promises besides the right gradients.</summary>
public class TrainingPlanTests
{
    private static readonly Network Small = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 64 }).WithHead(5, dropout: 0.5f));

    [Fact]
    public void TheSameCallGivesTheSameBitsOnAnyNumberOfThreads()
    {
        TrainingOptions options = new() { Batch = 19, InputGradient = true };
        List<float[]> first = Bits(options with { Threads = 1 });
        foreach (int threads in (int[])[1, 2, 3, 5])
        {
            List<float[]> again = Bits(options with { Threads = threads });
            Assert.Equal(first.Count, again.Count);
            for (int i = 0; i < first.Count; i++) Assert.True(first[i].AsSpan().SequenceEqual(again[i]), $"{threads} threads, array {i}");
        }

        static List<float[]> Bits(TrainingOptions options)
        {
            using TrainingPlan plan = TrainingPlan.Compile(Small, options);
            List<float[]> bits = [];

            // Two batches of different sizes, one after the other.
            foreach (int count in (int[])[19, 7])
            {
                plan.Run(options, count, seed: 1, step: (ulong)count);
                bits.AddRange([plan.Output().Span[..(count * 5)].ToArray(), plan.InputGradient().Span[..(count * 64 * 64 * 3)].ToArray()]);
                bits.AddRange(plan.Weights.Select(w => w.Gradient.Span.ToArray()));
                bits.AddRange(plan.Buffers.Values.Select(b => b.Span.ToArray()));
            }

            return bits;
        }
    }

    [Fact]
    public void AStepThatIsCancelledInAnyLayerHasNotBeen()
    {
        // Whoever adds up the sums of synchronized norms is called in the middle of steps.
        Network network = Small.ReplaceNormalization(_ => new SyncBatchNorm()).Network;
        Canceller reduce = new();
        TrainingOptions options = new() { Batch = 4, AllReduce = reduce, InputGradient = true };
        using TrainingPlan whole = TrainingPlan.Compile(network, options).Run(options, 4, 1, 1);
        float[][] before = [.. whole.Buffers.Values.Select(b => b.Span.ToArray())];
        whole.ClearGradients();
        reduce.Calls = 0;
        whole.Run(options, 4, 1, 2);
        int calls = reduce.Calls;
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 4, 1, 1);
        plan.ClearGradients();
        Assert.InRange(calls, 60, 1000);
        for (int at = 1; at < calls; at += 7)
        {
            using CancellationTokenSource source = new();
            (reduce.Calls, reduce.At, reduce.Source) = (0, at, source);
            plan.Cancellation = source.Token;
            Assert.Throws<OperationCanceledException>(() => plan.Run(options, 4, 1, 2));

            // At the next layer, not at the end.
            Assert.InRange(reduce.Calls, at, at + 1);
            Assert.Equal(before, plan.Buffers.Values.Select(b => b.Span.ToArray()));
            Assert.All(plan.Weights, weight => Assert.False(weight.Gradient.Span.ContainsAnyExcept(0f)));
            Assert.Equal(
                $"A backward follows a forward: call {nameof(TrainingPlan.Forward)} first.", Assert.Throws<TrainingException>(plan.Backward).Message);
        }

        (reduce.Source, plan.Cancellation) = (null, default);
        AssertSameBits(whole, plan.Run(options, 4, 1, 2));
    }

    [Fact]
    public void ASmallerBatchGivesWhatAPlanOfItsSizeGives()
    {
        TrainingOptions large = new() { Batch = 9, InputGradient = true }, small = large with { Batch = 4 };
        using TrainingPlan one = TrainingPlan.Compile(Small, large), two = TrainingPlan.Compile(Small, small).Run(small, 4, 1, 2);

        // The large plan's memory is full of another batch.
        one.Input().Span.Fill(1);
        one.Forward(9);
        one.OutputGradient().Span.Fill(float.NaN);
        one.Backward();
        one.ClearGradients();
        foreach ((string name, Tensor buffer) in one.Buffers) Small.Weights[name].Span.CopyTo(buffer.Span);
        one.Run(large, 4, 1, 2);
        Assert.True(two.Output().Span.SequenceEqual(one.Output().Span[..20]));
        Assert.True(two.InputGradient().Span.SequenceEqual(one.InputGradient().Span[..two.InputGradient().Span.Length]));
        Assert.All(one.Weights.Zip(two.Weights), pair => Assert.True(pair.First.Gradient.Span.SequenceEqual(pair.Second.Gradient.Span), pair.First.Name));
        Assert.All(one.Buffers.Keys, name => Assert.True(one.Buffers[name].Span.SequenceEqual(two.Buffers[name].Span), name));
    }

    [Theory]
    [InlineData("mobilenetv2_035", 0.6)]
    [InlineData("mobilenetv1_025", 0.75)]
    public void RecomputationGivesTheSameBitsInLessMemory(string architecture, double most)
    {
        Network network = TestNetworks.WithTestWeights(architecture == "mobilenetv2_035" ? Small.Graph : MobileNetV1.Trunk(new TrunkOptions { Width = 0.25, Resolution = 64 }).WithHead(5));
        TrainingOptions kept = new() { Batch = 7, InputGradient = true }, again = kept with { Recompute = true };
        using TrainingPlan one = TrainingPlan.Compile(network, kept).Run(kept, 7, 1, 2), two = TrainingPlan.Compile(network, again).Run(again, 7, 1, 2).Run(again, 5, 1, 3);
        one.Run(kept, 5, 1, 3);
        AssertSameBits(one, two);
        TrainingPlan large = TrainingPlan.Compile(network, kept with { Batch = 64, Threads = 1 }), small = TrainingPlan.Compile(network, again with { Batch = 64, Threads = 1 });
        Assert.InRange((double)small.ActivationBytes / large.ActivationBytes, 0.1, most);
    }

    [Fact]
    public void ABatchTooLargeForTheMemoryThatIsPlannedIsRefused()
    {
        TrainingException error = Assert.Throws<TrainingException>(() => TrainingPlan.Compile(Small.WithInputSize(512, 512), new TrainingOptions { Batch = 400 }));
        Assert.Equal("A batch of 400 images needs more than 8 GB of activations in 'mobilenetv2_035': a smaller batch, smaller images or Recompute needs less.", error.Message);
    }

    [Fact]
    public void WhereValuesAreWrittenChangesNoBit()
    {
        TrainingOptions through = new() { Batch = 5, InputGradient = true, CacheBytes = long.MaxValue, LeastJoinedBytes = long.MaxValue }, around = through with { CacheBytes = 0 };
        using TrainingPlan one = TrainingPlan.Compile(Small, through).Run(through, 5, 1, 2), two = TrainingPlan.Compile(Small, around).Run(around, 5, 1, 2);
        AssertSameBits(one, two);
    }

    private static void AssertSameBits(TrainingPlan one, TrainingPlan two)
    {
        Assert.True(one.Output().Span.SequenceEqual(two.Output().Span));
        Assert.True(one.InputGradient().Span.SequenceEqual(two.InputGradient().Span));
        Assert.All(one.Weights.Zip(two.Weights), pair => Assert.True(pair.First.Gradient.Span.SequenceEqual(pair.Second.Gradient.Span), pair.First.Name));
        Assert.All(one.Buffers.Keys, name => Assert.True(one.Buffers[name].Span.SequenceEqual(two.Buffers[name].Span), name));
    }

    [Fact]
    public void GradientsAddUpUntilTheyAreCleared()
    {
        TrainingOptions options = new() { Batch = 6, BatchStatistics = false };
        using TrainingPlan plan = TrainingPlan.Compile(Small, options).Run(options, 6, 1, 1);
        float[][] first = [.. plan.Weights.Select(w => w.Gradient.Span.ToArray())];
        plan.ClearGradients();
        Assert.All(plan.Weights, w => Assert.Equal(-1, w.Gradient.Span.IndexOfAnyExcept(0)));
        plan.Run(options, 3, 1, 2);
        float[][] second = [.. plan.Weights.Select(w => w.Gradient.Span.ToArray())];
        plan.ClearGradients();
        plan.Run(options, 6, 1, 1).Run(options, 3, 1, 2);
        for (int i = 0; i < first.Length; i++) AssertNear([.. first[i].Zip(second[i], (a, b) => a + b)], plan.Weights[i].Gradient.Span, 1e-6, plan.Weights[i].Name, floor: 1e-3);
    }

    [Fact]
    public void TheMomentumOfStatisticsCanBeReplaced()
    {
        GraphBuilder builder = new("norm");
        builder.Output("y", builder.Add("norm", new BatchNorm { Momentum = 0.25f }, builder.Input("x", 5, 4, 3)));
        using TrainingPlan plan = TrainingPlan.Compile(TestNetworks.WithTestWeights(builder.Build()), new TrainingOptions { Batch = 2 });
        float[] kept = plan.Buffers["norm.running_var"].Span.ToArray();
        plan.StatisticsMomentum = 0;
        Forward(plan, 1);
        Assert.Equal(kept, plan.Buffers["norm.running_var"].Span.ToArray());

        // 1 / (t + 1): the means over the batches.
        double[] means = new double[3], variances = new double[3];
        for (int t = 0; t < 5; t++)
        {
            plan.StatisticsMomentum = 1f / (t + 1);
            float[] x = Forward(plan, 10 + (uint)t);
            for (int c = 0; c < 3; c++)
            {
                double[] values = [.. x.Where((_, i) => i % 3 == c).Select(value => (double)value)];
                means[c] += values.Average() / 5;
                variances[c] += values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1) / 5;
            }
        }

        AssertNear([.. means.Select(m => (float)m)], plan.Buffers["norm.running_mean"].Span, 1e-5, "mean");
        AssertNear([.. variances.Select(v => (float)v)], plan.Buffers["norm.running_var"].Span, 1e-5, "variance");

        // null: the norm's own again.
        plan.StatisticsMomentum = null;
        float before = plan.Buffers["norm.running_mean"].Span[0];
        double mean = Forward(plan, 99).Where((_, i) => i % 3 == 0).Average();
        Assert.Equal((0.75 * before) + (0.25 * mean), plan.Buffers["norm.running_mean"].Span[0], 1e-6);

        static float[] Forward(TrainingPlan plan, uint seed)
        {
            float[] x = Uniform((int)plan.Input().Shape.Count, seed, 1, seed * 0.1);
            x.CopyTo(plan.Input().Span);
            plan.Forward(2);
            return x;
        }
    }

    [Fact]
    public void SeedAndStepChooseWhatIsDropped()
    {
        GraphBuilder builder = new("dropout");
        builder.Output("y", builder.Add("drop", new Dropout(0.5f), builder.Input("x", 9, 8, 7)));
        using TrainingPlan plan = TrainingPlan.Compile(TestNetworks.WithTestWeights(builder.Build()), new TrainingOptions { Batch = 3, InputGradient = true });
        float[] Kept(ulong seed, ulong step)
        {
            plan.Input().Span.Fill(1);
            plan.Forward(3, seed, step);
            float[] y = plan.Output().Span.ToArray();
            plan.OutputGradient().Span.Fill(1);
            plan.Backward();

            // The gradient passes where the value passed.
            Assert.Equal(y, plan.InputGradient().Span.ToArray());
            return y;
        }

        float[] kept = Kept(1, 2);
        Assert.All(kept, value => Assert.True(value is 0 or 2));
        Assert.InRange(kept.Average(), 0.8, 1.2);
        Assert.Equal(kept, Kept(1, 2));
        Assert.NotEqual(kept, Kept(1, 3));
        Assert.NotEqual(kept, Kept(2, 2));

        // No two images drop the same.
        Assert.NotEqual(kept[..504], kept[504..1008]);
    }

    [Fact]
    public void ASnapshotGivesTheSameOutputsInInferenceAndIsNotTouchedByLaterSteps()
    {
        TrainingOptions options = new() { Batch = 4, BatchStatistics = false };
        Network network = new(Small.Graph.With(o => o is Dropout ? new Dropout(0) : o), Small.Weights);
        float[] before = network.Weights["conv_stem.weight"].Span.ToArray();
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 4);
        foreach (TrainedWeight weight in plan.Weights)
            for (int i = 0; i < weight.Value.Span.Length; i++) weight.Value.Span[i] *= 1 - (0.01f * (i % 5));
        plan.WeightsChanged();
        Network snapshot = plan.ToNetwork();
        plan.Run(options, 4);
        using InferenceSession session = InferencePlan.Compile(snapshot).CreateSession();
        session.Run(Images(network.Graph, 4).Span, 4);
        AssertNear(session.Output("logits"), plan.Output().Span, 1e-5);
        Assert.Equal(before, network.Weights["conv_stem.weight"].Span.ToArray());

        float[] taken = snapshot.Weights["conv_stem.weight"].Span.ToArray();
        plan.Weights[0].Value.Span.Fill(7);
        Assert.Equal(taken, snapshot.Weights["conv_stem.weight"].Span.ToArray());
    }

    [Theory]
    [InlineData("blocks.3.2.conv_pw.weight", "blocks.3.2.conv_pw")]
    [InlineData("blocks.3.2.bn2.bias", "blocks.3.2.bn2")]
    [InlineData("classifier.bias", "classifier")]
    [InlineData("conv_stem.weight", "conv_stem")]
    public void WhatIsNotANumberIsFoundWhereItBegan(string weight, string node)
    {
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity])
        {
            TrainingOptions options = new() { Batch = 2 };
            using TrainingPlan plan = TrainingPlan.Compile(Small, options).Run(options, 2);
            plan.Forward(2);
            Assert.Null(plan.FirstNonFinite());
            plan.Weights.Single(w => w.Name == weight).Value.Span[^1] = value;
            plan.WeightsChanged();
            plan.Forward(2);
            Assert.Equal(node, plan.FirstNonFinite());
        }
    }

    [Fact]
    public void WhatIsNotANumberBeforeTheTrainedPartIsFound()
    {
        TrainingOptions options = new() { Batch = 2, Trainable = name => name == "classifier.weight" };
        using TrainingPlan plan = TrainingPlan.Compile(Small, options);
        plan.Input().Span[5] = float.NaN;
        plan.Forward(1);
        Assert.Equal("image", plan.FirstNonFinite());

        Dictionary<string, Tensor> weights = new(Small.Weights) { ["bn2.bias"] = UniformTensor([1280], 1, 0, double.NaN) };
        using TrainingPlan head = TrainingPlan.Compile(new Network(Small.Graph, weights), options);
        head.Forward(2);
        Assert.Equal("global_pool", head.FirstNonFinite());
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        TrainingOptions options = new() { Batch = 2 };
        using TrainingPlan plan = TrainingPlan.Compile(Small, options);
        Assert.Equal("A batch of this plan has 1 to 2 images, not 3.", Assert.Throws<TrainingException>(() => plan.Forward(3)).Message);
        Assert.Equal("A batch of this plan has 1 to 2 images, not 0.", Assert.Throws<TrainingException>(() => plan.Forward(0)).Message);
        Assert.Equal("A backward follows a forward: call Forward first.", Assert.Throws<TrainingException>(plan.Backward).Message);
        plan.Run(options, 2);
        Assert.Equal("A backward follows a forward: call Forward first.", Assert.Throws<TrainingException>(plan.Backward).Message);
        Assert.Equal("This plan has no input 'photo'. It has: image.", Assert.Throws<TrainingException>(() => plan.Input("photo")).Message);
        Assert.Equal("This plan has no output 'features'. It has: logits.", Assert.Throws<TrainingException>(() => plan.Output("features")).Message);
        Assert.Equal("This plan has no output 'features'. It has: logits.", Assert.Throws<TrainingException>(() => plan.OutputGradient("features")).Message);
        Assert.Equal("This plan has no input with a gradient 'image'. It has: none.", Assert.Throws<TrainingException>(() => plan.InputGradient()).Message);
        Assert.Equal(
            "No trained weight reaches an output of 'mobilenetv2_035': name at least one in TrainingOptions.Trainable.",
            Assert.Throws<TrainingException>(() => TrainingPlan.Compile(Small, new TrainingOptions { Trainable = _ => false })).Message);
        Assert.Equal(
            "No trained weight reaches an output of 'mobilenetv2_035': name at least one in TrainingOptions.Trainable.",
            Assert.Throws<TrainingException>(() => TrainingPlan.Compile(Small, new TrainingOptions { Outputs = ["stride2"], Trainable = name => name == "classifier.bias" })).Message);
        Assert.Equal(
            "Network 'mobilenetv2_035' has no output 'y'. It has: stride2, stride4, stride8, stride16, stride32, features, logits.",
            Assert.Throws<NetworkException>(() => TrainingPlan.Compile(Small, new TrainingOptions { Outputs = ["y"] })).Message);
        Assert.StartsWith("The batch must be positive.", Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingOptions { Batch = 0 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("The number of threads must not be negative; 0 is one per processor.", Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingOptions { Threads = -1 }).Message, StringComparison.Ordinal);
    }

    private sealed class Canceller : IAllReduce
    {
        public int Ranks => 1;

        public int Calls { get; set; }

        public int At { get; set; }

        public CancellationTokenSource? Source { get; set; }

        public void Sum(Span<double> values)
        {
            if (++Calls == At) Source?.Cancel();
        }

        public void Sum(Span<float> values)
        {
        }
    }
}
