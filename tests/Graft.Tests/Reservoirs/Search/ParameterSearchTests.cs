using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs.Search;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;
using Graft.Tests.Reservoirs.Tasks;
using Graft.Threads;

namespace Graft.Tests.Reservoirs.Search;

public class ParameterSearchTests
{
    private static readonly ImmutableArray<SearchParameter> Space = [new("a", -2, 2), new("b", 1e-4, 1e2, isLogarithmic: true), new("nothing", 0, 1)];

    /// <summary>Least, 0, at a = 0.5, b = 0.1.</summary>
    private static double Bowl(ImmutableArray<double> values, double budget, CancellationToken cancellation) => Math.Pow(values[0] - 0.5, 2) + (0.3 * Math.Pow(Math.Log10(values[1] * 10), 2));

    private static SearchResult Run(SearchMethod method, ulong seed, int trials = 40, int threads = 0) =>
        ParameterSearch.Run(Space, Bowl, new() { Method = method, Seed = seed, Trials = trials, Threads = threads }, null, TestContext.Current.CancellationToken);

    [Fact]
    public void TheProcessFindsTheLeastBetterThanChance()
    {
        double[] random = [.. Enumerable.Range(0, 9).Select(seed => Run(SearchMethod.Random, (ulong)seed).Best.Score).Order()];
        double[] bayesian = [.. Enumerable.Range(0, 9).Select(seed => Run(SearchMethod.Bayesian, (ulong)seed).Best.Score).Order()];
        Assert.InRange(bayesian[4], 0, 0.01);
        Assert.InRange(random[4], 5 * bayesian[4], 1);
        SearchResult best = Run(SearchMethod.Bayesian, 1);
        Assert.Equal(0.5, best["a"], 0.3);
        Assert.Equal(-1, Math.Log10(best["b"]), 0.5);
    }

    [Fact]
    public void TrialsAreTheSameOnAnyNumberOfThreads()
    {
        foreach (SearchMethod method in Enum.GetValues<SearchMethod>()) Assert.True(Same(Run(method, 5, 20, 1).Trials, Run(method, 5, 20, 7).Trials));
        Assert.False(Same(Run(SearchMethod.Random, 5, 20).Trials, Run(SearchMethod.Random, 6, 20).Trials));
    }

