using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Online;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs.Online;

public class ForceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AChaoticReservoirLearnsToMakeASumOfSinesOnItsOwn(int every)
    {
        Reservoir reservoir = Reservoir.Create(
            new() { Units = 200, SpectralRadius = 1.5, LeakRate = 0.2, BiasScaling = 0.1, Connections = 20, Seed = 4 }, inputs: 0, outputs: 1);
        using SequenceSession session = reservoir.CreateSession();
        const int Learned = 4000, Free = 600;
        Matrix targets = new(Learned + Free, 1);
        for (int t = 0; t < targets.Rows; t++) targets[t, 0] = (0.7 * Math.Sin(2 * Math.PI * t / 60)) + (0.4 * Math.Sin((4 * Math.PI * t / 60) + 1));

        RecursiveLeastSquares readout = new(200, 1, new() { Penalty = 1 });
        Matrix learned = new(Learned, 1, targets.Values[..Learned].ToArray());
        Matrix outputs = Force.Train(session, readout, new Matrix(Learned, 0), learned, new() { UpdateEvery = every }, TestContext.Current.CancellationToken);
        Matrix free = Force.Run(session, readout.Map, new Matrix(Free, 0), outputs.Row(Learned - 1), TestContext.Current.CancellationToken);

        // Errors before learning from each step are small soon, which is what FORCE is about; and ten periods on its own stay in phase.
        Assert.InRange(Rms(outputs, targets, 0, 2000, 4000), 0, 0.05);
        Assert.InRange(Rms(free, targets, Learned, 0, Free), 0, 0.1);
    }

    [Fact]
    public void SizesThatDoNotFitAreNamed()
    {
        Reservoir reservoir = Reservoir.Create(new() { Units = 12 }, inputs: 1, outputs: 1);
        using SequenceSession session = reservoir.CreateSession(), two = reservoir.CreateSession(2);
        LeastMeanSquares readout = new(12, 1);
        Refused("FORCE takes a session of one sequence; this one has 2. Create it with one.", () => Force.Train(two, readout, new Matrix(5, 1), new Matrix(5, 1)));
        Refused(
            "The trunk gives 12 features and is fed back 1 outputs; a readout of 12 features and 2 outputs does not fit. Create both with the same numbers.",
            () => Force.Train(session, new LeastMeanSquares(12, 2), new Matrix(5, 1), new Matrix(5, 2)));
        Refused(
            "FORCE needs a target for each step: 5 steps of 1 outputs, not [4, 1]. Cut both to the same steps.",
            () => Force.Train(session, readout, new Matrix(5, 1), new Matrix(4, 1)));
        Refused("The steps between updates are 1 or more, not 0.", () => _ = new ForceOptions { UpdateEvery = 0 });
    }

    private static double Rms(Matrix outputs, Matrix targets, int offset, int from, int to)
    {
        double squares = 0;
        for (int t = from; t < to; t++) squares += Math.Pow(outputs[t, 0] - targets[offset + t, 0], 2);
        return Math.Sqrt(squares / (to - from));
    }

    private static void Refused(string message, Action work) => Assert.Equal(message, Assert.Throws<GraftException>(work).Message);
}
