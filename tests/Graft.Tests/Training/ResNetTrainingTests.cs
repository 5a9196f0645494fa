using Graft.Models;
using Graft.Networks;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>ResNets in training: shortcuts with and without a projection, and the pooling behind the stem.</summary>
public class ResNetTrainingTests
{
    [Theory]
    [InlineData(18, InstanceNorms.A)]
    [InlineData(18, InstanceNorms.B)]
    [InlineData(50, InstanceNorms.None)]
    public void ASmallResNetHasTheReferencesGradients(int depth, InstanceNorms norms)
    {
        Graph graph = ResNet.Trunk(depth, new TrunkOptions { Width = 0.125, Resolution = 64 }, norms).WithHead(4, dropout: 0).Smooth();
        TrainingOptions options = new() { Batch = 3, Threads = 2, InputGradient = true };
        AssertEqualsReference(TestNetworks.WithTestWeights(graph), options, 3, 2e-4);
    }

    [Fact]
    public void ASmallMobileNetV2IBNHasTheReferencesGradients()
    {
        Graph graph = MobileNetV2.Trunk(new TrunkOptions { Width = 0.1, Resolution = 64 }, ibn: true).WithHead(4, dropout: 0).Smooth();
        TrainingOptions options = new() { Batch = 3, Threads = 2, InputGradient = true };
        AssertEqualsReference(TestNetworks.WithTestWeights(graph), options, 3, 2e-4);
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet18_ibn_a")]
    public void AFewStepsLowerTheLoss(string name)
    {
        const int resolution = 32;
        Network network = Network.Random(Architectures.Get(name).Trunk(new TrunkOptions { Resolution = resolution }).WithHead(4, dropout: 0), seed: 1);
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = 8, Threads = 2 });
        Optimizer optimizer = new SgdOptions().Create([new ParameterGroup("all", plan.Weights)], threads: 2);

        // The classes differ in how coarse their images' noise is, so that no norm takes the difference away.
        int[] labels = [0, 1, 2, 3, 0, 1, 2, 3];
        for (int i = 0; i < plan.Input().Span.Length; i++)
        {
            int image = i / (3 * resolution * resolution), y = i / (3 * resolution) % resolution, x = i / 3 % resolution, label = labels[image];
            plan.Input().Span[i] = Uniform(1, (uint)((((image * 97) + (y >> label)) * 89) + (x >> label)))[0];
        }

        List<double> losses = [];
        for (int step = 0; step < 12; step++)
        {
            plan.Forward(8, 0, (ulong)step);
            losses.Add(new CrossEntropy().Compute(plan.Output(), new Targets(labels), 8, plan.OutputGradient()));
            plan.Backward();
            optimizer.Step(0.01);
        }

        Assert.True(losses[0] > 1 && losses[^1] < 0.1, string.Join(' ', losses));
    }
}
