using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;

namespace Graft.Studies.Studies.Reservoirs.Recorded;

/// <summary>The reservoirs that validation data choose among, and how.</summary>
internal static class Settings
{
    // Drawings that a setting is judged by; those that are measured afterwards are others.
    private const int Judges = 2;
    private const ulong FirstJudge = 1000;

    /// <summary>Every combination of some leak rates, scalings of inputs, spectral radii and biases.</summary>
    public static ReservoirOptions[] Grid(int units, double[] leaks, double[] inputs, double[] radii, double[] biases) =>
    [
        .. from leak in leaks
           from input in inputs
           from radius in radii
           from bias in biases
           select new ReservoirOptions { Units = units, LeakRate = leak, InputScaling = input, SpectralRadius = radius, BiasScaling = bias, PassInputs = true },
    ];

    /// <summary>Judges each setting at each place on validation data.</summary>
    /// <param name="context">Does the work.</param>
    /// <param name="measure">The measure of the rows.</param>
    /// <param name="places">How many places the measure has.</param>
    /// <param name="grid">The settings.</param>
    /// <param name="score">The error on validation data of a reservoir at a place: less is better.</param>
    /// <returns>The setting with the least mean error at each place, and a row for each judgement.</returns>
    public static (ReservoirOptions[] Chosen, IReadOnlyList<Row> Rows) Choose(
        StudyContext context, string measure, int places, ReservoirOptions[] grid, Func<int, ReservoirOptions, double> score)
    {
        (int Place, int Setting, ulong Seed)[] pieces =
        [
            .. from place in Enumerable.Range(0, places).Reverse()
               from setting in Enumerable.Range(0, grid.Length)
               from judge in Enumerable.Range(0, context.Quick ? 1 : Judges)
               select (place, setting, FirstJudge + (ulong)judge),
        ];
        IReadOnlyList<Row> rows = context.RunAll(pieces, _ => 1, piece => Judge(piece.Place, piece.Setting, piece.Seed));
        return (
            [
                .. from place in Enumerable.Range(0, places)
                   select Enumerable.Range(0, grid.Length).MinBy(setting => rows.Where(row => row.X == place && row.Series == Name(grid[setting])).Average(row => row.Value)) into best
                   select grid[best],
            ],
            rows);

        IEnumerable<Row> Judge(int place, int setting, ulong seed)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            double error = score(place, grid[setting] with { Seed = seed });
            yield return new Row(measure, Name(grid[setting]), place, seed, double.IsNaN(error) ? double.PositiveInfinity : error);
            context.Advance(1);
        }
    }

    /// <summary>The median of the seeds' values at a place.</summary>
    public static Row Median(string measure, int seeds, int place, IEnumerable<Row> rows)
    {
        double[] sorted = [.. rows.Where(row => row.X == place).Select(row => row.Value).Order()];
        int middle = sorted.Length / 2;
        return new Row(measure, $"median of {seeds} seeds", place, 0, sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
    }

    private static string Name(ReservoirOptions options) =>
        FormattableString.Invariant($"leak {options.LeakRate} inputs {options.InputScaling} radius {options.SpectralRadius} bias {options.BiasScaling}");
}
