using Graft.Models;
using Graft.Networks;
using Graft.Readouts;
using Graft.Training;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Vision.Tests.FineTuning;

/// <summary>The parts of a fine-tuning, each alone.</summary>
public class PartTests
{
    private static readonly Graph Classifier = MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(3);

    [Fact]
    public void TheUpperThirdOfTheBlocksIsTrainedInTheFirstQuarterOfTheEpochs()
    {
        FineTunePhase[] phases = FineTunePhase.Of(Classifier, null, 8, fromScratch: false);
        Assert.Equal([("top", 2, "blocks.4.2"), ("all", 6, "conv_stem")], phases.Select(phase => (phase.Name, phase.Epochs, phase.Lowest)));
        Assert.Contains("blocks.4.2.conv_pw.weight", phases[0].Adds);
        Assert.Contains("classifier.bias", phases[0].Adds);
        Assert.DoesNotContain("blocks.4.1.conv_pw.weight", phases[0].Adds);
        Assert.Contains("conv_stem.weight", phases[1].Adds);
        Assert.Empty(phases[0].Adds.Intersect(phases[1].Adds));
        Assert.Equal(Classifier.Parameters.Count(p => !p.Value.IsBuffer), phases.Sum(phase => phase.Adds.Count));
        Assert.Equal(["top", "top", "all", "all", "all"], new[] { 0, 1, 2, 7, 8 }.Select(epoch => TrainingPhase.At(phases, epoch).Name));
    }

    [Fact]
    public void ABlockThatIsNotThereIsNamedWithThoseThatAre()
    {
        GraftException error = Assert.Throws<GraftException>(() => FineTunePhase.Of(Classifier, "blocks.9", 8, fromScratch: false));
        Assert.Equal(
            "There is no block 'blocks.9' to train from in 'mobilenetv2_035'. It has: conv_stem, blocks.0.0, blocks.1.0, blocks.1.1, blocks.2.0, blocks.2.1, blocks.2.2, blocks.3.0, blocks.3.1, blocks.3.2, "
            + "blocks.3.3, blocks.4.0, blocks.4.1, blocks.4.2, blocks.5.0, blocks.5.1, blocks.5.2, blocks.6.0, conv_head, classifier.",
            error.Message);
    }

    [Fact]
    public void TheRateOfTheSteepestDescentIsTaken()
    {
        RatePoint[] points = [new(1e-5, 1), new(1e-4, 0.99), new(1e-3, 0.6), new(1e-2, 0.4), new(1e-1, 0.35), new(1, 3)];
        Assert.Equal(1e-3, RateRangeTest.Choose(points, 7));
    }

    [Fact]
    public void ButAtMostATenthOfThatOfTheLowestLoss()
    {
        RatePoint[] points = [new(1e-5, 1), new(1e-4, 0.99), new(1e-3, 0.98), new(1e-2, 0.6), new(2e-2, 0.35), new(1, 3)];
        Assert.Equal(2e-3, RateRangeTest.Choose(points, 7), 1e-12);
    }

    [Fact]
    public void WhereTheLossOnlyRisesTheUsualRateIsTaken()
    {
        Assert.Equal(7, RateRangeTest.Choose([new(1e-5, 1), new(1e-4, 1.1), new(1e-3, 1.2)], 7));
        Assert.Equal(7, RateRangeTest.Choose([], 7));
    }

