using Graft.Numerics;
using Graft.Readouts;

namespace Graft.Tests.Readouts;

public class PriorCorrectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void BalancedClassesAreAsIfEachHadBeenMetAsOften()
    {
        // Frequencies of 8, 4 and 1 of 13: log f over that of the mean class.
        PriorCorrection correction = new(Temperature: 0.5, Lacking: 0.25);
        LinearReadout readout = new([1, 2, 3], [0.1f, 0.2f, 0.3f]);
        LinearReadout corrected = correction.Apply(readout, [8, 4, 1], ClassWeights.Balanced);
        Assert.Same(readout.Weights, corrected.Weights);
        double mean = 13 / 3.0;
        double[] counts = [8, 4, 1];
        for (int c = 0; c < 3; c++) Assert.Equal(readout.Bias[c] + (0.5 * ((0.25 * Math.Log(counts[c] / mean)) - Math.Log(counts[c] / mean))), corrected.Bias[c], 1e-6);
    }

    [Fact]
    public void WeightsOfOnesOwnAddTheirLogarithms()
    {
        LinearReadout corrected = PriorCorrection.OfLogits.Apply(new LinearReadout([0, 0], [0, 0]), [5, 5], ClassWeights.Explicit(3, 1));
        Assert.Equal(Math.Log(3), corrected.Bias[0] - corrected.Bias[1], 1e-6);
    }

    [Fact]
    public void EqualClassesStayAsTheyAreToTheBit()
    {
        LabelledFeatures data = Blobs.Make(90, 40, 3);
        RidgeFit fit = RidgeReadout.Fit(data, cancellation: Cancellation);
        PriorCorrection correction = PriorCorrection.Fit(fit.LeaveOneOutScores, 3, data.Labels);
        Assert.Equal(0, correction.Lacking);
        Assert.Equal(fit.Readout.Bias, correction.Apply(fit.Readout, data.Counts, ClassWeights.Balanced).Bias);
    }

    [Fact]
    public void TheMostLikelyTemperatureAndPartAreFound()
    {
        // Scores that are log-probabilities over 4, without the half of the frequencies: labels drawn by them must be explained by T = 1 / 4 and k = 1 / 2.
        double[] frequencies = [0.7, 0.25, 0.05];
        Philox random = new(1, 1);
        const int Rows = 20_000;
        float[] scores = new float[Rows * 3];
        int[] labels = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            double[] p = new double[3];
            for (int c = 0; c < 3; c++)
            {
                scores[(i * 3) + c] = (float)random.Normal((ulong)((i * 4) + c));
                p[c] = Math.Exp((4 * scores[(i * 3) + c]) + (0.5 * Math.Log(frequencies[c])));
            }

            double draw = random.Uniform((ulong)((i * 4) + 3)) * p.Sum();
            labels[i] = draw < p[0] ? 0 : draw < p[0] + p[1] ? 1 : 2;
        }

        // It measures the frequencies of the labels, which are flatter than those of the draw.
        int[] counts = [.. Enumerable.Range(0, 3).Select(c => labels.Count(label => label == c))];
        double flatter = (Math.Log(frequencies[0]) - Math.Log(frequencies[2])) / Math.Log((double)counts[0] / counts[2]);
        PriorCorrection found = PriorCorrection.Fit(scores, 3, labels);
        Assert.Equal(0.25, found.Temperature, 0.02);
        Assert.InRange(found.Lacking, 0.9 * 0.5 * flatter, 1.1 * 0.5 * flatter);
    }

    [Fact]
    public void ScoresThatSayNothingAreNotDrownedByTheRareClass()
    {
        Philox random = new(3, 1);
        int[] labels = [.. Enumerable.Repeat(0, 200), .. Enumerable.Repeat(1, 30), .. Enumerable.Repeat(2, 8)];
        float[] scores = [.. Enumerable.Range(0, 3 * labels.Length).Select(i => (float)random.Normal((ulong)i))];
        PriorCorrection found = PriorCorrection.Fit(scores, 3, labels);
        float[] bias = found.Apply(new LinearReadout([0, 0, 0], [0, 0, 0]), [200, 30, 8], ClassWeights.Balanced).Bias;
        Assert.InRange(found.Lacking, 0.8, 1.2);
        Assert.All(bias, b => Assert.InRange(b / found.Temperature, -0.5, 0.5));
        Assert.Equal(new PriorCorrection(1, 1), PriorCorrection.Fit(new float[12], 3, [0, 0, 1, 2]));
    }

    [Fact]
    public void ARareClassIsFoundWhereWeightsInTheFitChangeNothing()
    {
        // More features than rows: weights leave ridge's fit where it is.
        int[] counts = [200, 30, 8];
        LabelledFeatures all = Blobs.Make(238 + 90, 600, 3, noise: 4, counts: [230, 60, 38]);
        int[] train = [.. Rows(0, 200), .. Rows(230, 30), .. Rows(290, 8)], held = [.. Rows(200, 30), .. Rows(260, 30), .. Rows(298, 30)];
        LabelledFeatures data = all.Select(train), test = all.Select(held);
        RidgeFit plain = RidgeReadout.Fit(data, new RidgeOptions { Penalty = 1 }, cancellation: Cancellation);
        LinearReadout weighted = RidgeReadout.Fit(data, new RidgeOptions { Penalty = 1, ClassWeights = ClassWeights.Balanced }, cancellation: Cancellation).Readout;
        LinearReadout corrected = PriorCorrection.Fit(plain.LeaveOneOutScores, 3, data.Labels).Apply(plain.Readout, counts, ClassWeights.Balanced);
        double before = Blobs.Accuracy(plain.Readout, test);
        Assert.InRange(Blobs.Accuracy(weighted, test), before - 0.02, before + 0.02);
        Assert.True(Blobs.Accuracy(corrected, test) > before + 0.05, $"{before} to {Blobs.Accuracy(corrected, test)}");

        static IEnumerable<int> Rows(int first, int count) => Enumerable.Range(first, count);
    }
}
