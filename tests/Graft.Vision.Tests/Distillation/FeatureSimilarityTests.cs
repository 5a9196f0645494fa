using Graft.Vision.Distillation;

namespace Graft.Vision.Tests.Distillation;

/// <summary>Numbers worked out by hand.</summary>
public sealed class FeatureSimilarityTests
{
    [Fact]
    public void IsTheMeanCosineAndTheUnexplainedPart()
    {
        // Cosines 1, 0 and 24/25; squared errors 1, 2 and 2; the means of the second are 2 and 5/3.
        FeatureSimilarity s = FeatureSimilarity.Of([1, 0, 0, 1, 3, 4], [2, 0, 1, 0, 4, 3], 2);
        Assert.Equal(3, s.Images);
        Assert.Equal((1 + 0 + 0.96) / 3, s.Cosine, 12);
        Assert.Equal(0, s.LeastCosine, 12);
        double variation = 4 + 1 + 16 + 9 - (49.0 / 3) - (9.0 / 3);
        Assert.Equal((1 + 2 + 2) / variation, s.Unexplained, 12);
    }

    [Fact]
    public void ImagesWithoutFeaturesAreAlike()
    {
        FeatureSimilarity s = FeatureSimilarity.Of([0, 0, 1, 1], [0, 0, 1, 1], 2);
        Assert.Equal(new FeatureSimilarity(2, s.Cosine, s.LeastCosine, 0), s);
        Assert.Equal(1, s.Cosine, 12);
        Assert.Equal(new FeatureSimilarity(1, 0, 0, 1), FeatureSimilarity.Of([0, 0], [1, 0], 2));
    }

    [Fact]
    public void OneImageIsMeasuredByItsLength()
    {
        Assert.Equal((double)(1 + 1) / (9 + 16), FeatureSimilarity.Of([2, 5], [3, 4], 2).Unexplained, 12);
        Assert.Equal(1, FeatureSimilarity.Of([2, 5], [0, 0], 2).Unexplained);
    }
}
