using Graft.Numerics;
using Graft.Readouts;

namespace Graft.Tests.Readouts;

public class CalibrationTests
{
    [Fact]
    public void SoftmaxDividesByTheTemperatureFirst()
    {
        float[] scores = [0, MathF.Log(3), 1000, 1000];
        Assert.Equal([0.25f, 0.75f, 0.5f, 0.5f], Probabilities.Softmax(scores, 2), (a, b) => MathF.Abs(a - b) < 1e-6f);
        Assert.Equal([0.1f, 0.9f, 0.5f, 0.5f], Probabilities.Softmax(scores, 2, 0.5), (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void MeasuresEqualThoseWorkedOutByHand()
    {
        // Confidences .9 (right), .75 (wrong), .58 (right), .55 (right); with 5 bins: (.8, 1]: .9; (.6, .8]: .75; (.4, .6]: .58 and .55.
        float[] probabilities = [0.9f, 0.1f, 0.75f, 0.25f, 0.42f, 0.58f, 0.45f, 0.55f];
        Calibration calibration = Calibration.Measure(probabilities, 2, [0, 1, 1, 1], bins: 5);
        Assert.Equal((0.1 + 0.75 + 0.87) / 4, calibration.ExpectedError, 1e-6);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.25) + Math.Log(0.58) + Math.Log(0.55)) / 4, calibration.NegativeLogLikelihood, 1e-6);
        Assert.Equal(2 * (0.01 + 0.5625 + 0.1764 + 0.2025) / 4, calibration.Brier, 1e-6);
        Assert.Equal([0, 0, 2, 1, 1], calibration.Bins.Select(bin => bin.Images));
        Assert.Equal(0.565, calibration.Bins[2].Confidence, 1e-6);
        Assert.Equal(1, calibration.Bins[2].Accuracy);
        Assert.Equal(0, calibration.Bins[3].Accuracy);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1000, 0.4)]
    [InlineData(1e-3, 0.05)]
    public void TheTemperatureThatMadeTheLabelsIsFound(double scale, double temperature)
    {
        // Labels drawn from softmax(z / T), scores z * scale: the temperature to find is T * scale.
        const int Rows = 20_000, Classes = 4;
        Philox philox = new(3);
        float[] drawn = new float[Rows * Classes], scores = new float[Rows * Classes];
        for (int i = 0; i < drawn.Length; i++) drawn[i] = (float)(2 * philox.Normal((ulong)i) * Math.Min(1, temperature));
        float[] probabilities = Probabilities.Softmax(drawn, Classes, temperature);
        int[] labels = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            double left = philox.Uniform((ulong)(1_000_000 + i));
            while (labels[i] < Classes - 1 && (left -= probabilities[(i * Classes) + labels[i]]) > 0) labels[i]++;
        }

        for (int i = 0; i < scores.Length; i++) scores[i] = (float)(drawn[i] * scale);
        TemperatureFit fit = TemperatureScaling.Fit(scores, Classes, labels);
        Assert.Equal(1, fit.Temperature / (temperature * scale), 0.05);
        Assert.InRange(fit.After.ExpectedError, 0, 0.015);
        Assert.True(fit.After.NegativeLogLikelihood < fit.Before.NegativeLogLikelihood);

        // A minimum: a little to either side is worse.
        foreach (double nearby in (double[])[0.97, 1.03])
        {
            float[] other = Probabilities.Softmax(scores, Classes, fit.Temperature * nearby);
            Assert.True(Calibration.Measure(other, Classes, labels).NegativeLogLikelihood > fit.After.NegativeLogLikelihood);
        }
    }

    [Fact]
    public void AReadoutThatIsAlwaysRightStaysShortOfCertainty()
    {
        TemperatureFit fit = TemperatureScaling.Fit([0.6f, 0.4f, 0.3f, 0.7f], 2, [0, 1]);

        // Softened by 1 / 4: targets of 7/8, where the softmax is at its minimum for one margin; margins of .2 and .4 average.
        Assert.InRange(fit.Temperature, 0.05, 0.3);
        Assert.InRange(fit.After.NegativeLogLikelihood, 0.05, 0.3);
    }

    [Fact]
    public void ScoresThatSayNothingKeepATemperatureOfOne() =>
        Assert.Equal(1, TemperatureScaling.Fit([2, 2, 5, 5], 2, [0, 1]).Temperature);

    [Fact]
    public void ScoresThatMisleadBecomeUniform()
    {
        TemperatureFit fit = TemperatureScaling.Fit([1, 0, 1, 0, 0, 1], 2, [1, 1, 0]);
        Assert.Equal(Math.Log(2), fit.After.NegativeLogLikelihood, 1e-4);
    }

    [Fact]
    public void BadInputIsRefused()
    {
        static string Message(Action action) => Assert.Throws<GraftException>(action).Message;
        Assert.Equal(
            "Scores must be finite; class 1 of row 0 has Infinity. Check the features that made them.",
            Message(() => Probabilities.Softmax([0, float.PositiveInfinity], 2)));
        Assert.Equal("A temperature is a finite number above zero, not 0.", Message(() => Probabilities.Softmax([0, 1], 2, 0)));
        Assert.Equal("Scores come as rows of 2 classes; 3 values are not whole rows.", Message(() => TemperatureScaling.Fit(new float[3], 2, [0])));
        Assert.Equal("Each row of scores needs one label; there are 2 rows and 1 label.", Message(() => TemperatureScaling.Fit(new float[4], 2, [0])));
        Assert.Equal("Labels count from 0 to 1; the label of row 0 is -1.", Message(() => TemperatureScaling.Fit(new float[2], 2, [-1])));
        Assert.Equal("Nothing can be measured on no samples. Give at least one.", Message(() => TemperatureScaling.Fit([], 2, [])));
        Assert.Equal(
            "Probabilities lie between 0 and 1; class 0 of row 0 has 3. Take the softmax of the scores first.",
            Message(() => Calibration.Measure([3, -2], 2, [0])));
    }
}
