using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Vision.Adaptation;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Adaptation;

/// <summary>Statistics taken again on other images.</summary>
public sealed class StatisticsAdapterTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ImageDataset Images => ImageDataset.FromUnlabelledFolder(set.Folder);

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.25)]
    [InlineData(null)]
    public void AFirstNormHasTheMeansAndVariancesOfItsInputMixedWithTheOld(double? part)
    {
        AdaptationResult result = StatisticsAdapter.Adapt(set.Trunk, Images, new AdaptationOptions { NewPart = part, Batch = 60, Threads = 2 }, cancellation: Cancel);
        double expectedPart = part ?? (60.0 / 76);
        Assert.Equal((60, expectedPart), (result.Images, result.NewPart));
        Assert.Null(result.Changed);
        Assert.Equal("60", result.Model.Provenance["adapted_images"]);

        GraphBuilder builder = new(set.Trunk.Network.Graph);
        builder.Output("before", "conv_stem");
        Network network = set.Trunk.Network.WithGraph(builder.Build()).Truncate("before");
        ValidationImages images = new([.. Images.Items.Select(item => item with { Label = 0 })], 1, set.Trunk.Preprocessing, new TrainingLoaderOptions());
        float[] values = images.Run(network, "before", Cancel).Rows;
        int channels = network.Graph.OutputShape("before")[3], rows = values.Length / channels;
        ReadOnlySpan<float> means = result.Model.Network.Weights["bn1.running_mean"].Span, variances = result.Model.Network.Weights["bn1.running_var"].Span;
        for (int c = 0; c < channels; c++)
        {
            double[] column = [.. Enumerable.Range(0, rows).Select(i => (double)values[(i * channels) + c])];
            double mean = column.Average(), variance = column.Sum(v => (v - mean) * (v - mean)) / (rows - 1);
            Assert.Equal(expectedPart * mean, means[c], 4);
            Assert.Equal(((1 - expectedPart) * 0.5) + (expectedPart * variance), variances[c], 4);
        }

        // Nothing else is changed.
        foreach ((string name, Tensors.Tensor weight) in set.Trunk.Network.Weights.Where(w => !w.Key.Contains(".running_"))) Assert.Equal(weight.Span, result.Model.Network.Weights[name].Span);
        Assert.Equal(set.Trunk.Preprocessing, result.Model.Preprocessing);
    }

    [Fact]
    public void StatisticsOfItsOwnImagesHardlyChangeAModelAndThreadsChangeNothing()
    {
        Model model = BuiltinTrunks.Load();
        model = model with { Network = Network.Random(model.Network.Graph.WithHead(3), 5).WithWeights(model.Network.Weights), Labels = ["a", "b", "c"] };
        AdaptationResult result = StatisticsAdapter.Adapt(model, Images, new AdaptationOptions { Threads = 2 }, cancellation: Cancel);
        Assert.InRange(result.Changed!.Value, 0, 1);
        Assert.Equal(SmallSet.Bytes(result.Model), SmallSet.Bytes(StatisticsAdapter.Adapt(model, Images, new AdaptationOptions { Threads = 1 }, cancellation: Cancel).Model));
        AdaptationResult again = StatisticsAdapter.Adapt(result.Model, Images, new AdaptationOptions { Threads = 2 }, cancellation: Cancel);
        Assert.True(again.Changed <= result.Changed && again.Changed < 0.15, $"{result.Changed} {again.Changed}");
    }

    [Fact]
    public void WhatHasNoStatisticsIsRefused()
    {
        Assert.StartsWith("The batch normalizations of 'mobilenetv2_035' have means of 0 and variances of 1: they do nothing", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(set.Untrained, Images, cancellation: Cancel)).Message);

        // Where norms were folded and left in their places, with variances of 1 less epsilon and what was folded as biases.
        Model identities = set.Trunk with
        {
            Network = set.Trunk.Network.WithWeights(set.Trunk.Network.Weights.Where(w => w.Key.EndsWith(".running_var", StringComparison.Ordinal) || w.Key.EndsWith(".bias", StringComparison.Ordinal))
                .ToDictionary(w => w.Key, w => new Tensors.Tensor(w.Value.Shape, [.. Enumerable.Repeat(w.Key.EndsWith(".bias", StringComparison.Ordinal) ? 0.3f : 0.99999f, w.Value.Span.Length)]))),
        };
        Assert.Contains("have means of 0 and variances of 1", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(identities, Images, cancellation: Cancel)).Message);
        Assert.False(TrainedStatistics.AreNew(identities.Network));
        Model folded = set.Trunk with { Network = set.Trunk.Network.FoldNormalization() };
        Assert.StartsWith("'mobilenetv2_035' has no batch normalization whose statistics could be taken again.", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(folded, Images, cancellation: Cancel)).Message);
    }

    /// <summary>Of features that were moved and stretched, an adapted head makes what it made of them as they were.</summary>
    [Fact]
    public void AHeadForOtherStatisticsUndoesTheirDifference()
    {
        Network network = Network.Random(set.Trunk.Network.Graph.WithHead(3, dropout: 0), 5);
        int length = network.Graph.OutputShape("features")[1];
        Philox random = new(7);
        ulong counter = 0;
        float[] Values(float from, float to) => [.. Enumerable.Range(0, length).Select(_ => from + ((to - from) * (float)random.Uniform(counter++)))];
        FeatureStatistics old = new([.. Values(0, 1)], [.. Values(1, 2)]), now = new([.. Values(2, 3)], [.. Values(1, 4)]);
        Network adapted = FeatureAdaptation.Adapt(network, old, now);
        double least = 0.01 * old.Variances.Average();
        float[] before = Values(0, 1), after = [.. before.Select((f, j) => (float)(((f - old.Means[j]) * Math.Sqrt((now.Variances[j] + least) / (old.Variances[j] + least))) + now.Means[j]))];
        for (int c = 0; c < 3; c++) Assert.Equal(Score(network, before, c), Score(adapted, after, c), 1e-4);
        float[] back = FeatureAdaptation.Moved(after, old, now);
        for (int j = 0; j < length; j++) Assert.Equal(before[j], back[j], 1e-4f);
        Assert.Equal(network.Weights["conv_stem.weight"].Span, adapted.Weights["conv_stem.weight"].Span);

        double Score(Network of, float[] features, int c) => of.Weights["classifier.bias"].Span[c] + features.Select((f, j) => (double)f * of.Weights["classifier.weight"].Span[(c * length) + j]).Sum();
    }

    [Fact]
    public void StatisticsOfRowsAreTheirMeansAndVariances()
    {
        FeatureStatistics statistics = FeatureStatistics.Of([1, 10, 3, 10, 8, 10], 2), mixed = statistics.MixedWith(new([0, 0], [1, 1]), 0.25);
        Assert.Equal([4f, 10], statistics.Means);
        Assert.Equal([26 / 3f, 0], statistics.Variances);
        Assert.Equal([3f, 7.5f], mixed.Means);
        Assert.Equal([6.75f, 0.25f], mixed.Variances);
    }

    /// <summary>What a readout was trained on travels with it, and without norms that is what is adapted.</summary>
    [Fact]
    public void AReadoutKnowsItsFeaturesAndIsAdaptedByThem()
    {
        Model folded = BuiltinTrunks.Load();
        folded = folded with { Network = folded.Network.FoldNormalization() };
        ImageFolder images = ImageFolder.Scan(set.Folder);
        Model model = ReadoutTrainer.Train(folded, images, options: new ReadoutTrainerOptions { Cache = null, Threads = 2 }, cancellation: Cancel).Model;
        ExtractedFeatures features = FeatureExtractor.Extract(folded, [.. images.Items.Select(item => item.Path)], cancellation: Cancel);
        Assert.Equal(FeatureStatistics.Of(features.Values.Span, features.Length).Means, model.FeatureStatistics!.Means);

        // Its own images change nothing but what rounding does.
        AdaptationResult own = StatisticsAdapter.Adapt(model, Images, new AdaptationOptions { NewPart = 1, Threads = 2 }, cancellation: Cancel);
        Assert.Equal((AdaptedStatistics.Features, 0.0, 60), (own.Statistics, own.Changed, own.Images));
        for (int j = 0; j < features.Length; j++) Assert.Equal(model.FeatureStatistics.Means[j], own.Model.FeatureStatistics!.Means[j], 1e-4f);

        // With norms both are.
        Model whole = model with { Network = new Network(BuiltinTrunks.Load().Network.Graph.WithHead(images.Classes.Count, dropout: 0), new Dictionary<string, Tensors.Tensor>(BuiltinTrunks.Load().Network.Weights.Concat(model.Network.Weights.Where(w => w.Key.StartsWith("classifier", StringComparison.Ordinal))))) };
        AdaptationResult both = StatisticsAdapter.Adapt(whole, Images, new AdaptationOptions { Threads = 2 }, cancellation: Cancel);
        Assert.Equal((AdaptedStatistics.Both, "both"), (both.Statistics, both.Model.Provenance["adapted_statistics"]));
        Assert.False(whole.Network.Weights["bn1.running_mean"].Span.SequenceEqual(both.Model.Network.Weights["bn1.running_mean"].Span));
        Assert.False(whole.Network.Weights["classifier.weight"].Span.SequenceEqual(both.Model.Network.Weights["classifier.weight"].Span));

        Assert.StartsWith("This model of 'mobilenetv2_035' does not tell of what features", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(model with { FeatureStatistics = null }, Images, new AdaptationOptions { Statistics = AdaptedStatistics.Features }, cancellation: Cancel)).Message);
    }
}
