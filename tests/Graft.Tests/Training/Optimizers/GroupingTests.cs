using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Optimizers;

namespace Graft.Tests.Training.Optimizers;

public class GroupingTests
{
    private static readonly Graph Classifier = MobileNetV2.Trunk().WithHead(5);

    [Fact]
    public void TheBlocksOfAMobilenetAreItsStemItsInvertedResidualsItsLastConvolutionAndItsHead()
    {
        IReadOnlyList<LayerBlock> blocks = LayerBlock.Of(Classifier);
        Assert.Equal(
            [
                "conv_stem", "blocks.0.0", "blocks.1.0", "blocks.1.1", "blocks.2.0", "blocks.2.1", "blocks.2.2", "blocks.3.0", "blocks.3.1", "blocks.3.2", "blocks.3.3",
                "blocks.4.0", "blocks.4.1", "blocks.4.2", "blocks.5.0", "blocks.5.1", "blocks.5.2", "blocks.6.0", "conv_head", "classifier",
            ],
            blocks.Select(block => block.Name));
        Assert.Equal(["conv_stem.weight", "bn1.weight", "bn1.bias"], blocks[0].Parameters);
        Assert.Equal(
            ["blocks.0.0.conv_dw.weight", "blocks.0.0.bn1.weight", "blocks.0.0.bn1.bias", "blocks.0.0.conv_pw.weight", "blocks.0.0.bn2.weight", "blocks.0.0.bn2.bias"],
            blocks[1].Parameters);
        Assert.Equal(["conv_head.weight", "bn2.weight", "bn2.bias"], blocks[^2].Parameters);
        Assert.Equal(["classifier.weight", "classifier.bias"], blocks[^1].Parameters);
        Assert.Equal(Classifier.Parameters.Where(p => !p.Value.IsBuffer).Select(p => p.Key), blocks.SelectMany(block => block.Parameters));
    }

    [Fact]
    public void BlocksGoByTheFirstRunOfNumbersAndSharedWeightsByTheirFirstLayer()
    {
        GraphBuilder builder = new("other");
        string value = builder.Input("image", 8, 8, 4);
        value = builder.Add("conv1", Conv2d(4), value);
        value = builder.Add("layer1.0.downsample.0", Conv2d(4), value);
        value = builder.Add("layer1.0.conv", Conv2d(4), value);
        value = builder.Add("layer1.1.conv", Conv2d(4), value);
        value = builder.Add("norm", new Graft.Operations.Normalization.BatchNorm(), value);
        value = builder.Add("conv2", Conv2d(4), value);
        builder.Output("map", value);
        Assert.Equal(["conv1", "layer1.0", "layer1.1", "norm", "conv2"], LayerBlock.Of(builder.Build()).Select(block => block.Name));
    }

    [Fact]
    public void MatricesDecayVectorsDoNotAndLowerBlocksLearnMoreSlowly()
    {
        TrainedWeight[] weights =
        [
            .. Classifier.Parameters.Where(p => !p.Value.IsBuffer && !p.Key.StartsWith("blocks.1.", StringComparison.Ordinal)).Select(p => new TrainedWeight(p.Key, new Tensor(p.Value.Shape))),
        ];
        IReadOnlyList<ParameterGroup> groups = new GroupingOptions { WeightDecay = 0.05, LayerDecay = 0.5 }.Groups(Classifier, weights);
        Assert.Equal(weights.Length, groups.Sum(group => group.Weights.Count));
        Assert.Equal(36, groups.Count);
        foreach (ParameterGroup group in groups) Assert.All(group.Weights, weight => Assert.Equal(weight.Value.Shape.Rank > 1 ? 0.05 : 0, group.WeightDecay));

        // The distance from the top counts blocks that are not trained too.
        Dictionary<string, double> scales = groups.SelectMany(group => group.Weights.Select(weight => (weight.Name, group.LearningRateScale))).ToDictionary();
        Assert.Equal(1, scales["classifier.weight"]);
        Assert.Equal(1, scales["classifier.bias"]);
        Assert.Equal(0.5, scales["bn2.weight"]);
        Assert.Equal(0.25, scales["blocks.6.0.conv_pw.weight"]);
        Assert.Equal(Math.Pow(0.5, 18), scales["blocks.0.0.bn1.bias"]);
        Assert.Equal(Math.Pow(0.5, 19), scales["conv_stem.weight"]);
    }

    [Fact]
    public void WithScalesEachWeightHasTheRateOfItsBlockTimesItsOwn()
    {
        TrainedWeight[] weights = [.. Classifier.Parameters.Where(p => p.Key.StartsWith("classifier.", StringComparison.Ordinal) || p.Key == "conv_head.weight").Select(p => new TrainedWeight(p.Key, new Tensor(p.Value.Shape)))];
        GroupingOptions options = new() { WeightDecay = 0.05, LayerDecay = 0.5, Scales = new Dictionary<string, double> { ["conv_head.weight"] = 0.3, ["classifier.weight"] = 0.02 } };
        IReadOnlyList<ParameterGroup> groups = options.Groups(Classifier, weights);
        Assert.Equal(["conv_head.weight", "classifier.weight", "classifier.bias"], groups.Select(group => group.Name));
        Assert.Equal([0.5 * 0.3, 0.02, 1], groups.Select(group => group.LearningRateScale));
        Assert.Equal([0.05, 0.05, 0], groups.Select(group => group.WeightDecay));
    }

    [Fact]
    public void TheScaleOfAWeightIsItsRootMeanSquareAndAPartOfItWhereItActsOnEachChannelAlone()
    {
        GraphBuilder builder = new("small");
        string value = builder.Input("image", 2, 2, 2);
        value = builder.Add("mix", new Conv2d(2, 1) { HasBias = true }, value);
        value = builder.Add("depthwise", Graft.Operations.Conv2d.Depthwise(2, 1), value);
        builder.Output("map", builder.Add("zero", Conv2d(1), value));
        Network network = new(builder.Build(), new Dictionary<string, Tensor>
        {
            ["mix.weight"] = new([2, 2, 1, 1], [3, -4, 3, 4]),
            ["mix.bias"] = new([2], [100, 0]),
            ["depthwise.weight"] = new([2, 1, 1, 1], [6, 8]),
            ["zero.weight"] = new([1, 2, 1, 1], [0, 0]),
        });
        IReadOnlyDictionary<string, double> scales = WeightScales.Of(network);
        Assert.Equal(["depthwise.weight", "mix.bias", "mix.weight", "zero.weight"], scales.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Math.Sqrt(12.5), scales["mix.weight"], 1e-15);
        Assert.Equal(Math.Sqrt(50) / 12, scales["depthwise.weight"], 1e-15);
        Assert.Equal(1 / 12.0, scales["mix.bias"]);
        Assert.Equal(1e-3, scales["zero.weight"]);
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        TrainedWeight stranger = new("bn1.running_mean", new Tensor([32]));
        Assert.Equal(
            "Network 'mobilenetv2_100' has no parameter 'bn1.running_mean' to train. Group the weights by the network that their plan was compiled from.",
            Assert.Throws<GraftException>(() => new GroupingOptions().Groups(Classifier, [stranger])).Message);
        Assert.Equal(
            "The decay of learning rates from block to block is above 0 and at most 1, not 1.5. 0.65 to 0.9 are usual.",
            Assert.Throws<GraftException>(() => new GroupingOptions { LayerDecay = 1.5 }).Message);
    }

    private static Conv2d Conv2d(int channels) => new(channels, 1);
}
