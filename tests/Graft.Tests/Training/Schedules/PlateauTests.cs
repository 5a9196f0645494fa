using System.Text.Json;
using Graft.Training.Schedules;

namespace Graft.Tests.Training.Schedules;

public class PlateauTests
{
    private static readonly Dictionary<string, PlateauOptions> OfTorch = new()
    {
        ["plateau"] = new() { Patience = 2, Factor = 0.5 },
        ["plateau cooldown"] = new() { Patience = 1, Factor = 0.2, Cooldown = 2, LowestScale = 0.01 },
        ["plateau higher"] = new() { Patience = 3, HigherIsBetter = true },
    };

    public static readonly TheoryData<string> Names = [.. OfTorch.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ItFallsWhenThatOfTorchDoes(string name)
    {
        (double[] reports, double[] expected) = (Numbers("reports"), Numbers(name));
        Plateau plateau = new(OfTorch[name]);
        for (int i = 0; i < reports.Length; i++)
        {
            double before = plateau.Scale;
            Assert.Equal(expected[i] < before - 1e-15, plateau.Report(reports[i]));
            Assert.Equal(expected[i], plateau.Scale, 1e-15);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ItsStateIsAllThatItRemembers(string name)
    {
        double[] reports = Numbers("reports");
        Plateau whole = new(OfTorch[name]), first = new(OfTorch[name]), second = new(OfTorch[name]);
        for (int i = 0; i < reports.Length; i++)
        {
            whole.Report(reports[i]);
            (i < 7 ? first : second).Report(reports[i]);
            if (i == 6) second.State = first.State;
        }

        Assert.Equal(whole.State, second.State);
        Assert.Equal(whole.Scale, second.Scale);
    }

    [Fact]
    public void WhatIsNotANumberCountsAsWorse()
    {
        Plateau plateau = new(new PlateauOptions { Patience = 1 });
        Assert.False(plateau.Report(double.NaN));
        Assert.Null(plateau.State.Best);
        Assert.True(plateau.Report(double.NaN));
        Assert.Equal(0.1, plateau.Scale);
        Assert.False(plateau.Report(5));
        Assert.Equal(5, plateau.State.Best);
    }

    [Fact]
    public void ErrorsStateTheRule()
    {
        Assert.Equal("The factor of a plateau is above 0 and below 1, not 1.", Assert.Throws<GraftException>(() => new PlateauOptions { Factor = 1 }).Message);
        Assert.Equal("The patience of a plateau is at least 0, not -1.", Assert.Throws<GraftException>(() => new PlateauOptions { Patience = -1 }).Message);
    }

    private static double[] Numbers(string name) =>
        [.. Fixture.Json("Training", "optimization.json").GetProperty("schedules").GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
}