    [Theory]
    [InlineData(SearchMethod.Random)]
    [InlineData(SearchMethod.Bayesian)]
    [InlineData(SearchMethod.Halving)]
    public void ASearchGoesOnWhereItStopped(SearchMethod method)
    {
        SearchOptions options = new() { Method = method, Trials = 18, Seed = 2 };
        ImmutableArray<SearchTrial> whole = ParameterSearch.Run(Space, Bowl, options, cancellation: TestContext.Current.CancellationToken).Trials;
        int scored = 0;
        SearchResult resumed = ParameterSearch.Run(Space, (values, budget, cancellation) =>
            {
                Interlocked.Increment(ref scored);
                return Bowl(values, budget, cancellation);
            }, options with { Earlier = [.. whole.Take(11).Reverse()] }, cancellation: TestContext.Current.CancellationToken);
        Assert.True(Same(whole, resumed.Trials));
        Assert.Equal(whole.Length - 11, scored);
        Assert.Equal(
            "Earlier trial 3 is not of this search: its values are others. Resume with the same parameters, method, trials and seed, or start anew.",
            Assert.Throws<GraftException>(() => ParameterSearch.Run(Space, Bowl, options with { Seed = 3, Earlier = [whole[3]] }, cancellation: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void HalvingSpendsMostOnTheBest()
    {
        SearchResult result = Run(SearchMethod.Halving, 1, 27);
        Assert.Equal([27, 9, 3], result.Trials.GroupBy(trial => trial.Budget).OrderBy(group => group.Key).Select(group => group.Count()));
        Assert.Equal([1.0 / 9, 1.0 / 3, 1], result.Trials.Select(trial => trial.Budget).Distinct().Order());
        double[] first = [.. result.Trials.Take(27).Select(trial => trial.Score).Order()];
        Assert.Equal(first[0], result.Best.Score);
        Assert.Equal(first[..3], result.Trials.TakeLast(3).Select(trial => trial.Score).Order());
    }

    [Fact]
    public void WhatMattersIsTold()
    {
        SearchResult result = Run(SearchMethod.Random, 3, 80);
        Assert.InRange(result.Importance[0], 0.2, 1);
        Assert.InRange(result.Importance[1], 0.1, 1);
        Assert.InRange(result.Importance[2], 0, 0.08);
        SearchResult alone = ParameterSearch.Run(Space, (values, _, _) => values[0] * values[0], new() { Method = SearchMethod.Random, Trials = 80 }, cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(alone.Importance[0], 0.9, 1);
        Assert.InRange(alone.Importance[1], 0, 0.08);
    }

    [Fact]
    public void FailuresAreTheWorst()
    {
        SearchResult result = ParameterSearch.Run(
            Space, (values, _, _) => values[0] < 0 ? throw new GraftException("no") : values[0] < 0.2 ? double.NaN : values[0], new() { Trials = 24, Seed = 1 }, null, TestContext.Current.CancellationToken);
        Assert.InRange(result.Best.Score, 0.2, 0.5);
        Assert.Contains(result.Trials, trial => double.IsPositiveInfinity(trial.Score));
        Assert.Equal(
            "None of 4 candidates could be scored. Check the ranges, and the data.",
            Assert.Throws<GraftException>(() => ParameterSearch.Run(Space, (_, _, _) => double.NaN, new() { Trials = 4 }, cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.Equal(
            "The range of 'x' is from a finite number to a greater one, above 0 for a logarithmic range, not from 0 to 1.",
            Assert.Throws<GraftException>(() => new SearchParameter("x", 0, 1, true)).Message);
    }

    [Fact]
    public void ProgressIsToldAndCanBeStopped()
    {
        List<SearchTrial> told = [];
        SearchResult result = ParameterSearch.Run(Space, Bowl, new() { Trials = 12 }, new Reports(told), TestContext.Current.CancellationToken);
        Assert.True(Same(result.Trials, [.. told.OrderBy(trial => trial.Index)]));
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => ParameterSearch.Run(
            Space,
            (values, budget, cancellation) =>
            {
                stop.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return 0;
            },
            new() { Trials = 12 },
            null,
            stop.Token));
    }

    [Fact]
    public void TheNormalDistributionIsRight()
    {
        Assert.Equal(0.5, GaussianProcess.NormalPart(0), 1e-7);
        Assert.Equal(0.8413447461, GaussianProcess.NormalPart(1), 1e-7);
        Assert.Equal(0.0227501319, GaussianProcess.NormalPart(-2), 1e-7);
    }

    [Fact]
    public void AProcessGoesThroughItsPointsAndIsUnsureElsewhere()
    {
        double[][] points = [.. Enumerable.Range(0, 12).Select(i => (double[])[i / 11.0, 5 * i % 12 / 11.0])];
        GaussianProcess process = GaussianProcess.Fit(points, [.. points.Select(p => 10 + Math.Sin(5 * p[0]))], WorkerPool.Shared());
        foreach (double[] point in points) Assert.Equal(10 + Math.Sin(5 * point[0]), process.Predict(point).Mean, 0.05);
        Assert.Equal(10 + Math.Sin(5 * 0.31), process.Predict([0.31, 0.5]).Mean, 0.1);
        Assert.True(process.Predict([0.5, 0.5]).Deviation < process.Predict([3, 3]).Deviation);
        Assert.Equal(process.Predict([0.31, 0.5]).Mean, process.Believing([0.31, 0.5]).Predict([0.31, 0.5]).Mean, 0.01);
    }

    [Fact]
    public void ReservoirsAreSearched()
    {
        Matrix series = TaskSeries.Load(300);
        ForecasterOptions forecast = new()
        {
            Horizon = 4,
            Season = 1,
            Logarithm = false,
            Differencing = Differencing.None,
            Strategy = ForecastStrategy.Recursive,
            Network = new() { Reservoir = new() { Units = 30, PassInputs = true } },
        };
        SearchOptions options = new() { Trials = 12, Seed = 1 };
        (SearchResult result, ForecasterOptions found) = ReservoirSearch.Run(series, forecast, options, cancellation: TestContext.Current.CancellationToken);
        Assert.True(Same(result.Trials, ReservoirSearch.Run(series, forecast, options, cancellation: TestContext.Current.CancellationToken).Result.Trials));
        Assert.Equal(result["spectral_radius"], found.Network.Reservoir.SpectralRadius);
        Assert.Equal(result["penalty"], found.Network.Readout.Penalty);
        Assert.Equal((int)Math.Round(result["connections"]), found.Network.Reservoir.Connections);
        Assert.InRange(result.Trials.Max(trial => trial.Score), 1.05 * result.Best.Score, double.PositiveInfinity);
        Assert.Equal(
            "There is no parameter 'depth'; there are spectral_radius, leak_rate, input_scaling, bias_scaling, connections and penalty.",
            Assert.Throws<GraftException>(() => ReservoirSearch.Run(series, forecast, options, [new("depth", 1, 2)], cancellation: TestContext.Current.CancellationToken)).Message);
    }

    private static bool Same(SearchTrial a, SearchTrial b) => a.Index == b.Index && a.Budget == b.Budget && a.Score.Equals(b.Score) && a.Values.AsSpan().SequenceEqual(b.Values.AsSpan());

    private static bool Same(ImmutableArray<SearchTrial> a, ImmutableArray<SearchTrial> b) => a.Length == b.Length && a.Zip(b).All(pair => Same(pair.First, pair.Second));

    private sealed class Reports(List<SearchTrial> list) : IProgress<SearchTrial>
    {
        public void Report(SearchTrial value) => list.Add(value);
    }
}
