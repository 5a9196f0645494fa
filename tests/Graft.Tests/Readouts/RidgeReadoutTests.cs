using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class RidgeReadoutTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Below and above the change from the rows' side to the features' side.
    [Theory]
    [InlineData(40, 60, false, false)]
    [InlineData(40, 60, true, true)]
    [InlineData(90, 30, false, true)]
    [InlineData(90, 30, true, false)]
    public void AFitSolvesThePenalizedLeastSquaresProblem(int rows, int dimension, bool standardize, bool balanced)
    {
        LabelledFeatures data = Blobs.Make(rows, dimension, 3, counts: [rows / 2, rows / 3, rows - (rows / 2) - (rows / 3)]);
        RidgeOptions options = new() { Penalty = 4.5, Standardize = standardize, ClassWeights = balanced ? ClassWeights.Balanced : ClassWeights.None };
        RidgeFit fit = RidgeReadout.Fit(data, options, cancellation: Cancellation);

        (double[] weights, double[] bias) = ByAugmentedQR(data, 4.5, standardize, balanced);
        Assert.InRange(Samples.Distance(weights, [.. fit.Readout.Weights.Select(x => (double)x)]), 0, 1e-6);
        Assert.InRange(Samples.Distance(bias, [.. fit.Readout.Bias.Select(x => (double)x)]), 0, 1e-6);
        Assert.Empty(fit.Curve);
    }

    [Theory]
    [InlineData(30, 50)]
    [InlineData(80, 20)]
    public void LeaveOneOutScoresAreThoseOfReadoutsFittedWithoutTheRow(int rows, int dimension)
    {
        LabelledFeatures data = Blobs.Make(rows, dimension, 3);
        RidgeOptions options = new() { Penalty = 7, ClassWeights = ClassWeights.None };
        RidgeFit fit = RidgeReadout.Fit(data, options, cancellation: Cancellation);
        foreach (int row in (int[])[0, 13, rows - 1])
        {
            float[] expected = RidgeReadout.Fit(data.Without(row), options, cancellation: Cancellation).Readout.Score(data.Features.Slice(row * dimension, dimension));
            for (int c = 0; c < 3; c++) Assert.Equal(expected[c], fit.LeaveOneOutScores[(row * 3) + c], 2e-5f);
        }
    }

    [Theory]
    [InlineData(30, 50)]
    [InlineData(80, 20)]
    public void TheScoresAreThoseOfReadoutsFittedWithoutEachRowAndTheFreedomThatOfTheHatMatrix(int rows, int dimension)
    {
        LabelledFeatures data = Blobs.Make(rows, dimension, 2);
        RidgeFit fit = RidgeReadout.Fit(data, new RidgeOptions { GridPoints = 5, SmallestPenalty = 1e-2, LargestPenalty = 1e2 }, cancellation: Cancellation);
        foreach (PenaltyScore point in fit.Curve)
        {
            double errors = 0;
            for (int i = 0; i < rows; i++)
            {
                float[] scores = RidgeReadout.Fit(data.Without(i), new RidgeOptions { Penalty = point.Penalty }, cancellation: Cancellation).Readout.Score(data.Features.Slice(i * dimension, dimension));
                for (int c = 0; c < 2; c++) errors += Math.Pow(scores[c] - (data.Labels[i] == c ? 1 : 0), 2);
            }

            Assert.Equal(1, errors / rows / 2 / point.Score, 1e-3);
        }

        // With no penalty to speak of the hat matrix has the rank of the features plus one.
        double full = RidgeReadout.Fit(data, new RidgeOptions { Penalty = 1e-7 }, cancellation: Cancellation).EffectiveDegreesOfFreedom;
        Assert.Equal(Math.Min(rows, dimension + 1), full, 1e-3);
    }

    [Fact]
    public void ThePenaltyChosenIsTheBestOfItsCurveAndGeneralizesBetterThanTheEnds()
    {
        LabelledFeatures train = Blobs.Make(120, 100, 4, noise: 1.5), test = Blobs.Make(2000, 100, 4, noise: 1.5, seed: 1);
        foreach (PenaltySelection selection in Enum.GetValues<PenaltySelection>())
        {
            RidgeFit fit = RidgeReadout.Fit(train, new RidgeOptions { Selection = selection, Seed = 3 }, cancellation: Cancellation);
            Assert.Equal(61, fit.Curve.Count);
            Assert.Equal(fit.Curve.MinBy(point => point.Score).Penalty, fit.Penalty);
            Assert.InRange(fit.Penalty, fit.Curve[0].Penalty * 2, fit.Curve[^1].Penalty / 2);
            Assert.True(fit.Curve.Zip(fit.Curve.Skip(1)).All(pair => pair.First.Penalty < pair.Second.Penalty));
        }

        LabelledFeatures fresh = test.Select([.. Enumerable.Range(120, 1880)]);
        double chosen = Blobs.Accuracy(RidgeReadout.Fit(train, cancellation: Cancellation).Readout, fresh);
        double least = Blobs.Accuracy(RidgeReadout.Fit(train, new RidgeOptions { Penalty = 1e-3 }, cancellation: Cancellation).Readout, fresh);
        Assert.InRange(chosen, least + 0.05, 1);
        Assert.InRange(chosen, 0.6, 1);
    }

    [Fact]
    public void FoldScoresAreTheSquaredErrorsOnRowsThatAFitHasNotSeen()
    {
        LabelledFeatures data = Blobs.Make(50, 12, 2);
        RidgeOptions options = new() { Selection = PenaltySelection.Folds, Folds = 4, GridPoints = 3, Seed = 9 };
        RidgeFit fit = RidgeReadout.Fit(data, options, cancellation: Cancellation);

        int[] fold = Folds.Stratified(data, 4, 9);
        foreach (PenaltyScore point in fit.Curve)
        {
            double error = 0;
            for (int f = 0; f < 4; f++)
            {
                int[] outside = Folds.Rows(fold, f, inside: false);
                RidgeOptions part = new() { Penalty = point.Penalty * outside.Length / 50 };
                LinearReadout readout = RidgeReadout.Fit(data.Select(outside), part, cancellation: Cancellation).Readout;
                foreach (int row in Folds.Rows(fold, f, inside: true))
                {
                    float[] scores = readout.Score(data.Features.Slice(row * 12, 12));
                    error += Math.Pow(scores[0] - (data.Labels[row] == 0 ? 1 : 0), 2) + Math.Pow(scores[1] - data.Labels[row], 2);
                }
            }

            Assert.Equal(error / 100, point.Score, 1e-6);
        }
    }

    [Fact]
    public void FoldsHoldTheirShareOfEachClass()
    {
        LabelledFeatures data = Blobs.Make(33, 2, 3, counts: [5, 8, 20]);
        int[] fold = Folds.Stratified(data, 5, 1);
        for (int f = 0; f < 5; f++)
        {
            int[] rows = Folds.Rows(fold, f, inside: true);
            Assert.InRange(rows.Length, 6, 7);
            Assert.Equal(1, rows.Count(row => data.Labels[row] == 0));
            Assert.Equal(4, rows.Count(row => data.Labels[row] == 2));
        }
    }

    [Fact]
    public void BalancedWeightsAreThoseOfCopiedSamples()
    {
        LabelledFeatures data = Blobs.Make(36, 6, 2, counts: [12, 24], noise: 2);
        int[] copied = [.. Enumerable.Range(0, 36), .. Enumerable.Range(0, 12)];
        RidgeFit expected = RidgeReadout.Fit(data.Select(copied), new RidgeOptions { Penalty = 4 }, cancellation: Cancellation);

        // The same sums, divided by the mean weight of 48 / 36.
        foreach (ClassWeights weights in (ClassWeights[])[ClassWeights.Balanced, ClassWeights.Explicit(2, 1)])
        {
            RidgeFit fit = RidgeReadout.Fit(data, new RidgeOptions { Penalty = 3, ClassWeights = weights }, cancellation: Cancellation);
            for (int i = 0; i < 12; i++) Assert.Equal(expected.Readout.Weights[i], fit.Readout.Weights[i], 1e-6f);
            Assert.Equal(expected.Readout.Bias[0], fit.Readout.Bias[0], 1e-6f);
        }
    }

    [Fact]
    public void FitsHaveTheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        RidgeFit fit = RidgeReadout.Fit(Blobs.Make(500, 300, 5), new RidgeOptions { Standardize = true, Threads = pool.Threads });
        return [fit.Penalty, .. fit.Readout.Weights.Select(x => (double)x), .. fit.LeaveOneOutScores.Select(x => (double)x), .. fit.Curve.Select(x => x.Score)];
    });

    [Fact]
    public void AClassWithoutSamplesNeverWins()
    {
        LabelledFeatures data = Blobs.Make(40, 10, 3, noise: 0.3, counts: [20, 0, 20]);
        LinearReadout readout = RidgeReadout.Fit(data, cancellation: Cancellation).Readout;
        Assert.All(readout.Weights[10..20], weight => Assert.Equal(0, weight));
        Assert.Equal(0, readout.Bias[1]);
        Assert.InRange(Blobs.Accuracy(readout, data), 0.9, 1);
    }

    [Theory]
    [InlineData("two rows")]
    [InlineData("constant")]
    [InlineData("duplicates")]
    [InlineData("wide")]
    [InlineData("tall")]
    [InlineData("huge")]
    [InlineData("tiny")]
    [InlineData("mixed")]
    [InlineData("offset")]
    public void AwkwardFeaturesGiveFiniteFits(string kind)
    {
        LabelledFeatures plain = Blobs.Make(kind == "two rows" ? 2 : kind == "tall" ? 3000 : 24, kind == "wide" ? 700 : kind == "tall" ? 1 : 8, 2);
        int dimension = plain.Dimension;
        float[] features = plain.Features.ToArray();
        for (int i = 0; i < features.Length; i++)
        {
            features[i] = kind switch
            {
                "constant" => i % dimension < dimension ? 3.3f : 0,
                "duplicates" => features[i % (2 * dimension)],
                "huge" => features[i] * 1e37f,
                "tiny" => features[i] * 1e-30f,
                "mixed" => features[i] * (i % 2 == 0 ? 1e30f : 1e-3f),
                "offset" => features[i] + 1e6f,
                _ => features[i],
            };
        }

        LabelledFeatures data = new(features, dimension, plain.Labels.ToArray(), 2);
        foreach (bool standardize in (bool[])[false, true])
        {
            foreach (PenaltySelection selection in Enum.GetValues<PenaltySelection>())
            {
                RidgeOptions options = new() { Standardize = standardize, Selection = selection, Folds = 2 };
                RidgeFit fit = RidgeReadout.Fit(data, options, cancellation: Cancellation);
                Assert.All(fit.Readout.Weights, weight => Assert.True(float.IsFinite(weight)));
                Assert.All(fit.LeaveOneOutScores, score => Assert.True(float.IsFinite(score)));
                Assert.All(fit.Curve, point => Assert.True(double.IsFinite(point.Score)));
                Assert.True(double.IsFinite(fit.Penalty) && double.IsFinite(fit.EffectiveDegreesOfFreedom));
                if (kind == "constant") Assert.Equal([0.5f, 0.5f], fit.Readout.Bias);
            }
        }
    }

    [Fact]
    public void BadInputIsRefusedWithTheRuleTheValuesAndTheRemedy()
    {
        static string Message(Action action) => Assert.Throws<GraftException>(action).Message;
        Assert.Equal(
            "Features must be finite; feature 1 of row 1 is NaN. Check the image and the trunk that made it.",
            Message(() => _ = new LabelledFeatures(new[] { 1f, 2, 3, float.NaN }, 2, new[] { 0, 1 }, 2)));
        Assert.Equal(
            "Labels count from 0 to 1; the label of row 1 is 2. Correct it, or raise the number of classes.",
            Message(() => _ = new LabelledFeatures(new[] { 1f, 2 }, 1, new[] { 0, 2 }, 2)));
        Assert.Equal(
            "Features and labels must have the same rows: 2 labels of 2 features make 4 values, not 3.",
            Message(() => _ = new LabelledFeatures(new float[3], 2, new[] { 0, 1 }, 2)));
        Assert.Equal("A readout needs at least 2 samples, not 1. Add images.", Message(() => _ = new LabelledFeatures(new float[3], 3, new[] { 0 }, 2)));
        Assert.Equal(
            "A classifier needs samples of at least 2 classes; 1 of 3 has any. Add images of another class.",
            Message(() => RidgeReadout.Fit(new LabelledFeatures(new float[4], 2, new[] { 1, 1 }, 3), cancellation: Cancellation)));
        Assert.Equal("A ridge penalty is a finite number above zero, not 0. Leave it out to have it chosen.", Message(() => _ = new RidgeOptions { Penalty = 0 }));
        Assert.Equal(
            "There are 2 classes but 3 class weights. Give one weight a class.",
            Message(() => RidgeReadout.Fit(Blobs.Make(10, 2, 2), new RidgeOptions { ClassWeights = ClassWeights.Explicit(1, 1, 1) }, cancellation: Cancellation)));
        Assert.Equal(
            "There are 4 samples, too few for 5 folds. Use at most 4 folds, or leave-one-out.",
            Message(() => RidgeReadout.Fit(Blobs.Make(4, 2, 2), new RidgeOptions { Selection = PenaltySelection.Folds }, cancellation: Cancellation)));
    }

    [Fact]
    public void AWeightBeyondFloat32IsRefused()
    {
        LabelledFeatures data = new(new[] { 1e-42f, 2e-42f, 5e-42f, 7e-42f }, 1, new[] { 0, 0, 1, 1 }, 2);
        GraftException error = Assert.Throws<GraftException>(() => RidgeReadout.Fit(data, new RidgeOptions { Standardize = true }, cancellation: Cancellation));
        Assert.EndsWith("which float32 can't hold. Rescale the features so that their standard deviations are near 1.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACancelledFitStops()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => RidgeReadout.Fit(Blobs.Make(10, 2, 2), cancellation: source.Token));
    }

    // min |S^(1/2) (Y - X W - 1 b)|^2 + penalty |W|^2 as one least-squares problem: a wholly other way to the same weights.
    private static (double[] Weights, double[] Bias) ByAugmentedQR(LabelledFeatures data, double penalty, bool standardize, bool balanced)
    {
        int n = data.Rows, d = data.Dimension, classes = data.Classes;
        double[] sample = new double[n], deviation = new double[d];
        for (int i = 0; i < n; i++) sample[i] = balanced ? (double)n / (classes * data.Counts[data.Labels[i]]) : 1;
        for (int j = 0; j < d; j++)
        {
            double mean = 0, square = 0;
            for (int i = 0; i < n; i++) mean += sample[i] * data.Features.Span[(i * d) + j] / n;
            for (int i = 0; i < n; i++) square += sample[i] * Math.Pow(data.Features.Span[(i * d) + j] - mean, 2) / n;
            deviation[j] = standardize ? Math.Sqrt(square) : 1;
        }

        Matrix left = new(n + d, d + 1), right = new(n + d, classes);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < d; j++) left[i, j] = Math.Sqrt(sample[i]) * data.Features.Span[(i * d) + j] / deviation[j];
            left[i, d] = Math.Sqrt(sample[i]);
            right[i, data.Labels[i]] = Math.Sqrt(sample[i]);
        }

        for (int j = 0; j < d; j++) left[n + j, j] = Math.Sqrt(penalty);
        Matrix solution = QR.Factor(left).SolveLeastSquares(right).Transpose();
        double[] weights = new double[classes * d], bias = new double[classes];
        for (int c = 0; c < classes; c++)
        {
            for (int j = 0; j < d; j++) weights[(c * d) + j] = solution[c, j] / deviation[j];
            bias[c] = solution[c, d];
        }

        return (weights, bias);
    }

    [Fact]
    public void OneHotTargetsAreClasses()
    {
        LabelledFeatures labelled = Blobs.Make(60, 20, 3);
        float[] targets = new float[60 * 3];
        for (int i = 0; i < 60; i++) targets[(i * 3) + labelled.Labels[i]] = 1;
        RidgeFit expected = RidgeReadout.Fit(labelled, cancellation: Cancellation), actual = RidgeReadout.Fit(new TargetFeatures(labelled.Features, 20, targets, 3), cancellation: Cancellation);
        Assert.Equal(expected.Readout.Weights, actual.Readout.Weights);
        Assert.Equal(expected.LeaveOneOutScores, actual.LeaveOneOutScores);
    }

    [Fact]
    public void NumbersAreFittedAsTheNormalEquationsSay()
    {
        // y = 3 x - 2 of five points, and a penalty of 10 on the slope: 3 S / (S + 10) with S = sum (x - mean)^2 = 10.
        TargetFeatures data = new((float[])[0, 1, 2, 3, 4], 1, (float[])[-2, 1, 4, 7, 10], 1);
        RidgeFit fit = RidgeReadout.Fit(data, new RidgeOptions { Penalty = 10 }, cancellation: Cancellation);
        Assert.Equal(1.5f, Assert.Single(fit.Readout.Weights), 1e-6f);
        Assert.Equal(4 - (1.5f * 2), Assert.Single(fit.Readout.Bias), 1e-6f);
        Assert.Equal("There is nothing to learn: every image has the same numbers. Add images with others.", Assert.Throws<GraftException>(() => RidgeReadout.Fit(new TargetFeatures((float[])[1, 2], 1, (float[])[5, 5], 1), cancellation: Cancellation)).Message);
        Assert.Equal("Targets must be finite; number 1 of row 0 is NaN. Correct it, or leave the row out.", Assert.Throws<GraftException>(() => new TargetFeatures((float[])[1, 2], 1, (float[])[5, float.NaN, 5, 5], 2)).Message);
    }

    [Fact]
    public void FoldsChooseAmongNumbersToo()
    {
        LabelledFeatures blobs = Blobs.Make(200, 10, 2);
        float[] targets = [.. Enumerable.Range(0, 200).Select(i => 2 * blobs.Features.Span[i * 10])];
        RidgeFit fit = RidgeReadout.Fit(new TargetFeatures(blobs.Features, 10, targets, 1), new RidgeOptions { Selection = PenaltySelection.Folds }, cancellation: Cancellation);
        Assert.Equal(2, fit.Readout.Weights[0], 1e-2f);
        Assert.All(fit.Readout.Weights[1..], weight => Assert.InRange(weight, -1e-2f, 1e-2f));
    }
}