    [Theory]
    [InlineData(9, 14, 2)]
    [InlineData(5, 30, 9)]
    [InlineData(7, 9, 1)]
    public void AStopLeavesAThirdOfTheEpochsForTheRateToFall(int epoch, int planned, int coolDown)
    {
        EarlyStop stop = EarlyStop.At(epoch, planned)!;
        Assert.Equal(new EarlyStop(epoch, coolDown, planned), stop);
        Assert.Equal(epoch + coolDown, stop.Epochs);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void AStopThatWouldSaveNothingIsNone(int epoch) => Assert.Null(EarlyStop.At(epoch, 9));

    [Fact]
    public void WhatIsKeptIsChosenByClassesAsTheyCount()
    {
        // Three of class 0, one of class 1: all called 0, or one mistake in each class's favour.
        float[] lazy = [0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f], fair = [0.9f, 0.1f, 0.9f, 0.1f, 0.1f, 0.9f, 0.1f, 0.9f];
        int[] labels = [0, 0, 0, 1];
        Merit plain = Merit.Of(lazy, labels, 2, ClassWeights.None), balanced = Merit.Of(lazy, labels, 2, ClassWeights.Balanced);
        Assert.Equal((0.75, 0.5), (plain.Right, balanced.Right));
        Assert.Equal(-((3 * Math.Log(0.9)) + Math.Log(0.1)) / 4, plain.Loss, 1e-6);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.1)) / 2, balanced.Loss, 1e-6);
        Assert.Equal(0.75, Merit.Of(fair, labels, 2, ClassWeights.None).Right, 1e-12);
        Assert.Equal(5 / 6.0, Merit.Of(fair, labels, 2, ClassWeights.Balanced).Right, 1e-12);
        Assert.True(Merit.Of(fair, labels, 2, ClassWeights.Balanced).IsBetterThan(balanced));
        Assert.True(new Merit(0.5, 1).IsBetterThan(new Merit(0.5, 2)));
        Assert.False(new Merit(0.5, 1).IsBetterThan(new Merit(0.5, 1)));
    }

    [Fact]
    public void TwoImagesOfAClassThatCountsAsMuchAsOthersDecideLittle()
    {
        int[] uneven = [.. Enumerable.Repeat(0, 40), 1, 1], even = [0, 0, 1, 1];
        Merit all = Merit.Of(Sure(uneven), uneven, 2, ClassWeights.Balanced);

        // (r + 1) / (n + 2): 41 / 42 of 40, 3 / 4 of 2.
        double weighed = Math.Sqrt((Math.Pow(1 / 40.0, 2) * 40 * (41 / 42.0) * (1 / 42.0)) + (Math.Pow(1 / 2.0, 2) * 2 * 0.75 * 0.25)) / 2;
        double plain = Math.Sqrt((40 * (41 / 42.0) * (1 / 42.0)) + (2 * 0.75 * 0.25)) / 42;
        Assert.Equal(weighed - plain, all.Margin, 1e-12);
        Assert.False(all.IsClearlyBetterThan(all with { Right = 1 - (0.9 * all.Margin) }));
        Assert.True(all.IsClearlyBetterThan(all with { Right = 1 - (1.1 * all.Margin) }));
        Assert.Equal(weighed, all.StandardError, 1e-12);
        Assert.False(all.IsSurelyBetterThan(all with { Right = 1 - (0.9 * weighed) }));
        Assert.True(all.IsSurelyBetterThan(all with { Right = 1 - (1.1 * weighed) }));
        Merit none = Merit.Of(Sure(uneven), uneven, 2, ClassWeights.None);
        Assert.Equal(0, none.Margin);
        Assert.Equal(plain, none.StandardError, 1e-12);
        Merit equal = Merit.Of(Sure(even), even, 2, ClassWeights.Balanced);
        Assert.True(equal.IsClearlyBetterThan(equal with { Loss = equal.Loss + 1 }));

        static float[] Sure(int[] labels) => [.. labels.SelectMany(label => label == 0 ? (float[])[0.9f, 0.1f] : [0.1f, 0.9f])];
    }

    [Fact]
    public void AMirroredImageIsReversedInXAlone()
    {
        float[] pixels = [1, 2, 3, 4, 5, 6, /**/ 7, 8, 9, 10, 11, 12, /**/ 13, 14, 15, 16, 17, 18, /**/ 19, 20, 21, 22, 23, 24];
        MirroredView.Flip(pixels, 2);
        Assert.Equal([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9, 16, 17, 18, 13, 14, 15, 22, 23, 24, 19, 20, 21], pixels);
    }

    [Fact]
    public void TwoViewsGiveTheMeanOfTheirProbabilities()
    {
        float[] scores = [MathF.Log(0.9f) + 3, MathF.Log(0.1f) + 3], others = [MathF.Log(0.3f), MathF.Log(0.7f)];
        ImageTask.Of(ModelTask.Classify).Average(scores, others, 2);
        float[] mean = Probabilities.Softmax(scores, 2);
        Assert.Equal(0.6f, mean[0], 1e-6f);
        Assert.Equal(0.4f, mean[1], 1e-6f);

        float[] logits = [0, MathF.Log(9)], second = [0, -MathF.Log(9)];
        ImageTask.Of(ModelTask.MultiLabel).Average(logits, second, 2);
        Assert.Equal([0f, 0f], logits, (a, b) => MathF.Abs(a - b) < 1e-5f);
        ImageTask.Of(ModelTask.Regress).Average(scores = [1, 5], [2, -5], 2);
        Assert.Equal([1.5f, 0], scores);
    }
}
