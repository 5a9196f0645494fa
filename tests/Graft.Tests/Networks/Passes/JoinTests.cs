using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Training;

namespace Graft.Tests.Networks.Passes;

/// <summary>Networks one after the other.</summary>
public class JoinTests
{
    private static readonly Network First = TestNetworks.WithTestWeights(StyleGenerator.Graph(new StyleGeneratorOptions { Width = 0.25, Height = 32, ImageWidth = 32 }));

    private static Network Second => TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.25, Resolution = 32 }));

    [Fact]
    public void AJoinedNetworkComputesWhatTheTwoComputeOneAfterTheOther()
    {
        Network joined = First.Then(Second, "trunk.");
        Assert.Equal(["picture", "trunk.stride2", "trunk.stride4", "trunk.stride8", "trunk.stride16", "trunk.stride32", "trunk.features"], joined.Graph.Outputs.Select(o => o.Name));
        float[] image = TestNumbers.Uniform(32 * 32 * 3, 7, 2);
        using InferenceSession one = InferencePlan.Compile(First).CreateSession(), two = InferencePlan.Compile(Second).CreateSession();
        using InferenceSession both = InferencePlan.Compile(joined, new InferenceOptions { Outputs = ["picture", "trunk.features"] }).CreateSession();
        one.Run(image);
        two.Run(one.Output("picture"));
        both.Run(image);
        Assert.Equal(one.Output("picture"), both.Output("picture"));
        TestNumbers.AssertClose(two.Output("features"), both.Output("trunk.features"), 1e-6);
    }

    [Fact]
    public void AFrozenSecondPassesTheGradientOnAndStaysAsItIs()
    {
        Network joined = First.Then(Second, "trunk.");
        using TrainingPlan plan = TrainingPlan.Compile(joined, new TrainingOptions { Batch = 1, Outputs = ["trunk.stride8"], Trainable = First.Graph.Parameters.ContainsKey });
        TestNumbers.Uniform(32 * 32 * 3, 7, 2).CopyTo(plan.Input().Span);
        plan.Forward(1);
        TestNumbers.Uniform((int)plan.Output().Shape.Count, 8).CopyTo(plan.OutputGradient().Span);
        plan.Backward();
        Assert.Equal(First.Graph.Parameters.Keys.Order(), plan.Weights.Select(w => w.Name).Order());
        Assert.All(plan.Weights.Where(w => w.Name.EndsWith("conv.weight", StringComparison.Ordinal)), w => Assert.True(w.Gradient.Span.ContainsAnyExcept(0), w.Name));
        Network after = plan.ToNetwork();
        Assert.All(joined.Weights.Where(w => w.Key.StartsWith("trunk.", StringComparison.Ordinal)), w => Assert.Equal(w.Value.Span, after.Weights[w.Key].Span));
    }

    [Fact]
    public void NetworksBesideEachOtherLookAtOneInput()
    {
        Network decoder = TestNetworks.WithTestWeights(StyleGenerator.Graph(new StyleGeneratorOptions { Width = 0.25, Height = 32, ImageWidth = 32, Normalization = "none" }));
        Network beside = Second.Beside(decoder, "other.");
        Assert.Equal("other.picture", beside.Graph.Outputs[^1].Name);
        float[] image = TestNumbers.Uniform(32 * 32 * 3, 7, 2);
        using InferenceSession one = InferencePlan.Compile(Second).CreateSession(), two = InferencePlan.Compile(decoder).CreateSession();
        using InferenceSession both = InferencePlan.Compile(beside, new InferenceOptions { Outputs = ["features", "other.picture"] }).CreateSession();
        one.Run(image);
        two.Run(image);
        both.Run(image);
        TestNumbers.AssertClose(one.Output("features"), both.Output("features"), 1e-6);
        Assert.Equal(two.Output("picture"), both.Output("other.picture"));
        Network small = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.25, Resolution = 64 }));
        Assert.Equal(
            "'mobilenetv2_025' takes [1, 64, 64, 3], but 'style_generator_instance' [1, 32, 32, 3]. Give both the same size.", Assert.Throws<NetworkException>(() => First.Beside(small, "other.")).Message);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Network small = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.25, Resolution = 64 }));
        Assert.Equal(
            "'mobilenetv2_025' takes [1, 64, 64, 3], but 'picture' of 'style_generator_instance' is [1, 32, 32, 3]. Give both the same size.",
            Assert.Throws<NetworkException>(() => First.Then(small, "trunk.")).Message);
        GraphBuilder builder = new("two");
        builder.Output("sum", builder.Add("sum", new Add(), builder.Input("a", 32, 32, 3), builder.Input("b", 32, 32, 3)));
        Assert.Equal("Only a network with one input can follow another; 'two' has 2.", Assert.Throws<NetworkException>(() => First.Then(TestNetworks.WithTestWeights(builder.Build()), "")).Message);
    }
}
