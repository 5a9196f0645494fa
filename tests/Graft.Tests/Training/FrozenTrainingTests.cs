using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>What is not trained stays as it is, bit for bit, and what is trained gets the gradient that it would get anyway.</summary>
public class FrozenTrainingTests
{
    private const int Batch = 4;

    private static readonly Network Whole = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 64, Epsilon = 1e-2f }).WithHead(5, dropout: 0).Smooth());

    private static bool IsLast(string name) => name.StartsWith("blocks.6.", StringComparison.Ordinal) || name.StartsWith("classifier", StringComparison.Ordinal);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BehindAFrozenTrunkGradientsAreThoseOfTheReference(bool batchStatistics)
    {
        TrainingOptions options = new() { Batch = Batch, Trainable = IsLast, BatchStatistics = batchStatistics };
        using TrainingPlan last = Step(TrainingPlan.Compile(Whole, options).Run(options, Batch));
        Assert.Equal(Whole.Graph.Parameters.Where(p => !p.Value.IsBuffer && IsLast(p.Key)).Select(p => p.Key), last.Weights.Select(w => w.Name));
        AssertKept(Whole, last, IsLast, movesBuffers: batchStatistics);
        AssertEqualsReference(Whole, options, Batch, 1e-4);
    }

    [Fact]
    public void BehindAFrozenTrunkGradientsAreThoseOfTheWholePlan()
    {
        // Norms of the trunk use the running statistics, so the whole plan must do so as well.
        TrainingOptions options = new() { Batch = Batch, Trainable = IsLast, BatchStatistics = false }, all = new() { Batch = Batch, BatchStatistics = false };
        using TrainingPlan last = Step(TrainingPlan.Compile(Whole, options).Run(options, Batch));
        using TrainingPlan whole = TrainingPlan.Compile(Whole, all).Run(all, Batch);
        AssertNear(whole.Output().Span, last.Output().Span, 1e-5, "output");
        foreach (TrainedWeight weight in last.Weights) AssertNear(whole.Weights.Single(w => w.Name == weight.Name).Gradient.Span, weight.Gradient.Span, 1e-4, weight.Name);
        Assert.True(last.ActivationBytes < whole.ActivationBytes / 2);
    }

    [Fact]
    public void FrozenNodesBetweenTrainedOnesPassTheGradientOn()
    {
        static bool IsTrained(string name) => !name.StartsWith("blocks.", StringComparison.Ordinal);
        TrainingOptions options = new() { Batch = Batch, Trainable = IsTrained };
        AssertEqualsReference(Whole, options, Batch, 1e-4);
        using TrainingPlan plan = Step(TrainingPlan.Compile(Whole, options).Run(options, Batch));
        Assert.All(plan.Weights, weight => Assert.True(IsTrained(weight.Name)));
        Assert.True(TestNumbers.Norm(plan.Weights[0].Gradient.Span) > 0);
        AssertKept(Whole, plan, IsTrained, movesBuffers: true);
    }

    [Fact]
    public void NormsWithRunningStatisticsKeepThemBitForBit()
    {
        TrainingOptions options = new() { Batch = Batch, BatchStatistics = false };
        AssertEqualsReference(Whole, options, Batch, 1e-4);
        using TrainingPlan plan = Step(TrainingPlan.Compile(Whole, options).Run(options, Batch));
        AssertKept(Whole, plan, _ => true, movesBuffers: false);
    }

    [Fact]
    public void AWeightOrABiasAloneCanBeTrained()
    {
        foreach (string ending in (string[])[".weight", ".bias", "conv_dw.weight", "bn1.bias", "classifier.bias"])
        {
            TrainingOptions options = new() { Batch = Batch, Trainable = name => name.EndsWith(ending, StringComparison.Ordinal) };
            AssertEqualsReference(Whole, options, Batch, 1e-4, $"{ending}: ");
        }
    }

    [Fact]
    public void BiasesOfConvolutionsWithFrozenWeightsCanBeTrained()
    {
        GraphBuilder builder = new("biases");
        string value = builder.Add("a", new Conv2d(18, 1) { HasBias = true }, builder.Input("x", 6, 5, 4));
        value = builder.Add("b", Conv2d.Depthwise(18, 3) with { HasBias = true }, value);
        value = builder.Add("c", new Conv2d(7, 3) { HasBias = true, Stride = 2, Padding = Padding.Same }, value);
        builder.Output("y", builder.Add("d", new Conv2d(14, 3) { HasBias = true, Groups = 7, Padding = Padding.Same }, value));
        TrainingOptions options = new() { Batch = Batch, Trainable = name => name.EndsWith("bias", StringComparison.Ordinal) };
        AssertEqualsReference(TestNetworks.WithTestWeights(builder.Build()), options, Batch);
    }

    [Fact]
    public void DropoutBehindAFrozenTrunkDropsAndDropoutWithinItDoesNot()
    {
        GraphBuilder builder = new("dropout");
        string trunk = builder.Add("trunk", new Conv2d(40, 1), builder.Add("inner", new Dropout(0.5f), builder.Input("x", 3, 3, 4)));
        string head = builder.Add("outer", new Dropout(0.25f), builder.Add("pool", new GlobalAveragePool(), trunk));
        builder.Output("y", builder.Add("dense", new Dense(6), head));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        TrainingOptions options = new() { Batch = Batch, Trainable = name => name.StartsWith("dense", StringComparison.Ordinal) };
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, Batch, seed: 3, step: 4);

        // The reference without the inner dropout, whose place in the graph stays.
        Network kept = new(network.Graph.With(o => o is Dropout { Rate: 0.5f } ? new Dropout(0) : o), network.Weights);
        ReferenceTraining expected = new(kept, Images(network.Graph, Batch), options, seed: 3, step: 4);
        expected.Backward(OutputGradients(network.Graph, options, Batch));
        Assert.InRange(expected.Value("outer").Count(value => value == 0), 1, (Batch * 40) - 1);
        AssertNear(expected.Output("y"), plan.Output().Span, 1e-6);
        foreach (TrainedWeight weight in plan.Weights) AssertNear(expected.WeightGradients[weight.Name], weight.Gradient.Span, 1e-6, weight.Name);
    }

    [Fact]
    public void AFrozenOutputIsComputedBesideATrainedOne()
    {
        TrainingOptions options = new() { Batch = Batch + 1, Trainable = name => name.StartsWith("classifier", StringComparison.Ordinal), Outputs = ["stride16", "features", "logits"] };
        AssertEqualsReference(Whole, options, Batch, 1e-4);
    }

    private static TrainingPlan Step(TrainingPlan plan)
    {
        foreach (TrainedWeight weight in plan.Weights)
            for (int i = 0; i < weight.Value.Span.Length; i++) weight.Value.Span[i] -= 0.01f * (weight.Gradient.Span[i] + 1);
        plan.WeightsChanged();
        return plan;
    }

    private static void AssertKept(Network before, TrainingPlan plan, Func<string, bool> isTrained, bool movesBuffers)
    {
        Network after = plan.ToNetwork();
        foreach ((string name, Tensor value) in before.Weights)
        {
            bool isBuffer = before.Graph.Parameters[name].IsBuffer;
            bool moves = isBuffer ? movesBuffers && isTrained(name[..name.LastIndexOf('.')] + ".weight") : isTrained(name);
            Assert.True(moves != value.Span.SequenceEqual(after.Weights[name].Span), $"{name} {(moves ? "stayed" : "moved")}");
            if (isBuffer) Assert.True(plan.Buffers[name].Span.SequenceEqual(after.Weights[name].Span), name);
        }
    }
}
