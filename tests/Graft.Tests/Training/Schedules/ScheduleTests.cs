using System.Text.Json;
using Graft.Training.Schedules;

namespace Graft.Tests.Training.Schedules;

public class ScheduleTests
{
    private static readonly Dictionary<string, Schedule> OfTorch = new()
    {
        ["cosine"] = new CosineDecay(0.4, 12) { FinalRate = 0.01 },
        ["one cycle"] = new OneCycle(0.4, 20),
        ["one cycle other"] = new OneCycle(0.4, 17) { RisingPart = 0.4, FirstDivisor = 10, LastDivisor = 100 },
        ["step"] = new StepDecay(0.4, 3) { Factor = 0.5 },
    };

    public static readonly TheoryData<string> Names = [.. OfTorch.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheRatesAreThoseOfTorch(string name)
    {
        double[] expected = [.. Fixture.Json("Training", "optimization.json").GetProperty("schedules").GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], OfTorch[name].Rate(step), 1e-14);
    }

    [Fact]
    public void AfterTheLastStepAScheduleStaysWhereItEnded()
    {
        Assert.Equal(0.01, new CosineDecay(0.4, 12) { FinalRate = 0.01 }.Rate(1000));
        Assert.Equal(0.4 / 25 / 1e4, new OneCycle(0.4, 20).Rate(1000), 1e-18);
        Assert.Equal(1, new ExponentialSweep(1e-4, 1, 5).Rate(1000));
    }

    [Fact]
    public void AScheduleThatIsCutShortFallsToItsEndFromWhereItIs()
    {
        OneCycle whole = new(0.4, 20);
        CoolDown schedule = new(whole, 8, 4, 0.01);
        for (int step = 0; step < 8; step++) Assert.Equal(whole.Rate(step), schedule.Rate(step));
        double from = whole.Rate(7);
        double[] expected = [0.853553390593274, 0.5, 0.146446609406726, 0];
        for (int i = 0; i < 4; i++) Assert.Equal(0.01 + ((from - 0.01) * expected[i]), schedule.Rate(8 + i), 1e-14);
        Assert.Equal(0.01, schedule.Rate(1000), 1e-16);
        Assert.Equal(0.01, new CoolDown(whole, 8, 1, 0.01).Rate(8), 1e-16);
        Assert.Equal("From is at least 1, not 0.", Assert.Throws<GraftException>(() => new CoolDown(whole, 0, 4, 0.01)).Message);
        Assert.Equal("Steps is at least 1, not 0.", Assert.Throws<GraftException>(() => new CoolDown(whole, 8, 0, 0.01)).Message);
    }

    [Fact]
    public void OneCycleOfFewStepsHasUsefulRates()
    {
        Assert.Equal(0.4, new OneCycle(0.4, 1).Rate(0));
        OneCycle two = new(0.4, 2), ten = new(0.4, 10) { RisingPart = 0.1 };
        Assert.InRange(two.Rate(0), 0.1, 0.4);
        Assert.Equal(0.4 / 25 / 1e4, two.Rate(1), 1e-18);
        Assert.Equal(0.4, ten.Rate(0));
    }

    [Fact]
    public void AWarmUpIsALineToTheFirstRateOfWhatFollows()
    {
        WarmUp schedule = new(new StepDecay(0.5, 2), 4);
        double[] expected = [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.05, 0.05, 0.005];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.Rate(step), 1e-15);
        Assert.Equal(0.5, new WarmUp(new ConstantRate(0.5), 0).Rate(0));
    }

    [Fact]
    public void ASweepMultipliesByTheSameFactor()
    {
        ExponentialSweep schedule = new(1e-4, 1, 5);
        double[] expected = [1e-4, 1e-3, 1e-2, 1e-1, 1];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.Rate(step), 1e-14);
        Assert.Equal(0.3, new ExponentialSweep(0.1, 0.3, 1).Rate(0));
    }

    [Fact]
    public void ErrorsNameTheOption()
    {
        Assert.Equal("BaseRate is a finite number of at least zero, not -1.", Assert.Throws<GraftException>(() => new ConstantRate(-1)).Message);
        Assert.Equal("BaseRate is a finite number of at least zero, not NaN.", Assert.Throws<GraftException>(() => new CosineDecay(double.NaN, 3)).Message);
        Assert.Equal("Steps is at least 1, not 0.", Assert.Throws<GraftException>(() => new CosineDecay(1, 0)).Message);
        Assert.Equal("FirstRate is a finite number above zero, not 0.", Assert.Throws<GraftException>(() => new ExponentialSweep(0, 1, 3)).Message);
        Assert.Equal("The part of the steps in which the rate rises is above 0 and below 1, not 1.", Assert.Throws<GraftException>(() => new OneCycle(1, 3) { RisingPart = 1 }).Message);
        Assert.Equal("A warm-up has at least 0 steps, not -1.", Assert.Throws<GraftException>(() => new WarmUp(new ConstantRate(1), -1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantRate(1).Rate(-1));
    }
}
