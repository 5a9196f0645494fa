using Graft.Numerics;
using Graft.Readouts;
using Graft.Vision;

namespace Tour;

internal static class Readouts
{
    public static void Run()
    {
        OfClasses();
        OfNumbers();
        Online();
    }

    private static void OfClasses()
    {
        using ImageEmbedder embedder = new();
        string[] kinds = [.. Directory.GetDirectories("flowers").Order()];
        string[] files = [.. kinds.SelectMany(Directory.GetFiles)];
        int[] labels = [.. files.Select(file => Array.IndexOf(kinds, Path.GetDirectoryName(file)))];
        float[] features = [.. files.SelectMany(file => embedder.Embed(file))];

        LabelledFeatures data = new(features, embedder.Dimension, labels, kinds.Length);
        RidgeFit ridge = RidgeReadout.Fit(data);
        ClassificationMetrics metrics = ClassificationMetrics.Measure(ridge.LeaveOneOutScores, kinds.Length, labels);
        Console.WriteLine($"ridge, penalty {ridge.Penalty:0.###}: top-1 {metrics.Top1:P0} of images that it did not learn from");

        LogisticFit logistic = LogisticReadout.Fit(data, new LogisticOptions { ClassWeights = ClassWeights.Balanced });
        LinearReadout readout = logistic.Readout;
        float[] scores = readout.Score(embedder.Embed("rose.jpg"));
        Console.WriteLine($"logistic, {logistic.Iterations} steps: {Path.GetFileName(kinds[Array.IndexOf(scores, scores.Max())])}");
    }

    private static void OfNumbers()
    {
        Random random = new(1);
        float[] features = [.. Enumerable.Range(0, 300).Select(_ => random.NextSingle())];                                 // 100 rows of 3 features
        float[] prices = [.. features.Chunk(3).Select(row => (5 * row[0]) - (2 * row[1]) + 1)];                            // one number for each row
        RidgeFit fit = RidgeReadout.Fit(new TargetFeatures(features, 3, prices, outputs: 1));
        RegressionMetrics metrics = RegressionMetrics.Measure(fit.Readout.Score(features), prices, values: 1);
        Console.WriteLine($"R2 {metrics.R2:0.000}, off by {metrics.MeanAbsoluteError:0.000}");

        Matrix rows = new(100, 3, [.. features]), targets = new(100, 1, [.. prices]);                                      // the same in float64
        RegressionFit regression = RidgeRegression.Fit(rows, targets, new RidgeRegressionOptions { Choice = PenaltyChoice.LeaveOneOut });
        Console.WriteLine($"{regression.Map.Weights[0, 0]:0.0} {regression.Map.Weights[1, 0]:0.0} {regression.Map.Bias[0]:0.0}");
    }

    private static void Online()
    {
        RecursiveLeastSquares exact = new(2, 1, new RecursiveLeastSquaresOptions { ForgettingFactor = 0.99 });
        LeastMeanSquares cheap = new(2, 1, new LeastMeanSquaresOptions { StepSize = 0.5 });
        foreach (IOnlineReadout readout in (IOnlineReadout[])[exact, cheap])
        {
            for (int t = 0; t < 500; t++)
            {
                double x = Math.Sin(t);
                readout.Update([x, 1], [(3 * x) + 2]);                                                                     // the feature 1 is the intercept
            }

            double[] said = new double[1];
            readout.Predict([0.5, 1], said);
            Console.WriteLine($"{said[0]:0.00}");
        }
    }
}
