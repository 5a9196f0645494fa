using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Readouts;
using Graft.Tensors;
using Graft.Threads;
using Graft.Training;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Vision.Tests.FineTuning;

public sealed class FineTunerTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void JudgesByTheImagesThatAReadoutOfTheSeedIsJudgedBy()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        ReadoutResult readout = ReadoutTrainer.Train(set.Trunk, images, options: SmallSet.Options.Readout, cancellation: Cancel);
        FineTuneResult tuned = FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Epochs = 1 }, cancellation: Cancel);
        Assert.Equal(readout.Judged.Select(j => j.Item), tuned.Judged.Select(j => j.Item));
        Assert.Equal((readout.TrainImages, readout.HeldOutImages, readout.Validation!.Top1), (tuned.TrainImages, tuned.HeldOutImages, tuned.ReadoutScore));
    }

    [Fact]
    public void OneThreadIsTheCallingOne()
    {
        int before = WorkerPool.Opened;
        FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: SmallSet.Options with { Epochs = 1, Readout = SmallSet.Options.Readout with { Threads = 1 } }, cancellation: Cancel);
        Assert.Equal(before, WorkerPool.Opened);
    }

    [Fact]
    public void AnUntrainedTrunkLearnsWhatAReadoutCannot()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Epochs = 30, Batch = 8, LearningRate = 4e-3, Patience = 100 };

        // Fifteen images are held out: one training alone may be no better by chance.
        FineTuneResult[] results = [.. Enumerable.Range(0, 4).Select(seed => FineTuner.Train(set.Untrained, images, options: WithSeed(options, seed), cancellation: Cancel))];
        Assert.All(results.SelectMany(each => each.History), e => Assert.Equal("all", e.Phase));
        Assert.All(results, each => Assert.True(each.History[^1].Loss < 0.8 * each.History[0].Loss, $"{each.History[0].Loss} to {each.History[^1].Loss}"));
        Assert.True(results.Average(each => each.Validation!.Top1) > results.Average(each => each.ReadoutScore!.Value) + 0.02);
        FineTuneResult result = results.First(each => !each.IsReadout);
        if (!result.IsHeadRefitted) Assert.Equal(result.Validation!.Top1, Evaluation.Run(result.Model, Held(result, images), cancellation: Cancel).Judgement.Score, 12);
        Assert.Equal("finetune", result.Model.Provenance["mode"]);
        Assert.Equal("batch", result.Model.Provenance["statistics"]);
        Assert.DoesNotContain(result.Model.Network.Graph.Nodes, node => node.Name == "dropout");
    }

    [Fact]
    public void WithoutHeldOutImagesEveryEpochIsTrainedAndTheLastIsKept()
    {
        FineTunerOptions options = SmallSet.Options with { Epochs = 3, Patience = 1, Readout = SmallSet.Options.Readout with { Holdout = 0 } };
        FineTuneResult result = FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: options, cancellation: Cancel);
        Assert.Equal((3, 3, 60, 0, false), (result.History.Count, result.BestEpoch, result.TrainImages, result.HeldOutImages, result.IsReadout));
        Assert.Null(result.Validation);
        Assert.Null(result.ReadoutScore);
        Assert.Equal(1, result.Temperature);
    }

    [Fact]
    public void TheHeadIsFittedAgainWhereThatIsBetterAndJudgedByWhatItHadNotSeen()
    {
        // A last rate of almost nothing leaves the trunk as it was: then the head that is fitted again is the readout, and the trained one, which moved, is not better for sure.
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Epochs = 2, UnfreezeFrom = "classifier", LearningRate = 0.05 };
        ReadoutResult readout = ReadoutTrainer.Train(set.Trunk, images, options: options.Readout, cancellation: Cancel);
        FineTuneResult result = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        Assert.True(result.IsHeadRefitted);
        Assert.False(result.IsReadout);
        Assert.Equal(readout.Validation!.Top1, result.Validation!.Top1);
        Assert.Equal("fitted again on all images", result.Model.Provenance["head"]);
        Assert.Equal(readout.Model.Network.Weights["classifier.weight"].Span.ToArray(), result.Model.Network.Weights["classifier.weight"].Span.ToArray());
    }

    [Fact]
    public void AStopCutsTheScheduleShortAndLetsTheRateFallToItsEnd()
    {
        // At this rate nothing becomes better.
        FineTunerOptions options = SmallSet.Options with { Epochs = 12, Patience = 2, LearningRate = 0.3 };
        List<CutShort> told = [];
        FineTuneResult result = FineTuner.Train(
            set.Trunk, ImageFolder.Scan(set.Folder), options: options, progress: new SmallSet.Hook(value => told.AddRange(value is CutShort cut ? [cut] : [])), cancellation: Cancel);
        EarlyStop stop = result.EarlyStop!;
        Assert.Equal(12, stop.Planned);
        Assert.Equal((int)Math.Ceiling((12 - stop.After) / 3.0), stop.CoolDown);
        Assert.Equal(stop.Epochs, result.History.Count);
        Assert.True(stop.Epochs < 12);
        CutShort cutShort = Assert.Single(told);
        Assert.Equal((stop, result.History[^1].Step), (cutShort.Stop, cutShort.Steps));
        Assert.Equal(0.3 / 25 / 1e4, result.History[^1].Rate, 1e-12);
        Assert.True(result.History[stop.After - 1].Rate > 0.01);
    }

    [Fact]
    public void WithoutARateOfOnesOwnAStepIsAPartOfEachWeightsSize()
    {
        // The same function with a matrix 8 times as large: its norm's statistics are, too, and their squares.
        string matrix = "blocks.6.0.conv_pw.weight";
        ImageFolder images = ImageFolder.Scan(set.Folder);
        Model large = set.Trunk with { Network = Larger(set.Trunk.Network, matrix, "blocks.6.0.bn1", 8) };
        FineTunerOptions options = SmallSet.Options with { Epochs = 1, LearningRate = null, Readout = SmallSet.Options.Readout with { Holdout = 0 } };
        FineTuneResult one = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel), other = FineTuner.Train(large, images, options: options, cancellation: Cancel);
        Assert.True(one.IsRelativeRate);
        Assert.Equal($"{one.LearningRate.ToString(System.Globalization.CultureInfo.InvariantCulture)} of each weight's size", one.Model.Provenance["learning_rate"]);
        Assert.InRange(Distance(one, other), 0, 0.1);

        FineTunerOptions absolute = options with { LearningRate = one.LearningRate };
        Assert.False(FineTuner.Train(set.Trunk, images, options: absolute, cancellation: Cancel).IsRelativeRate);
        Assert.True(Distance(FineTuner.Train(set.Trunk, images, options: absolute, cancellation: Cancel), FineTuner.Train(large, images, options: absolute, cancellation: Cancel)) > 0.5);

        // How far the matrices moved from where they began, in their own size, is the same for both.
        double Distance(FineTuneResult small, FineTuneResult big)
        {
            float[] moved = Moved(small, set.Trunk, 1), movedBig = Moved(big, large, 8);
            return Math.Sqrt(moved.Zip(movedBig, (a, b) => Math.Pow(a - b, 2)).Sum() / moved.Sum(a => (double)a * a));
        }

        float[] Moved(FineTuneResult result, Model from, float scale) =>
            [.. result.Model.Network.Weights[matrix].Span.ToArray().Zip(from.Network.Weights[matrix].Span.ToArray(), (now, then) => (now - then) / scale)];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BalancedClassesAreFoundWhereTheRareOneWasNot(bool bySampling)
    {
        // 12 images of four kinds, 3 of the fifth. Weights tell most while the images learned from are not yet all told apart, so that they have fewer epochs.
        using TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(set.Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).GroupBy(Path.GetDirectoryName).SelectMany(group => group.Key!.EndsWith("tulip", StringComparison.Ordinal) ? group.Take(3) : group))
            folder.Write(Path.GetRelativePath(set.Folder, file), File.ReadAllBytes(file));
        ImageFolder images = ImageFolder.Scan(folder.Path), all = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Epochs = bySampling ? 8 : 3, Readout = SmallSet.Options.Readout with { Holdout = 0 } };
        FineTunerOptions balanced = bySampling ? options with { Sampling = Sampling.Balanced } : options with { Readout = options.Readout with { ClassWeights = ClassWeights.Balanced } };

        // The rare class is three images: one training alone may find none or all of it by chance.
        double before = Recall(options), after = Recall(balanced);
        Assert.True(after >= before + 0.15, $"{before} to {after}");

        double Recall(FineTunerOptions how) => Enumerable.Range(0, 8).Average(seed =>
            Evaluation.Run(FineTuner.Train(set.Trunk, images, options: WithSeed(how, seed), cancellation: Cancel).Model, all, cancellation: Cancel).Judgement is ClassJudgement judged ? judged.Metrics.PerClass[4].Recall : 0);
    }

    private static FineTunerOptions WithSeed(FineTunerOptions options, int seed) => options with { Readout = options.Readout with { Seed = (ulong)seed } };

    [Fact]
    public void WeightsOfClassesThatAreEqualAlreadyChangeNoBit()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Epochs = 2 };
        FineTunerOptions balanced = options with { Readout = options.Readout with { ClassWeights = ClassWeights.Balanced } };
        Assert.Equal(
            SmallSet.Bytes(FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel).Model),
            SmallSet.Bytes(FineTuner.Train(set.Trunk, images, options: balanced, cancellation: Cancel).Model));
    }

    [Fact]
    public void ClassesAreBalancedOnce()
    {
        FineTunerOptions options = SmallSet.Options with { Sampling = Sampling.Balanced, Readout = SmallSet.Options.Readout with { ClassWeights = ClassWeights.Balanced } };
        Assert.Equal(
            "Balanced sampling shows every class as often, so that class weights would count the rare ones twice. Choose one of the two.",
            Assert.Throws<GraftException>(() => FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: options, cancellation: Cancel)).Message);
    }

    [Fact]
    public void FrozenStatisticsKeepEveryBit()
    {
        FineTunerOptions options = SmallSet.Options with { Epochs = 2, Readout = SmallSet.Options.Readout with { Holdout = 0 } };
        FineTuneResult result = FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: options, cancellation: Cancel);
        foreach ((string name, Parameter? parameter) in set.Trunk.Network.Graph.Parameters)
        {
            bool same = set.Trunk.Network.Weights[name].Span.SequenceEqual(result.Model.Network.Weights[name].Span);
            if (parameter.IsBuffer) Assert.True(same, name);
        }

        Assert.NotEqual(set.Trunk.Network.Weights["conv_stem.weight"].Span.ToArray(), result.Model.Network.Weights["conv_stem.weight"].Span.ToArray());
    }

    [Fact]
    public void OnlyWhatIsUnfrozenChanges()
    {
        FineTunerOptions options = SmallSet.Options with { Epochs = 2, UnfreezeFrom = "blocks.6", BatchStatistics = true, Readout = SmallSet.Options.Readout with { Holdout = 0 } };
        FineTuneResult result = FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: options, cancellation: Cancel);
        foreach (string name in set.Trunk.Network.Weights.Keys)
        {
            bool isAbove = name.StartsWith("blocks.6.", StringComparison.Ordinal) || name.StartsWith("conv_head.", StringComparison.Ordinal) || name.StartsWith("bn2.", StringComparison.Ordinal);
            Assert.Equal(!isAbove, set.Trunk.Network.Weights[name].Span.SequenceEqual(result.Model.Network.Weights[name].Span));
        }
    }

    /// <summary>By them it is adapted to another place: those of all images that were learned from and judged by, under the trunk as it has become; where none were held out, of those that were learned from.</summary>
    [Theory]
    [InlineData(0.25)]
    [InlineData(0)]
    public void AModelKnowsTheFeaturesOfItsTunedTrunk(double holdout)
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        Model model = FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Epochs = 2, Readout = SmallSet.Options.Readout with { Holdout = holdout } }, cancellation: Cancel).Model;
        ExtractedFeatures features = FeatureExtractor.Extract(model, [.. images.Items.Select(item => item.Path)], cancellation: Cancel);
        FeatureStatistics expected = FeatureStatistics.Of(features.Values.Span, features.Length);
        for (int j = 0; j < features.Length; j++)
        {
            Assert.Equal(expected.Means[j], model.FeatureStatistics!.Means[j], 1e-4f);
            Assert.Equal(expected.Variances[j], model.FeatureStatistics.Variances[j], 1e-4f);
        }
    }

    [Fact]
    public void WhatIsWorseThanTheReadoutIsNotKept()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        ReadoutResult readout = ReadoutTrainer.Train(set.Trunk, images, options: SmallSet.Options.Readout, cancellation: Cancel);
        FineTuneResult result = FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Epochs = 1, LearningRate = 0.3 }, cancellation: Cancel);
        Assert.True(result.IsReadout);
        Assert.Equal(0, result.BestEpoch);
        Assert.Equal(SmallSet.Bytes(readout.Model), SmallSet.Bytes(result.Model));
        Assert.Equal(readout.Validation!.Top1, result.Validation!.Top1);
        Assert.Matches("^fine-tuning did not make it better \\([0-9.]+ % of held-out images right, the readout [0-9.]+ %\\): the readout was kept$", result.Notices[^1].Reason);
    }

    [Fact]
    public void ALossThatIsNotANumberStopsAndLeavesTheLastGoodModel()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        TrainingStoppedException stopped = Assert.Throws<TrainingStoppedException>(
            () => FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { LearningRate = 1e30 }, cancellation: Cancel));
        Assert.Matches(
            "^The training stopped in step [0-9]+ \\(epoch 1\\), because (the gradient|the loss is .*, which|a score of a held-out image) is not a number: it began in layer '[a-z0-9_.]+'\\. A lower learning rate than 1E\\+30 usually helps\\.$",
            stopped.Message);
        Assert.Equal(5, stopped.LastGood!.Labels.Length);
        Assert.Equal("readout", stopped.LastGood.Provenance["mode"]);
        Assert.True(Evaluation.Run(stopped.LastGood, images, cancellation: Cancel).Judgement.Score > 0.2);
    }

    [Fact]
    public void AFolderThatIsDeletedMeanwhileStopsItWithTheBestModel()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        using TemporaryFolder folder = new();
        string runs = Directory.CreateDirectory(folder["run"]).FullName;
        SmallSet.Hook hook = new(value =>
        {
            if (value is EpochDone { Epoch.Epoch: 2 }) Directory.Delete(runs, recursive: true);
        });
        TrainingStoppedException stopped = Assert.Throws<TrainingStoppedException>(
            () => FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Checkpoint = Path.Combine(runs, "state") }, progress: hook, cancellation: Cancel));
        Assert.Equal(
            $"The training stopped after step 6, because the folder of its state, '{runs}', was deleted or moved meanwhile. Make room or restore the folder and its rights, and go on or start again.", stopped.Message);
        Assert.NotNull(stopped.LastGood);
    }

    [Fact]
    public void AImageThatIsDeletedMeanwhileIsNamedAndLeftOut()
    {
        using TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(set.Folder, "*.jpg", SearchOption.AllDirectories)) folder.Write(Path.GetRelativePath(set.Folder, file), File.ReadAllBytes(file));
        string? gone = null;
        ImageFolder images = ImageFolder.Scan(folder.Path);
        HashSet<string> held = [.. ReadoutTrainer.Train(set.Trunk, images, options: SmallSet.Options.Readout, cancellation: Cancel).Judged.Select(j => j.Item.Path)];
        SmallSet.Hook hook = new(value =>
        {
            if (value is not TrainingBegins) return;
            gone = images.Items.First(i => !held.Contains(i.Path)).Path;
            File.Delete(gone);
        });
        FineTuneResult result = FineTuner.Train(set.Trunk, images, options: SmallSet.Options with { Epochs = 1 }, progress: hook, cancellation: Cancel);
        Assert.Equal(gone, Assert.Single(result.Skipped).Path);
    }

    [Theory]
    [InlineData(80, 30)]
    [InlineData(800, 14)]
    [InlineData(2600, 8)]
    [InlineData(10_000, 5)]
    public void FewerImagesAreLearnedFromMoreOften(int images, int epochs) => Assert.Equal(epochs, FineTunerOptions.EpochsFor(images));

    /// <summary>The same function with larger weights before a norm.</summary>
    private static Network Larger(Network network, string matrix, string norm, float factor)
    {
        float epsilon = network.Graph.Nodes.First(node => node.Scope == norm).Operation is BatchNorm batchNorm ? batchNorm.Epsilon : throw new InvalidOperationException(norm);
        Dictionary<string, Tensor> weights = new(network.Weights);
        Scale(matrix, value => value * factor);
        Scale($"{norm}.running_mean", value => value * factor);
        Scale($"{norm}.running_var", value => ((value + epsilon) * factor * factor) - epsilon);
        return new Network(network.Graph, weights);

        void Scale(string name, Func<float, float> change) => weights[name] = new Tensor(weights[name].Shape, Array.ConvertAll(weights[name].Span.ToArray(), new Converter<float, float>(change)));
    }

    /// <summary>The held-out images as a folder.</summary>
    private static ImageFolder Held(FineTuneResult result, ImageFolder images) => new(images.Path, images.Classes, [.. result.Judged.Select(j => j.Item)], [], 0);
}
