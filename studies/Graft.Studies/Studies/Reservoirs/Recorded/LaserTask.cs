using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;

namespace Graft.Studies.Studies.Reservoirs.Recorded;

/// <summary>The Santa Fe laser: the next value, after a short and after a long training part.</summary>
internal static class LaserTask
{
    private const string Measure = "laser";
    private const double ValidationShare = 0.2;

    private static readonly ImmutableArray<Split> Splits = [new("1,000 + 100", 1000, 100, 300), new("3,000 + 1,000", 3000, 1000, 500)];

    private static readonly double[] Penalties = [.. Enumerable.Range(-20, 21).Select(half => Math.Pow(10, half / 2.0))];

    private sealed record Split(string Name, int Train, int Test, int Units);

    /// <summary>The panel of the plot.</summary>
    public static Chart Chart { get; } = new(Measure, "Santa Fe laser: the next value, by values to train + to test", "", "log10 NMSE (less is better)")
    {
        HasLines = false,
        XNames = Splits.Select((split, place) => (split.Name, place)).ToDictionary(s => (double)s.place, s => s.Name),
    };

    /// <summary>Chooses settings and penalties by the last fifth of the training part, fits on all of it, and measures on the test part.</summary>
    public static IReadOnlyList<Row> Run(StudyContext context, Matrix series)
    {
        Split[] splits = [.. Splits.Select(split => context.Quick ? split with { Train = split.Train / 4, Test = split.Test / 4, Units = 20 } : split).TakeWhile(split => split.Train + split.Test <= series.Rows)];
        if (splits.Length == 0)
            throw new GraftException($"The laser is measured on {Splits[0].Train + Splits[0].Test} values or more; this file has {series.Rows}. Join the competition's two files, A and its continuation, into one.");
        ReservoirOptions[] grid = context.Quick ? Settings.Grid(1, [1], [0.3, 1], [0.9], [0.5]) : Settings.Grid(1, [0.5, 1], [0.1, 0.3, 1], [0.5, 0.9], [0.2, 1]);
        (ReservoirOptions[] chosen, IReadOnlyList<Row> judgements) = Settings.Choose(
            context, "laser: log10 NMSE of validation", splits.Length, grid, (place, reservoir) => Math.Log10(Penalty(series, splits[place], reservoir with { Units = splits[place].Units }).Error));
        (int Place, ulong Seed)[] pieces = [.. from place in Enumerable.Range(0, splits.Length).Reverse() from seed in Enumerable.Range(0, context.Seeds) select (place, (ulong)seed)];
        IReadOnlyList<Row> rows = context.RunAll(pieces, _ => 1, piece => Measured(piece.Place, piece.Seed));
        return [.. judgements, .. rows, .. from place in Enumerable.Range(0, splits.Length) select Settings.Median(Measure, context.Seeds, place, rows)];

        IEnumerable<Row> Measured(int place, ulong seed)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            Split split = splits[place];
            ReservoirOptions reservoir = chosen[place] with { Seed = seed, Units = split.Units };
            EchoStateNetwork network = Fit(series, split.Train, reservoir, [Penalty(series, split, reservoir).Penalty])[0];
            yield return new Row(Measure, "seeds", place, seed, Math.Log10(Error(network, series, split.Train, split.Test)));
            context.Advance(1);
        }
    }

    // The best penalty on validation data, and its error there.
    private static (double Penalty, double Error) Penalty(Matrix series, Split split, ReservoirOptions reservoir)
    {
        int held = (int)(ValidationShare * split.Train), known = split.Train - held;
        return Fit(series, known, reservoir, Penalties)
            .Select(network => (network.Penalty, Error: Error(network, series, known, held)))
            .MinBy(point => double.IsNaN(point.Error) ? double.PositiveInfinity : point.Error);
    }

    // Networks that have read all of the first values but the last, which is their next input.
    private static IReadOnlyList<EchoStateNetwork> Fit(Matrix series, int values, ReservoirOptions reservoir, IReadOnlyList<double> penalties) => EchoStateNetwork.FitPenalties(
        series.Slice(0, values - 1), series.Slice(1, values - 1), penalties, new EchoStateNetworkOptions { Threads = 1, Trunk = Reservoir.Create(reservoir, threads: 1), Washout = Math.Min(100, values / 10) });

    private static double Error(EchoStateNetwork network, Matrix series, int start, int count) =>
        SeriesMetrics.Nmse(series.Slice(start, count).Values, network.Continue(series.Slice(start - 1, count)).Outputs.Values);
}
