using Graft.Vision.Distillation;

namespace Graft.Vision.Tests.Distillation;

/// <summary>What is done in which epochs.</summary>
public sealed class DistillPhaseTests
{
    [Fact]
    public void TheDefaultsGuideThenEnlargeThenSettle()
    {
        DistillPhase[] phases = DistillPhase.Of(new DistillerOptions { Epochs = 60, GuidedPart = 0.3 }, 224, canGuide: true);
        Assert.Equal(
            [new("guided 128", 18, 128, true, false), new("whole 128", 18, 128, false, false), new("whole 224", 15, 224, false, false), new("settled 224", 9, 224, false, true)], phases);
    }

    [Fact]
    public void NetworksOfOtherBlocksAreNotGuided()
    {
        DistillPhase[] phases = DistillPhase.Of(new DistillerOptions { Epochs = 10 }, 96, canGuide: false);
        Assert.Equal([new("whole 64", 6, 64, false, false), new("whole 96", 3, 96, false, false), new("settled 96", 1, 96, false, true)], phases);
    }

    [Fact]
    public void PartsOfNothingAreLeftOut()
    {
        DistillerOptions options = new() { Epochs = 3, GuidedPart = 0, SmallPart = 0, SettledPart = 0 };
        Assert.Equal([new("whole 224", 3, 224, false, false)], DistillPhase.Of(options, 224, canGuide: true));
        Assert.Equal([new("guided 32", 1, 32, true, false)], DistillPhase.Of(options with { Epochs = 1, GuidedPart = 1 }, 32, canGuide: true));
    }

    [Fact]
    public void AGuidedPartMayOutlastTheSmallOne()
    {
        DistillerOptions options = new() { Epochs = 10, GuidedPart = 0.5, SmallPart = 0.2, SmallResolution = 64, SettledPart = 0.3 };
        Assert.Equal(
            [new("guided 64", 2, 64, true, false), new("guided 128", 3, 128, true, false), new("whole 128", 2, 128, false, false), new("settled 128", 3, 128, false, true)],
            DistillPhase.Of(options, 128, canGuide: true));
    }
}
