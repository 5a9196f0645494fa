using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Training;
using Graft.Vision.Pruning;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Pruning;

/// <summary>A small classifier of drawn flowers with fewer channels.</summary>
public sealed class PrunerTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static readonly PrunerOptions Options = new() { MultiplyAdds = 0.6, Epochs = 3, Batch = 15, Seed = 4, Threads = 2, Holdout = 0.25, CheckpointInterval = TimeSpan.FromHours(1) };

    private static readonly Lock Gate = new();

    private static Model? classifier;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Model Classifier
    {
        get
        {
            lock (Gate)
            {
                Model trunk = BuiltinTrunks.Load();
                trunk = trunk with { Network = trunk.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = trunk.Preprocessing with { Resolution = SmallSet.Side } };
                return classifier ??= ReadoutTrainer.Train(trunk, ImageFolder.Scan(set.Folder), options: new ReadoutTrainerOptions { Cache = null, Threads = 2 }, cancellation: Cancel).Model;
            }
        }
    }

    [Theory]
    [InlineData(PruningScore.Taylor)]
    [InlineData(PruningScore.BatchNorm)]
    public void TheBudgetIsMetAndTheModelIsAPlainOne(PruningScore score)
    {
        long whole = new NetworkSummary(Classifier.Network.Graph).MultiplyAdds;
        PruneResult result = Pruner.Prune(Classifier, set.Folder, Options with { Score = score }, cancellation: Cancel);
        Assert.Equal((45, 15, 3), (result.TrainImages, result.HeldOutImages, result.History.Count));
        Assert.Equal((whole, new NetworkSummary(result.Model.Network.Graph).MultiplyAdds), (result.MultiplyAddsBefore, result.MultiplyAdds));
        Assert.InRange(result.MultiplyAdds, 0.57 * whole, 0.6 * whole);
        Assert.All(result.Channels, channels => Assert.True(channels.Now < channels.Before && channels.Now >= 8 && channels.Now >= 0.1 * channels.Before, $"{channels}"));
        Assert.Equal((result.HeldOutImages, result.HeldOutImages), (result.Judgement!.Images, result.Before!.Images));
        Assert.True(result.History[^1].Loss < result.History[0].Loss, $"{result.History[0].Loss} {result.History[^1].Loss}");

        Model pruned = result.Model;
        Assert.Equal(Classifier.Labels, pruned.Labels);
        Assert.Equal(Classifier.Preprocessing, pruned.Preprocessing);
        Assert.Equal(Classifier.Network.Graph.Nodes.Select(node => node.Name), pruned.Network.Graph.Nodes.Select(node => node.Name));
        Assert.Equal("mobilenetv2_035_pruned", pruned.Network.Graph.Architecture);
        Assert.Equal(pruned.Network.Graph.OutputShape("features")[1], pruned.FeatureStatistics!.Means.Length);
        Assert.All(Classifier.Provenance.Where(fact => !fact.Key.StartsWith("val_", StringComparison.Ordinal)), fact => Assert.Equal(fact.Value, pruned.Provenance[fact.Key]));
        Assert.Equal(score == PruningScore.Taylor ? "taylor" : "bn", pruned.Provenance["pruned_score"]);
        using MemoryStream stream = new(SmallSet.Bytes(pruned));
        Assert.Equal(SmallSet.Bytes(pruned), SmallSet.Bytes(ModelFile.Load(stream, "pruned")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatWasCancelledOrKilledEndsWithTheSameBits(bool batchStatistics)
    {
        PrunerOptions options = Options with { BatchStatistics = batchStatistics };
        PruneResult whole = Pruner.Prune(Classifier, set.Folder, options, cancellation: Cancel);
        int steps = (int)whole.History[^1].Step;
        foreach (int at in (int[])[1, 3, steps - 1])
        {
            foreach (bool isKilled in (bool[])[false, true])
            {
                using TemporaryFolder folder = new();
                PrunerOptions kept = options with { Checkpoint = folder["state"] };
                using CancellationTokenSource user = new();
                SmallSet.Hook hook = new(value =>
                {
                    if (value is not StepDone done || done.Step != at) return;
                    if (isKilled) throw new InvalidOperationException("killed");
                    user.Cancel();
                });
                Assert.ThrowsAny<Exception>(() => Pruner.Prune(Classifier, set.Folder, kept, hook, user.Token));
                PruneResult resumed = Pruner.Prune(Classifier, set.Folder, kept, cancellation: Cancel);
                Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
                Assert.Equal(whole.Channels, resumed.Channels);
            }
        }

        using TemporaryFolder other = new();
        PrunerOptions interrupted = options with { Checkpoint = other["state"] };
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Pruner.Prune(Classifier, set.Folder, interrupted, new SmallSet.Hook(value =>
        {
            if (value is StepDone) stop.Cancel();
        }), stop.Token));
        Model another = Classifier with { Network = Network.Random(Classifier.Network.Graph, 9) };
        Assert.StartsWith("A pruning goes on with the model that it began with", Assert.Throws<GraftException>(() => Pruner.Prune(another, set.Folder, interrupted, cancellation: Cancel)).Message);
        Assert.Contains("Seed 5", Assert.Throws<GraftException>(() => Pruner.Prune(Classifier, set.Folder, interrupted with { Seed = 5 }, cancellation: Cancel)).Message);
    }

    /// <summary>A busy machine may be faster or slower in between.</summary>
    [Fact]
    public void MillisecondsAreMeasuredAndMet()
    {
        for (int attempt = 0; ; attempt++)
        {
            double budget = 0.75 * LatencyCost.MillisecondsOf(Classifier.Network, Cancel);
            try
            {
                PruneResult result = Pruner.Prune(Classifier, set.Folder, Options with { MultiplyAdds = null, Milliseconds = budget, Epochs = 1 }, cancellation: Cancel);
                Assert.True(result.Milliseconds <= budget && result.MillisecondsBefore > budget, $"{result.MillisecondsBefore} {result.Milliseconds} {budget}");
                Assert.True(result.MultiplyAdds < result.MultiplyAddsBefore);
                return;
            }
            catch (PruningBudgetException) when (attempt < 5)
            {
            }
        }
    }

    [Fact]
    public void WhatABusyMachineMissesIsNotSaidToBeOutOfReach()
    {
        Graph graph = Classifier.Network.Graph;
        ChannelGroups groups = ChannelGroups.Of(graph);
        PruningCost cost = MultiplyAddsCost.Of(graph, groups);
        Dictionary<string, double[]> scores = groups.Groups.Where(group => group.Fixed is null).ToDictionary(group => group.Name, group => Enumerable.Repeat(1.0, group.Channels).ToArray());
        double[] times = [8.4, 8.3, 8.2, 8.1, 8.05, 8.02];
        int tries = 0;
        PruningBudgetException missed = Assert.Throws<PruningBudgetException>(() => PruneStart.Within(groups, scores, cost, 10, 8, _ => times[tries++]));
        Assert.Equal("8.00 milliseconds were not reached: the last of 6 choices of channels, which should have been below, took 8.02. The machine may be busy: try again, or give a larger budget.", missed.Message);
        tries = 4;
        times = [.. times, 7.9];
        Assert.Equal((7.9, 7), (PruneStart.Within(groups, scores, cost, 10, 8, _ => times[tries++]).Milliseconds, tries));

        // The first choice that is made smaller for a time that was far off may be none.
        Assert.Contains("the last of 1 choice of channels", Assert.Throws<PruningBudgetException>(() => PruneStart.Within(groups, scores, cost, 10, 8, _ => 1000)).Message);
        Assert.StartsWith("0.01 milliseconds cannot be reached: each layer keeps 10 %", Assert.Throws<PruningBudgetException>(() => PruneStart.Within(groups, scores, cost, 10, 0.01, _ => 8)).Message);
    }

    [Fact]
    public void TheHeldOutImagesAreThoseOfATrainingOfTheSeedWithCopiesTogether()
    {
        using TemporaryFolder folder = new();
        foreach (ImageItem item in ImageFolder.Scan(set.Folder).Items)
            foreach (string copy in (string[])["", "copy of "]) folder.Write(Path.Combine(Path.GetDirectoryName(item.RelativePath)!, copy + Path.GetFileName(item.Path)), File.ReadAllBytes(item.Path));
        PruneResult result = Pruner.Prune(Classifier, folder.Path, Options with { Epochs = 1 }, cancellation: Cancel);
        ReadoutResult readout = ReadoutTrainer.Train(Classifier, ImageFolder.Scan(folder.Path), options: new ReadoutTrainerOptions { Cache = null, Threads = 2, Holdout = Options.Holdout, Seed = Options.Seed }, cancellation: Cancel);
        string[] judged = [.. Assert.IsType<ClassJudgement>(result.Judgement).Judged.Select(image => image.Item.RelativePath).Order()];
        Assert.Equal(readout.Judged.Select(image => image.Item.RelativePath).Order(), judged);
        Assert.All(judged, name => Assert.Contains(name.Contains("copy of ", StringComparison.Ordinal) ? name.Replace("copy of ", "") : name.Replace("/", "/copy of "), judged));
    }

    [Fact]
    public void ABudgetIsOneAndReachable()
    {
        Refuses<PruningBudgetException>("A pruning has one budget, multiply-adds or milliseconds; none were given. Give one: --multiply-adds 0.7, or --milliseconds 3.", Classifier, Options with { MultiplyAdds = null });
        Refuses<PruningBudgetException>("A pruning has one budget, multiply-adds or milliseconds; both were given. Give one: --multiply-adds 0.7, or --milliseconds 3.", Classifier, Options with { Milliseconds = 3 });
        long whole = new NetworkSummary(Classifier.Network.Graph).MultiplyAdds;
        Refuses<PruningBudgetException>($"The model takes {whole / 1e6:0.0} million multiply-adds, and a budget of {whole / 1e6:0.0} million multiply-adds is no less. Give a smaller one.", Classifier, Options with { MultiplyAdds = 1 });
        Refuses<PruningBudgetException>($"The model takes {whole / 1e6:0.0} million multiply-adds, and a budget of 900.0 million multiply-adds is no less. Give a smaller one.", Classifier, Options with { MultiplyAdds = 900e6 });
        PruningBudgetException least = Assert.Throws<PruningBudgetException>(() => Pruner.Prune(Classifier, set.Folder, Options with { MultiplyAdds = 0.01 }, cancellation: Cancel));
        Assert.Matches(@"^[\d,]+ multiply-adds cannot be reached: each layer keeps 10 % of its channels, and 8 at least, with which the model takes about 0\.\d million multiply-adds\. Give a larger budget, or distill", least.Message);
        Assert.Matches(@"^The model takes \d+\.\d\d milliseconds on one thread of this machine, and a budget of 1000000\.00 milliseconds is no less\. Give a smaller one\.$", Assert.Throws<PruningBudgetException>(() => Pruner.Prune(Classifier, set.Folder, Options with { MultiplyAdds = null, Milliseconds = 1e6 }, cancellation: Cancel)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrunerOptions { MultiplyAdds = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrunerOptions { Milliseconds = double.NaN });
    }

    [Fact]
    public void WhatCannotBePrunedIsRefused()
    {
        Model trunk = Classifier.WithoutHead();
        Refuses<GraftException>("A model of classes or labels is pruned; 'mobilenetv2_035' gives 'features'. Train a classifier on it, and prune that: graft train my-images --trunk FILE.", trunk, Options);
        Refuses<GraftException>("A model of classes or labels is pruned; 'mobilenetv2_035' gives numbers. Train a classifier on it, and prune that: graft train my-images --trunk FILE.", Classifier with { Task = ModelTask.Regress }, Options);

        GraphBuilder builder = new("grouped");
        string x = builder.Add("conv", new Conv2d(15, 3) { Groups = 3 }, builder.Input("image", SmallSet.Side, SmallSet.Side, 3));
        builder.Output("logits", builder.Add("dense", new Dense(5), builder.Add("pool", new GlobalAveragePool(), x)));
        Model grouped = Classifier with { Network = Network.Random(builder.Build(), 1) };
        Refuses<GraftException>("'grouped' has no channels that can be taken away: of 'conv', for example, 'conv' (conv 3x3 groups 3) takes them as a whole. Distill it into a smaller network instead: graft distill.", grouped, Options);

        builder = new("plain");
        x = builder.Add("conv", new Conv2d(64, 3), builder.Input("image", SmallSet.Side, SmallSet.Side, 3));
        builder.Output("logits", builder.Add("dense", new Dense(5), builder.Add("pool", new GlobalAveragePool(), x)));
        Model plain = Classifier with { Network = Network.Random(builder.Build(), 1) };
        Assert.StartsWith("'plain' has no normalization with scales", Assert.Throws<GraftException>(() => Pruner.Prune(plain, set.Folder, Options with { Score = PruningScore.BatchNorm }, cancellation: Cancel)).Message);
        Assert.InRange(Pruner.Prune(plain, set.Folder, Options with { Epochs = 1 }, cancellation: Cancel).Model.Network.Weights["conv.weight"].Shape[0], 8, 38);
        Assert.StartsWith("Folders of images to evaluate on are named after the model's", Assert.Throws<GraftException>(() => Pruner.Prune(Classifier with { Labels = ["a", "b", "c", "d", "e"] }, set.Folder, Options, cancellation: Cancel)).Message);
    }

    private void Refuses<T>(string message, Model model, PrunerOptions options)
        where T : Exception => Assert.Equal(message, Assert.Throws<T>(() => Pruner.Prune(model, set.Folder, options, cancellation: Cancel)).Message);
}
