using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.Samples;
using Graft.Vision.Tasks;

namespace Graft.Vision.Tests.Evaluating;

public sealed class CrossValidationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EachImageIsHeldOutOnceAndEachClassIsInEveryFold()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        SampleFlowers.Write(folder.Path, new SampleFlowerOptions { ImagesPerClass = 7, Size = 32 }, cancellation: cancel);
        ImageFolder images = ImageFolder.Scan(folder.Path);
        List<string> held = [];
        List<double> scores = [0.5, 0.75, 1];
        int fold = 0;
        CrossValidation result = CrossValidation.Run(images, 3, 1, (learned, judged) =>
        {
            Assert.Equal(images.Items.Count, learned.Items.Count + judged.Items.Count);
            Assert.Empty(learned.Items.Select(item => item.Path).Intersect(judged.Items.Select(item => item.Path)));
            Assert.Equal(5, judged.Items.Select(item => item.Label).Distinct().Count());
            Assert.InRange(judged.Items.Count, 11, 12);
            held.AddRange(judged.Items.Select(item => item.Path));
            return new ValueJudgement(new RegressionMetrics(1, [new ValueMetrics(0, 0, scores[fold++])]), []);
        }, cancellation: cancel);
        Assert.Equal(images.Items.Select(item => item.Path).Order(), held.Order());
        Assert.Equal(("r2", 0.75, 0.25), (result.ScoreName, result.Mean, result.Deviation));
        Assert.Equal(scores, result.Scores);

        // The same seed deals the same folds.
        List<string> again = [];
        CrossValidation.Run(images, 3, 1, (_, judged) =>
        {
            again.AddRange(judged.Items.Select(item => item.Path));
            return new ValueJudgement(new RegressionMetrics(1, [new ValueMetrics(0, 0, 1)]), []);
        }, cancellation: cancel);
        Assert.Equal(held, again);
        Assert.Equal(
            $"50 folds take 50 images at least; '{folder.Path}' has 35.", Assert.Throws<GraftException>(() => CrossValidation.Run(images, 50, 1, (_, _) => null, cancellation: cancel)).Message);
    }
}
