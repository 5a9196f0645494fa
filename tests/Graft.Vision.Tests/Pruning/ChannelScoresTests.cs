using Graft.Activations;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Vision.Loading;
using Graft.Vision.Pruning;

namespace Graft.Vision.Tests.Pruning;

public class ChannelScoresTests
{
    private const int Side = 32, Classes = 4, Images = 3;

    /// <summary>With a gate g before every layer that reads a channel, dL/dg at 1 is what a batch adds to the sum: by finite differences of the loss, and squared.</summary>
    [Fact]
    public void AScoreIsTheSquareOfTheLossesSlopeAlongAGate()
    {
        Network network = Smooth();
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        TrainingBatch batch = Batch();
        Dictionary<string, double[]> scores = ChannelScores.OfGradients(network, groups, [batch], Images, Gradient, 2, TestContext.Current.CancellationToken);
        foreach ((string group, int channel) in new[] { ("stem", 1), ("stem", 7), ("one.wide", 3), ("one.wide", 19), ("two.wide", 0) })
        {
            const float Step = 0.02f;
            double slope = (LossOf(Gated(group, channel, 1 + Step)) - LossOf(Gated(group, channel, 1 - Step))) / (2 * Step);
            Assert.InRange(Math.Sqrt(scores[group][channel]), Math.Abs(slope) * 0.97, (Math.Abs(slope) * 1.03) + 1e-6);
        }

        Network Gated(string name, int channel, float gate)
        {
            Dictionary<string, Tensor> changed = [];
            foreach (Node reader in groups.Groups.Single(group => group.Name == name).Readers)
            {
                Tensor weight = new(network.Weight(reader, "weight").Shape, network.Weight(reader, "weight").Span);
                int inputs = weight.Shape[1], taps = weight.Span.Length / (weight.Shape[0] * inputs);
                for (int i = 0; i < weight.Span.Length; i++)
                    if (i / taps % inputs == channel) weight.Span[i] *= gate;
                changed[reader.WeightName("weight")] = weight;
            }

            return network.WithWeights(changed);
        }

        double LossOf(Network gated)
        {
            using TrainingPlan plan = TrainingPlan.Compile(gated, new TrainingOptions { Batch = Images, BatchStatistics = false });
            plan.SetInput(batch.Pixels);
            plan.Forward(Images);
            return new CrossEntropy().Compute(plan.Output(), new Targets(batch.Labels), Images, plan.OutputGradient());
        }
    }

    [Fact]
    public void OverBatchesItIsTheMean()
    {
        Network network = Smooth();
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        TrainingBatch one = Batch(), other = Batch(seed: 9);
        double[] first = Scores(one), second = Scores(other), both = Scores(one, other);
        Assert.All(Enumerable.Range(0, both.Length), c => Assert.Equal((first[c] + second[c]) / 2, both[c], 1e-9 * both.Max()));

        double[] Scores(params TrainingBatch[] batches) => ChannelScores.OfGradients(network, groups, batches, Images, Gradient, 1, TestContext.Current.CancellationToken)["stem"];
    }

    /// <summary>gamma^2 over the layer's mean of it, over all norms that a channel passes; of the halves of an instance-batch norm over both together.</summary>
    [Fact]
    public void TheScoreOfNormsIsTheirScales()
    {
        GraphBuilder builder = new("norms");
        string x = builder.Add("bn", new BatchNorm(), builder.Add("conv", new Conv2d(4, 1), builder.Input("image", 8, 8, 3)));
        x = builder.Add("ibn", new IbnNorm { InstanceChannels = 1 }, builder.Add("dw", Conv2d.Depthwise(4, 3), builder.Add("act", new Activation(ActivationFunction.Relu), x)));
        x = builder.Add("pooled", new GlobalAveragePool(), builder.Add("none", new Conv2d(5, 1), x));
        builder.Output("y", builder.Add("dense", new Dense(2), x));
        Network network = TestNetworks.WithTestWeights(builder.Build()).WithWeights(new Dictionary<string, Tensor>
        {
            ["bn.weight"] = new([4], [1, -2, 3, 0]),
            ["ibn.IN.weight"] = new([1], [4f]),
            ["ibn.BN.weight"] = new([3], [0, 0, -2]),
        });
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        Dictionary<string, double[]> scores = ChannelScores.OfNorms(network, groups);
        Assert.Equal(["conv"], scores.Keys);
        double first = (1 + 4 + 9) / 4.0, second = (16 + 4) / 4.0;
        double[] expected = [((1 / first) + (16 / second)) / 2, 4 / first / 2, 9 / first / 2, 4 / second / 2];
        Assert.All(Enumerable.Range(0, 4), c => Assert.Equal(expected[c], scores["conv"][c], 12));
    }

    /// <summary>A stream that two blocks add to, without kinks.</summary>
    private static Network Smooth()
    {
        GraphBuilder builder = new("smooth");
        string x = Active("stem", new Conv2d(12, 3) { Stride = 2 }, builder.Input("image", Side, Side, 3));
        foreach (string block in (string[])["one", "two"])
        {
            string wide = Active($"{block}.dw", Conv2d.Depthwise(20, 3) with { Padding = Padding.Symmetric(1) }, Active($"{block}.wide", new Conv2d(20, 1), x));
            x = builder.Add($"{block}.add", new Add(), x, builder.Add($"{block}.bn", new BatchNorm(), builder.Add($"{block}.narrow", new Conv2d(12, 1), wide)));
        }

        builder.Output("logits", builder.Add("dense", new Dense(Classes), builder.Add("pool", new GlobalAveragePool(), x)));
        return TestNetworks.WithTestWeights(builder.Build());

        string Active(string name, Operation operation, string value) =>
            builder.Add($"{name}.act", new Activation(ActivationFunction.Silu), builder.Add($"{name}.bn", new BatchNorm(), builder.Add(name, operation, value)));
    }

    private static void Gradient(TrainingPlan plan, TrainingBatch batch) => new CrossEntropy().Compute(plan.Output(), new Targets(batch.Labels), batch.Count, plan.OutputGradient());

    private static TrainingBatch Batch(uint seed = 4)
    {
        TrainingBatch batch = new(Images, Side * Side * 3, Classes, hasTargets: false) { Count = Images };
        for (int i = 0; i < Images; i++)
        {
            TestNumbers.Uniform(Side * Side * 3, seed + (uint)i, 2).CopyTo(batch.Row(i));
            batch.Labels[i] = i % Classes;
        }

        return batch;
    }
}
