using Graft.Vision.Evaluating;

namespace Graft.Vision.Tests.Evaluating;

public class DisputedLabelsTests
{
    [Fact]
    public void TheMostDisputedComeFirstAndWhatIsMerelyHardToTellIsNotAmongThem()
    {
        // Two classes of fifty images that the scores tell apart by 3 to 0, but for three of the first class, and one that is the only one of a third.
        ImageItem[] items = [.. Enumerable.Range(0, 101).Select(i => new ImageItem($"{i}.jpg", $"{i}.jpg", i == 100 ? 2 : i / 50))];
        float[] scores = [.. items.SelectMany(item => item.Label == 1 ? (float[])[0, 3, -3] : [3, 0, -3])];
        (scores[3 * 7], scores[(3 * 7) + 1]) = (0, 3);
        (scores[3 * 9], scores[(3 * 9) + 1]) = (0, 4);
        (scores[3 * 11], scores[(3 * 11) + 1]) = (1.4f, 1.5f);

        JudgedImage[] found = DisputedLabels.Find(items, scores, 3);
        Assert.Equal([("9.jpg", 0, 1), ("7.jpg", 0, 1)], found.Select(f => (f.Item.RelativePath, f.Item.Label, f.Predicted)));
        Assert.True(found[0].Probability > found[1].Probability && found[1].Probability > 20 / 21f);
    }

    [Fact]
    public void LabelsThatNobodyDisputesAreNotListed()
    {
        ImageItem[] items = [.. Enumerable.Range(0, 10).Select(i => new ImageItem($"{i}.jpg", $"{i}.jpg", i % 2))];
        Assert.Empty(DisputedLabels.Find(items, [.. items.SelectMany(item => item.Label == 0 ? (float[])[1, 0] : [0, 1])], 2));
    }

    [Fact]
    public void ScoresThatSayNothingDisputeNothing()
    {
        ImageItem[] items = [.. Enumerable.Range(0, 40).Select(i => new ImageItem($"{i}.jpg", $"{i}.jpg", i % 2))];
        Assert.Empty(DisputedLabels.Find(items, [.. items.SelectMany((_, i) => i / 2 % 2 == 0 ? (float[])[1, 0] : [0, 1])], 2));
    }
}
