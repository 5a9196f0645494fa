using Graft.Readouts;

namespace Graft.Tests.Readouts;

public class MultiLabelMetricsTests
{
    [Fact]
    public void AveragePrecisionIsTheSumOverThresholds()
    {
        // Thresholds 0.9, 0.8 (two at once) and 0.3: 1/3 x 1 + 1/3 x 2/3 + 1/3 x 3/4.
        Assert.Equal((1 + (2.0 / 3) + 0.75) / 3, MultiLabelMetrics.AveragePrecision([0.8f, 0.9f, 0.3f, 0.8f], [true, true, true, false]), 1e-12);
        Assert.Equal(1, MultiLabelMetrics.AveragePrecision([0.1f, 0.7f, 0.9f], [false, true, true]));
        Assert.Equal(0.5, MultiLabelMetrics.AveragePrecision([0.5f, 0.5f, 0.5f, 0.5f], [false, true, true, false]));
        Assert.Equal(double.NaN, MultiLabelMetrics.AveragePrecision([0.1f], [false]));
    }

    [Fact]
    public void LabelsAreCountedEachForItselfAndTogether()
    {
        // Four images of two labels and one that nobody has.
        float[] probabilities = [0.9f, 0.2f, 0.1f, 0.6f, 0.7f, 0.1f, 0.4f, 0.8f, 0.1f, 0.3f, 0.1f, 0.6f];
        bool[] isThere = [true, false, false, false, true, false, true, true, false, false, false, false];
        MultiLabelMetrics metrics = MultiLabelMetrics.Measure(probabilities, isThere, [0.5f, 0.5f, 0.5f]);
        Assert.Equal(((1 + (2.0 / 3)) / 2, 0.5, 2, 0.5), (metrics.PerLabel[0].AveragePrecision, metrics.PerLabel[0].Recall, metrics.PerLabel[0].Images, metrics.PerLabel[0].Precision));
        Assert.Equal((1.0, 1.0, 1.0, 1.0), (metrics.PerLabel[1].AveragePrecision, metrics.PerLabel[1].Recall, metrics.PerLabel[1].Precision, metrics.PerLabel[1].F1));
        Assert.Equal((0, 0.0, 0.0), (metrics.PerLabel[2].Images, metrics.PerLabel[2].Recall, metrics.PerLabel[2].Precision));
        Assert.Equal((((1 + (2.0 / 3)) / 2) + 1) / 2, metrics.MeanAveragePrecision, 1e-12);
        Assert.Equal((4, 0.25), (metrics.Images, metrics.ExactMatch));

        // 3 right of 5 given and 4 there.
        Assert.Equal(2 * 3 / 9.0, metrics.MicroF1, 1e-12);
        double loss = -(Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.9) + Math.Log(0.4) + Math.Log(0.7) + Math.Log(0.9) + Math.Log(0.4) + Math.Log(0.8) + Math.Log(0.9) + Math.Log(0.7) + Math.Log(0.9) + Math.Log(0.4)) / 12;
        Assert.Equal(loss, metrics.Loss, 1e-6);
    }

    [Fact]
    public void AThresholdHasTheGreatestF1()
    {
        // Giving the label from 0.4 on: 5 right of 6 given, 5 there: F1 10/11. From 0.6 on 4 of 4: 8/9.
        float[] column = [0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.3f, 0.2f, 0.1f, 0.05f];
        bool[] isThere = [true, true, true, true, false, true, false, false, false, false];
        Assert.Equal(0.35f, Assert.Single(MultiLabelMetrics.Thresholds(column, isThere, 1)), 1e-6f);
        Assert.Equal(0.5f, Assert.Single(MultiLabelMetrics.Thresholds(column, isThere, 1, least: 6)));
    }

    [Fact]
    public void RegressionIsMeasuredByValue()
    {
        RegressionMetrics metrics = RegressionMetrics.Measure([1, 10, 2, 20, 5, 40], [1, 12, 3, 20, 5, 37], 2);
        Assert.Equal((1 / 3.0, Math.Sqrt(1 / 3.0), 1 - (1 / 8.0)), (metrics.PerValue[0].MeanAbsoluteError, metrics.PerValue[0].RootMeanSquaredError, metrics.PerValue[0].R2));
        Assert.Equal((5 / 3.0, Math.Sqrt(13 / 3.0), 1 - (13 / 326.0)), (metrics.PerValue[1].MeanAbsoluteError, metrics.PerValue[1].RootMeanSquaredError, metrics.PerValue[1].R2));
        Assert.Equal((metrics.PerValue[0].R2 + metrics.PerValue[1].R2) / 2, metrics.R2);
        Assert.Equal(double.NaN, RegressionMetrics.Measure([1, 2], [3, 3], 1).R2);
    }

    [Fact]
    public void AConformalMarginIsARankOfTheErrors()
    {
        double[] errors = [-9, 1, 2, -3, 4, 5, -6, 7, 8];
        Assert.Equal((9, 5, double.PositiveInfinity), (ConformalMargin.Of(errors, 0.9), ConformalMargin.Of(errors, 0.5), ConformalMargin.Of(errors, 0.95)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConformalMargin.Of(errors, 1));
    }

    [Fact]
    public void PlattsScalingIsAtTheOptimum()
    {
        float[] scores = [-0.2f, 0.1f, 0.15f, 0.4f, 0.35f, 0.5f, 0.9f, 1.1f];
        bool[] isThere = [false, false, true, false, true, false, true, true];
        PlattScaling scaling = PlattScaling.Fit(scores, isThere);
        double slope = 0, offset = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double error = (1 / (1 + Math.Exp(-((scaling.Slope * scores[i]) + scaling.Offset)))) - (isThere[i] ? 5 / 6.0 : 1 / 6.0);
            (slope, offset) = (slope + (error * scores[i]), offset + error);
        }

        Assert.InRange(Math.Abs(slope) + Math.Abs(offset), 0, 1e-6);
        Assert.True(scaling.Slope > 1);

        // Told apart at once: finite. The wrong way round, or all alike: the share of the label.
        Assert.InRange(PlattScaling.Fit([0, 0, 1, 1], [false, false, true, true]).Slope, 1, 100);
        Assert.Equal(new PlattScaling(0, 0), PlattScaling.Fit([0, 0, 1, 1], [true, true, false, false]));
        Assert.Equal(new PlattScaling(0, Math.Log(2 / 4.0)), PlattScaling.Fit([1, 1, 1, 1], [true, false, false, false]));
    }
}
