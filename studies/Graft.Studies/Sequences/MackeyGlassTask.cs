using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;

namespace Graft.Studies.Sequences;

/// <summary>
/// The Mackey-Glass series with a delay of 17, learned one step ahead and then run freely for 84 steps from many starts (Jaeger and Haas, Science 304, 2004): 3,000 steps to learn from, of which 1,000 are
/// washout; squashed by tanh(y - 1) and brought back before errors are measured.
/// </summary>
internal sealed class MackeyGlassTask
{
    public const int Washout = 1000;
    private const int Training = 3000, Horizon = 84, Between = 84;

    private readonly Matrix series;
    private readonly int starts;
    private readonly double deviation;

    /// <summary>Makes the series.</summary>
    /// <param name="seed">Decides where it begins.</param>
    /// <param name="starts">How many free runs there are.</param>
    public MackeyGlassTask(ulong seed, int starts = 100)
    {
        this.starts = starts;
        series = MackeyGlass.Generate(Training + (starts * Between) + Horizon + 1, new MackeyGlassOptions { Squash = true, Seed = seed, Discard = 1000 });
        double[] plain = [.. series.Values.ToArray().Select(MackeyGlass.Unsquash)];
        double mean = plain.Average();
        deviation = Math.Sqrt(plain.Average(y => (y - mean) * (y - mean)));
    }

    /// <summary>What is learned from: each value, and the next one.</summary>
    public Matrix Inputs => series.Slice(0, Training);

    /// <summary>The next values, from the end of the washout on.</summary>
    public Matrix Targets => series.Slice(Washout + 1, Training - Washout);

    /// <summary>The reservoir that is usual for it.</summary>
    public static Reservoir Reservoir(int units, ulong seed, WeightLayout layout = WeightLayout.Automatic) => Graft.Reservoirs.Reservoir.Create(new ReservoirOptions
    {
        Units = units,
        SpectralRadius = 0.9,
        LeakRate = 0.7,
        Connections = 10,
        BiasScaling = 0.2,
        Layout = layout,
        PassInputs = true,
        Seed = seed,
    });

    /// <summary>The errors of the free runs, 84 steps ahead.</summary>
    public HorizonErrors Judge(Reservoir reservoir, LinearMap readout, CancellationToken cancellation)
    {
        using SequenceSession truth = reservoir.CreateSession(), free = reservoir.CreateSession();
        double[] features = new double[reservoir.Features], output = new double[1], truths = new double[starts], forecasts = new double[starts];
        for (int t = 0; t < Training + ((starts - 1) * Between); t++)
        {
            truth.Step(series.Row(t), [], features);
            int start = (t - Training + 1) / Between;
            if (t + 1 != Training + (start * Between) || t + 1 < Training) continue;
            Forecast(start, t);
        }

        Forecast(starts - 1, Training + ((starts - 1) * Between) - 1);
        return HorizonErrors.Measure(truths, forecasts, deviation);

        void Forecast(int start, int t)
        {
            cancellation.ThrowIfCancellationRequested();
            free.State = truth.State;
            readout.Apply(features, output);
            double[] ahead = [.. features];
            for (int step = 1; step < Horizon; step++)
            {
                // A run that has left all bounds has failed; what it would go on with is of no account.
                free.Step([Math.Clamp(output[0], -10, 10)], [], ahead);
                readout.Apply(ahead, output);
            }

            truths[start] = MackeyGlass.Unsquash(series[t + Horizon, 0]);
            forecasts[start] = MackeyGlass.Unsquash(Math.Clamp(output[0], -0.999999, 0.999999));
        }
    }
}
