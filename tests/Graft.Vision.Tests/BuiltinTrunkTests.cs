using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests;

/// <summary>What the shipped trunk is for.</summary>
public sealed class BuiltinTrunkTests
{
    [Fact]
    public void ItSeesMoreThanRandomWeightsOfTheSameShape()
    {
        using TemporaryFolder folder = new();
        SampleFlowers.Write(folder["flowers"], new SampleFlowerOptions { ImagesPerClass = 60, Seed = 11 }, cancellation: TestContext.Current.CancellationToken);
        Model trunk = BuiltinTrunks.Load(), random = trunk with { Network = Network.Random(trunk.Network.Graph, seed: 1) };
        double learned = Top1(trunk), unlearned = Top1(random);
        Assert.True(learned > unlearned + 0.15 && learned > 0.7, $"{learned} {unlearned}"); // chance is 0.2

        double Top1(Model model) => ReadoutTrainer.Train(
            model, ImageFolder.Scan(folder["flowers"]), options: new ReadoutTrainerOptions { Cache = null, Holdout = 1 / 3.0 }, cancellation: TestContext.Current.CancellationToken).Validation!.Top1;
    }
}
