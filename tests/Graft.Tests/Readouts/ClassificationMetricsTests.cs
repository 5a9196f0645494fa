using Graft.Readouts;

namespace Graft.Tests.Readouts;

public class ClassificationMetricsTests
{
    [Fact]
    public void MeasuresEqualThoseWorkedOutByHand()
    {
        float[] scores =
        [
            3, 2, 1,
            1, 3, 2,
            1, 3, 2,
            0, 5, 1,
            2, 1, 0,
            2, 1, 0,
        ];
        ClassificationMetrics metrics = ClassificationMetrics.Measure(scores, 3, [0, 0, 0, 1, 1, 0]);
        Assert.Equal(new[,] { { 2, 2, 0 }, { 1, 1, 0 }, { 0, 0, 0 } }, metrics.Confusion);
        Assert.Equal(0.5, metrics.Top1);
        Assert.Equal(1, metrics.Top5);
        Assert.Equal(6, metrics.Images);
        Assert.Equal([new(0.5, 2.0 / 3, 4), new(0.5, 1.0 / 3, 2), new(0, 0, 0)], metrics.PerClass);
        Assert.Equal([new(0, 1, 2), new(1, 0, 1)], metrics.MostConfused());
        Assert.Equal([new(0, 1, 2)], metrics.MostConfused(1));
    }

    [Fact]
    public void TopFiveCountsTheTrueClassAmongTheFiveBest()
    {
        float[] row = [7, 6, 5, 4, 3, 2, 1];
        float[] scores = [.. row, .. row, .. row, .. row];
        ClassificationMetrics metrics = ClassificationMetrics.Measure(scores, 7, [0, 4, 5, 6]);
        Assert.Equal(0.25, metrics.Top1);
        Assert.Equal(0.5, metrics.Top5);
    }

    [Fact]
    public void OfEqualScoresTheLowerClassComesFirst()
    {
        ClassificationMetrics metrics = ClassificationMetrics.Measure(new float[14], 7, [0, 5]);
        Assert.Equal(0.5, metrics.Top1);
        Assert.Equal(0.5, metrics.Top5);
        Assert.Equal(1, metrics.Confusion[5, 0]);
    }
}
