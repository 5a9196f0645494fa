using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Online;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs.Online;

public class PatternMemoryTests
{
    private static readonly PatternMemory Memory = PatternMemory.Load(Drawn(), [Sine(8.83), Sine(14.6)]);

    [Theory]
    [InlineData(0, 8.83)]
    [InlineData(1, 14.6)]
    public void TwoSinesComeBackThroughTheirConceptors(int pattern, double period)
    {
        Matrix recalled = Memory.Recall(pattern, 1000);
        Assert.InRange(Math.Abs((Period(recalled, 500, 1000) / period) - 1), 0, 0.005);

        // A state that has nothing to do with the pattern settles into it.
        double[] start = new double[100];
        start.AsSpan().Fill(0.3);
        Matrix settled = Memory.Recall(Memory.Conceptors[pattern], 1000, start);
        Assert.InRange(Math.Abs((Period(settled, 500, 1000) / period) - 1), 0, 0.005);
        Assert.InRange(Amplitude(settled, 500, 1000), 0.95, 1.05);
    }

    [Fact]
    public void WithoutTheRightConceptorTheOtherPatternDoesNotCome()
    {
        Assert.InRange(Memory.Conceptors[0].Quota, 0.01, 0.5);
        Matrix first = Memory.Recall(0, 800), second = Memory.Recall(1, 800);
        Assert.True(Period(second, 300, 800) > 1.5 * Period(first, 300, 800));
    }

    [Fact]
    public void AMixtureMorphsFromOnePeriodToTheOther()
    {
        Matrix mixture = new(2000, 2);
        for (int t = 0; t < 2000; t++)
        {
            double share = Math.Clamp((t - 500) / 1000.0, 0, 1);
            (mixture[t, 0], mixture[t, 1]) = (1 - share, share);
        }

        Matrix morphed = Memory.Morph(mixture);
        Assert.InRange(Period(morphed, 100, 500), 8.7, 8.95);
        Assert.InRange(Period(morphed, 900, 1100), 9.2, 14.2);
        Assert.InRange(Period(morphed, 1600, 2000), 14.4, 14.8);
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Refused(
            "Patterns are loaded into units of tanh without leak, rotation or feedback. Create the reservoir with a leak rate of 1 and no outputs.",
            () => PatternMemory.Load(Reservoir.Create(new() { Units = 10, LeakRate = 0.5 }), [Sine(9)]));
        Refused("There is no pattern to load. Give at least one.", () => PatternMemory.Load(Drawn(), []));
        Refused(
            "Pattern 0 has 50 steps, of which the washout takes 200. Give more than 201, or choose a shorter washout.",
            () => PatternMemory.Load(Drawn(), [new Matrix(50, 1)]));
        Refused("A mixture has a column for each of the 2 patterns, not 3. Give 0 to those that take no part.", () => Memory.Morph(new Matrix(5, 3)));
        Refused("An aperture is a number above zero, not -1.", () => _ = new PatternMemoryOptions { Aperture = -1 });
        Refused("A ridge penalty is a finite number above zero, not 0.", () => _ = new PatternMemoryOptions { LoadingPenalty = 0 });
    }

    private static Reservoir Drawn() => Reservoir.Create(new() { Units = 100, SpectralRadius = 1.5, InputScaling = 1.5, BiasScaling = 0.2, Connections = 10, Seed = 1 });

    private static Matrix Sine(double period)
    {
        Matrix pattern = new(1200, 1);
        for (int t = 0; t < 1200; t++) pattern[t, 0] = Math.Sin(2 * Math.PI * t / period);
        return pattern;
    }

    // The mean distance of upward crossings of 0, found between samples.
    private static double Period(Matrix series, int from, int to)
    {
        double first = -1, last = -1;
        int crossings = 0;
        for (int t = from + 1; t < to; t++)
        {
            if (series[t - 1, 0] >= 0 || series[t, 0] < 0) continue;
            last = t - (series[t, 0] / (series[t, 0] - series[t - 1, 0]));
            if (first < 0) first = last;
            else crossings++;
        }

        return (last - first) / crossings;
    }

    private static double Amplitude(Matrix series, int from, int to)
    {
        double squares = 0;
        for (int t = from; t < to; t++) squares += series[t, 0] * series[t, 0];
        return Math.Sqrt(2 * squares / (to - from));
    }

    private static void Refused(string message, Action work) => Assert.Equal(message, Assert.Throws<GraftException>(work).Message);
}
