using System.Globalization;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>A table as a forecaster is fitted on it.</summary>
/// <param name="Table">The whole table.</param>
/// <param name="History">The part that is learned from, all columns.</param>
/// <param name="End">The row of the table that comes after it.</param>
/// <param name="Ahead">The steps ahead that are shown: all but those on holidays.</param>
/// <param name="Used">The columns that are no constants.</param>
/// <param name="Targets">Those of them to forecast.</param>
/// <param name="Known">Those of them whose future is known.</param>
/// <param name="Time">The times up to the end of the history.</param>
/// <param name="Notes">What people should know.</param>
internal sealed record ForecastInput(
    SeriesTable Table, SeriesTable History, int End, int[] Ahead, int[] Used, int[] Targets, int[] Known, SeriesTime? Time, IReadOnlyList<string> Notes)
{
    // A column of fewer equal values may still begin to move: the forecaster says that it is too short.
    private const int LeastConstant = 8;

    /// <summary>How many steps ahead the forecast reaches.</summary>
    public int Horizon => Ahead[^1];

    /// <summary>What the forecaster is given.</summary>
    public Matrix Series => TargetRows.Pick(History.Values, 0, History.Values.Rows, Used);

    /// <summary>Reads the table.</summary>
    public static ForecastInput Read(ForecastRequest request, CancellationToken cancel)
    {
        SeriesTable table = TableReader.Read(request.Table!, new() { Targets = request.Targets, Inputs = [.. request.Inputs, .. request.Known], Options = request.Reading }, cancel);
        List<string> notes = [.. table.Notes];
        if (table.Time is null) notes.Add(table.Untimed ?? "No column has times: rows are numbered.");
        int horizon = request.Horizon ?? ForecastRequest.UsualHorizon, end = TargetRows.Known(table);
        int[] known = [.. request.Known.Select(name => table.Names.ToList().FindIndex(n => n.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))).Distinct()];
        if (known.Any(column => column < table.Targets)) throw new ArgumentsException("A column is a target or its future is known, not both. Name it once.");
        if (request.IsTest)
        {
            if (end <= horizon) throw new GraftException($"--test leaves out {(horizon == 1 ? "the last row" : $"the last {horizon:N0} rows")}, but the history has {Amount.Of(end, "row")}. Give a longer history, or a shorter horizon.");
            end -= horizon;
        }
        else if (known.Length == 0 && end < table.Values.Rows)
        {
            notes.Add($"The last {Amount.Of(table.Values.Rows - end, "row has", "rows have")} no value of a target: the forecast begins there.");
        }

        int first = Math.Max(0, end - request.MostRows);
        if (first > 0) notes.Add($"Learns from the last {end - first:N0} of {Amount.Of(end, "row")} (--rows takes more or fewer).");
        SeriesTable history = table with { Values = TargetRows.Pick(table.Values, first, end - first, [.. Enumerable.Range(0, table.Names.Count)]) };
        bool[] isConstant = [.. Enumerable.Range(0, table.Names.Count).Select(j => history.Values.Rows >= LeastConstant && history.IsConstant(j))];
        foreach (int j in Enumerable.Range(0, isConstant.Length).Where(j => isConstant[j]))
            notes.Add(j < table.Targets ? Constant(history, j) : $"Column '{table.Names[j]}' always has the same value: it is left out.");

        int[] used = [.. Enumerable.Range(0, isConstant.Length).Where(j => !isConstant[j])], targets = [.. used.Where(j => j < table.Targets)];
        known = [.. known.Where(j => !isConstant[j])];
        SeriesTime? time = table.Time is { } all ? all with { Times = [.. all.Times.Take(end)] } : null;
        int[] ahead = request.IsTest ? TargetRows.Within(time, horizon) : TargetRows.Ahead(time, horizon);
        int least = (2 * horizon) + 8;
        if (targets.Length > 0 && history.Values.Rows < least)
            throw new GraftException($"A forecast of {Amount.Of(horizon, "step")} needs a history of at least {Amount.Of(least, "row")}, not {history.Values.Rows:N0}. Give a longer history, or a shorter horizon.");
        return new(table, history, end, ahead, used, targets, known, time, notes);
    }

    /// <summary>The value of a constant column.</summary>
    public static double Value(SeriesTable history, int column) => history.Series(column).FirstOrDefault(value => !double.IsNaN(value), double.NaN);

    /// <summary>The forecaster that is asked for.</summary>
    public ForecasterOptions Options(ForecastRequest request)
    {
        EchoStateNetworkOptions network = new ForecasterOptions().Network;
        return new()
        {
            Horizon = Horizon,
            Targets = [.. Targets.Select(j => Array.IndexOf(Used, j))],
            Known = [.. Known.Select(j => Array.IndexOf(Used, j))],
            Names = [.. Used.Select(j => History.Names[j])],
            Season = request.Season,
            Coverage = request.Coverage,
            Network = network with { Threads = request.Threads, Reservoir = network.Reservoir with { Seed = request.Seed } },
        };
    }

    private static string Constant(SeriesTable history, int column) =>
        double.IsNaN(Value(history, column))
            ? throw new GraftException($"Column '{history.Names[column]}': there is no value in {Amount.Of(history.Values.Rows, "row")}. Name a column that has values.")
            : string.Create(CultureInfo.InvariantCulture, $"Column '{history.Names[column]}' is always {Value(history, column)}: so is its forecast.");
}
