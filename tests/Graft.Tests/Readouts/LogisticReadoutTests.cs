using System.Text.Json;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class LogisticReadoutTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("balanced")]
    public void TheOptimumIsThatOfScipy(string kind)
    {
        JsonElement expected = Samples.Fixture("Readouts", "logistic.json").GetProperty(kind);
        LogisticFit fit = LogisticReadout.Fit(FixtureData(), Options(kind), cancellation: Cancellation);
        Assert.True(fit.Converged);
        Assert.Equal(expected.GetProperty("objective").GetDouble(), fit.Objective, 1e-12);
        Assert.InRange(Samples.Distance(expected.Numbers("weights"), [.. fit.Readout.Weights.Select(x => (double)x)]), 0, 1e-6);
        Assert.InRange(Samples.Distance(expected.Numbers("bias"), [.. fit.Readout.Bias.Select(x => (double)x)]), 0, 1e-6);
    }

    [Fact]
    public void AWarmStartAtTheOptimumIsAlreadyThere()
    {
        LogisticOptions options = Options("plain") with { Tolerance = 1e-6 };
        LogisticFit cold = LogisticReadout.Fit(FixtureData(), options, cancellation: Cancellation);
        LogisticFit warm = LogisticReadout.Fit(FixtureData(), options with { WarmStart = cold.Readout }, cancellation: Cancellation);
        Assert.InRange(cold.Iterations, 10, 200);
        Assert.InRange(warm.Iterations, 0, 2);
        Assert.Equal(cold.Objective, warm.Objective, 1e-10);
    }

    [Fact]
    public void StandardizedFeaturesDoNotMindTheirScale()
    {
        LabelledFeatures data = Blobs.Make(80, 6, 3);
        float[] scaled = data.Features.ToArray();
        for (int i = 0; i < scaled.Length; i++) scaled[i] *= MathF.ScaleB(1, i % 6 * 3);
        LogisticOptions options = new() { Penalty = 0.1, Tolerance = 1e-9 };
        LinearReadout plain = LogisticReadout.Fit(data, options, cancellation: Cancellation).Readout;
        LinearReadout other = LogisticReadout.Fit(new(scaled, 6, data.Labels.ToArray(), 3), options, cancellation: Cancellation).Readout;
        for (int i = 0; i < plain.Weights.Length; i++) Assert.Equal(plain.Weights[i], MathF.ScaleB(other.Weights[i], i % 6 * 3), 1e-5f);
    }

    [Fact]
    public void FoldsChooseAPenaltyInsideTheGridThatBeatsItsEnds()
    {
        LabelledFeatures data = Blobs.Make(90, 30, 3, noise: 1.5);
        LogisticOptions options = new() { Seed = 2, SmallestPenalty = 1e-4, LargestPenalty = 100, GridPoints = 7, Folds = 3, Tolerance = 1e-4 };
        LogisticFit fit = LogisticReadout.Fit(data, options, cancellation: Cancellation);

        // The smallest penalty is far behind the turn of the loss, and not worth its fit.
        Assert.Equal(6, fit.Curve.Count);
        Assert.Equal(fit.Curve.Select(point => point.Penalty).Order(), fit.Curve.Select(point => point.Penalty));
        Assert.True(fit.Curve[0].Score > fit.Curve[1].Score && fit.Curve[1].Score > 1.02 * fit.Curve.Min(point => point.Score));
        Assert.Equal(fit.Curve.MinBy(point => point.Score).Penalty, fit.Penalty);
        Assert.NotEqual(fit.Curve[0].Penalty, fit.Penalty);

        // With everything shrunk away the held-out loss is that of guessing.
        Assert.Equal(Math.Log(3), fit.Curve[^1].Score, 0.02);
    }

    [Fact]
    public void FitsHaveTheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        LogisticFit fit = LogisticReadout.Fit(Blobs.Make(700, 300, 4), new LogisticOptions { Penalty = 0.01, Threads = pool.Threads });
        return [fit.Objective, .. fit.Readout.Weights.Select(x => (double)x)];
    });

    [Theory]
    [InlineData("two rows")]
    [InlineData("empty class")]
    [InlineData("constant")]
    [InlineData("huge")]
    [InlineData("separable")]
    public void AwkwardFeaturesGiveFiniteFits(string kind)
    {
        LabelledFeatures plain = Blobs.Make(kind == "two rows" ? 2 : 40, 8, 3, noise: kind == "separable" ? 1e-3 : 1, counts: kind == "two rows" ? [1, 0, 1] : [20, 0, 20]);
        float[] features = [.. plain.Features.ToArray().Select(x => kind == "constant" ? 4 : kind == "huge" ? x * 1e36f : x)];
        LabelledFeatures data = new(features, 8, plain.Labels.ToArray(), 3);
        foreach (bool standardize in (bool[])[false, true])
        {
            LogisticFit fit = LogisticReadout.Fit(data, new LogisticOptions { Penalty = 1e-4, Standardize = standardize }, cancellation: Cancellation);
            Assert.All(fit.Readout.Weights, weight => Assert.True(float.IsFinite(weight)));
            Assert.All(fit.Readout.Bias, bias => Assert.True(float.IsFinite(bias)));
            Assert.True(double.IsFinite(fit.Objective));
            if (kind is "separable" or "two rows") Assert.Equal(1, Blobs.Accuracy(fit.Readout, data));
        }
    }

    [Fact]
    public void AWarmStartOfOtherSizesIsRefused()
    {
        LogisticOptions options = new() { Penalty = 1, WarmStart = new LinearReadout(new float[8], new float[2]) };
        GraftException error = Assert.Throws<GraftException>(() => LogisticReadout.Fit(Blobs.Make(10, 3, 2), options, cancellation: Cancellation));
        Assert.Equal("A warm start has the sizes of the data: 2 classes of 3 features, not 2 of 4.", error.Message);
    }

    private static LogisticOptions Options(string kind) => new()
    {
        Penalty = 0.05,
        Standardize = false,
        Tolerance = 1e-9,
        ClassWeights = kind == "balanced" ? ClassWeights.Balanced : ClassWeights.None,
    };

    // The formula of make_fixtures.py.
    private static LabelledFeatures FixtureData()
    {
        float[] features = new float[60 * 5];
        int[] labels = new int[60];
        for (int i = 0; i < 60; i++)
        {
            for (int j = 0; j < 5; j++) features[(i * 5) + j] = (float)((Math.Sin(1 + (7.0 * i) + (3.0 * j) + (i * (double)j / 5)) * (1 + j)) + j);
            labels[i] = ((i * i) + (i / 3)) % 3;
        }

        return new(features, 5, labels, 3);
    }
}
