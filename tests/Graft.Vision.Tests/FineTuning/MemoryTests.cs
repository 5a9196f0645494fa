using Graft.Networks;
using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;
using static Graft.Testing.TestNumbers;

namespace Graft.Vision.Tests.FineTuning;

/// <summary>Fine-tuning in little memory.</summary>
public sealed class MemoryTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(7, 1)]
    [InlineData(4, 2)]
    [InlineData(3, 3)]
    [InlineData(1, 7)]
    public void ABatchInPiecesHasTheGradientOfTheWhole(int images, int pieces)
    {
        Network network = Network.Random(set.Trunk.Network.Graph.WithHead(5, dropout: 0), 3).WithWeights(set.Trunk.Network.Weights);
        int side = network.Graph.Inputs[0].Height;
        TrainingBatch batch = new(7, side * side * 3, 5, hasTargets: false) { Count = 7 };
        Uniform(batch.Pixels.Length, 4).CopyTo(batch.Pixels);
        for (int i = 0; i < 7; i++) batch.Labels[i] = i % 5;
        FineTuneSettings settings = FineTuneSettings.Of(SmallSet.Options, network, [], TaskTraining.Of(ImageFolder.Scan(set.Folder)));
        FineTunePhase[] phases = FineTunePhase.Of(network.Graph, null, 4, fromScratch: false);
        using Learner whole = (settings with { Memory = new MemoryChoice(7, true, false) }).Compile(network, phases, 7), cut = (settings with { Memory = new MemoryChoice(images, true, true) }).Compile(network, phases, 7);
        Assert.Equal(pieces, FineTuneSettings.PiecesOf(cut.Plan, batch));
        double expected = settings.LossOf(whole.Plan, batch, 3), actual = settings.LossOf(cut.Plan, batch, 3);
        whole.Plan.Backward();
        cut.Plan.Backward();
        Assert.Equal(expected, actual, 1e-6);
        foreach ((TrainedWeight one, TrainedWeight other) in whole.Plan.Weights.Zip(cut.Plan.Weights)) AssertNear(one.Gradient.Span, other.Gradient.Span, 2e-4, one.Name, floor: 1e-3);
    }

    [Fact]
    public void TheWaysBecomeSlowerAndTakeLess()
    {
        MemoryChoice[] ways = [.. MemoryChoice.All(32, canDivide: true)];
        Assert.Equal(new MemoryChoice(32, false, false), ways[0]);
        Assert.Equal(new MemoryChoice(1, true, true), ways[^1]);
        TrainingOptions options = new() { Batch = 32 };
        long[] sizes = [.. ways.Select(way => TrainingPlan.Measure(set.Trunk.Network, way.Of(options with { Outputs = ["features"] })))];
        Assert.True(sizes[^1] < sizes[0] / 10, string.Join(" ", sizes));

        // Statistics of a batch are those of all its images.
        Assert.All(MemoryChoice.All(32, canDivide: false), way => Assert.Equal(32, way.Images));
    }

    [Fact]
    public void WhatAPlanTakesIsKnownBefore()
    {
        foreach (TrainingOptions options in (TrainingOptions[])[new() { Batch = 9 }, new() { Batch = 9, Recompute = true }, new() { Batch = 9, LeastJoinedBytes = 0, Precision = TrainingPrecision.BFloat16 }])
        {
            using TrainingPlan plan = TrainingPlan.Compile(set.Trunk.Network, options);
            Assert.Equal(plan.ActivationBytes + (plan.Input().Span.Length * sizeof(float)), TrainingPlan.Measure(set.Trunk.Network, options));
        }
    }

    [Fact]
    public void ATrainingThatDoesNotFitIsRefusedWithWhatItTakes()
    {
        GraftException error = Assert.Throws<GraftException>(() => FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: SmallSet.Options with { Memory = 30_000_000 }, cancellation: Cancel));
        Assert.Matches(@"^The training does not fit into 30 MB: it takes about \d+ MB\. Allow that much, or use a lower resolution, a smaller trunk, fewer threads, or bfloat16\.$", error.Message);
    }

    [Fact]
    public void ARunGoesOnInTheWayThatItBegan()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Memory = 100_000_000_000 };
        FineTuneResult whole = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel).Model));
        using TemporaryFolder folder = new();
        FineTunerOptions kept = options with { Checkpoint = folder["state"] };
        using CancellationTokenSource user = new();
        SmallSet.Hook hook = new(value =>
        {
            if (value is StepDone { Step: 6 }) user.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => FineTuner.Train(set.Trunk, images, options: kept, progress: hook, cancellation: user.Token));
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(FineTuner.Train(set.Trunk, images, options: kept, cancellation: Cancel).Model));
    }

    [Theory]
    [InlineData(TunedWeights.Norms, "norms", "bn1.weight")]
    [InlineData(TunedWeights.Biases, "biases", "bn1.bias")]
    public void NormsOrBiasesAloneAreTrained(TunedWeights weights, string mode, string changed)
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTuneResult result = FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Weights = weights, Readout = SmallSet.Options.Readout with { Holdout = 0 } }, cancellation: Cancel);
        Assert.Equal(mode, result.Model.Provenance["mode"]);
        IReadOnlyDictionary<string, Tensors.Tensor> before = set.Trunk.Network.Weights, after = result.Model.Network.Weights;
        foreach ((string name, Tensors.Tensor tensor) in before)
        {
            bool isNorm = name.Contains("bn", StringComparison.Ordinal) && !name.Contains("running", StringComparison.Ordinal);
            bool mayChange = weights == TunedWeights.Norms ? isNorm : name.EndsWith(".bias", StringComparison.Ordinal);
            if (!mayChange) Assert.True(tensor.Span.SequenceEqual(after[name].Span), $"{name} has changed.");
        }

        Assert.Contains(changed, before.Keys);
        Assert.False(before[changed].Span.SequenceEqual(after[changed].Span));
    }

    [Fact]
    public void ATrunkThatLearnedNothingIsTrainedAsAWhole()
    {
        GraftException error = Assert.Throws<GraftException>(() => FineTuner.Train(set.Untrained, ImageFolder.Scan(set.Folder), options: SmallSet.Options with { Weights = TunedWeights.Norms }, cancellation: Cancel));
        Assert.Equal("A trunk that has learned nothing, or whose normalizations were replaced, is trained as a whole: its normalizations alone cannot make up for the rest.", error.Message);
    }
}
