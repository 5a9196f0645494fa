using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Adaptation;
using Graft.Vision.Evaluating;
using Graft.Vision.Loading;
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
        Assert.True(again.Changed <= result.Changed && again.Changed < 0.1, $"{result.Changed} {again.Changed}");
    }

    [Fact]
    public void WhatHasNoStatisticsIsRefused()
    {
        Assert.StartsWith("The batch normalizations of 'mobilenetv2_035' have means of 0 and variances of 1: they do nothing", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(set.Untrained, Images, cancellation: Cancel)).Message);
        Model folded = set.Trunk with { Network = set.Trunk.Network.FoldNormalization() };
        Assert.StartsWith("'mobilenetv2_035' has no batch normalization whose statistics could be taken again.", Assert.Throws<GraftException>(() => StatisticsAdapter.Adapt(folded, Images, cancellation: Cancel)).Message);
    }
}
