using System.Collections.Immutable;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Cli.TableFiles;
using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Fits a forecaster to a table and forecasts the steps after it.</summary>
internal static class FreshForecast
{
    /// <summary>The provenance that names the column of times.</summary>
    public const string TimeColumn = "time_column";

    // A column of fewer equal values may still begin to move: the forecaster says that it is too short.
    private const int LeastConstant = 8;

    public static ForecastResult Run(Terminal terminal, ForecastRequest request, CancellationToken cancel)
    {
        SeriesTable table = TableReader.Read(request.Table!, new() { Targets = request.Targets, Inputs = [.. request.Inputs, .. request.Known], Time = request.Time }, cancel);
        List<string> notes = [.. table.Notes];
        int horizon = request.Horizon ?? ForecastRequest.UsualHorizon, end = TargetRows.Known(table);
        int[] known = [.. request.Known.Select(name => table.Names.ToList().FindIndex(n => n.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))).Distinct()];
        if (known.Any(column => column < table.Targets)) throw new ArgumentsException("A column is a target or its future is known, not both. Name it once.");
        if (request.IsTest)
        {
            if (end <= horizon) throw new GraftException($"--test leaves the last {horizon} rows out, but there are {end}. Give a longer history, or a shorter horizon.");
            end -= horizon;
        }
        else if (known.Length == 0 && end < table.Values.Rows)
        {
            notes.Add($"The last {table.Values.Rows - end:N0} {(table.Values.Rows - end == 1 ? "row has" : "rows have")} no value of a target: the forecast begins there.");
        }

        int first = Math.Max(0, end - request.MostRows);
        if (first > 0) notes.Add($"Learns from the last {end - first:N0} of {end:N0} rows (--rows takes more or fewer).");
        SeriesTable history = table with { Values = TargetRows.Pick(table.Values, first, end - first, [.. Enumerable.Range(0, table.Names.Count)]) };
        bool[] isConstant = [.. Enumerable.Range(0, table.Names.Count).Select(j => history.Values.Rows >= LeastConstant && history.IsConstant(j))];
        foreach (int j in Enumerable.Range(0, isConstant.Length).Where(j => isConstant[j]))
            notes.Add(j < table.Targets ? Constant(history, j) : $"Column '{table.Names[j]}' always has the same value: it is left out.");

        int[] used = [.. Enumerable.Range(0, isConstant.Length).Where(j => !isConstant[j])], targets = [.. used.Where(j => j < table.Targets)];
        known = [.. known.Where(j => !isConstant[j])];
        Matrix? future = TargetRows.Future(table, end, horizon, known);
        SeriesTime? time = table.Time is { } all ? all with { Times = [.. all.Times.Take(end)] } : null;
        Forecaster? fitted = targets.Length == 0 ? null : Fit(terminal, request, history, used, targets, known, horizon, time, cancel);
        Forecast? forecast = fitted?.Forecast(horizon, future);
        if (request.Output is { } output)
        {
            SeriesFile.Save(fitted ?? throw new GraftException("A target that always has the same value teaches nothing, so that there is no model to write. Leave --out out, or name another target."), output);
        }

        return new()
        {
            Curves = [.. Enumerable.Range(0, table.Targets).Select(j => Curves(table, history, forecast, Array.IndexOf(targets, j), j, end, horizon, request.IsTest))],
            Steps = TargetRows.Names(time, end, horizon),
            HistoryTime = time,
            FirstRow = end,
            Coverage = request.Coverage,
            Validation = fitted?.Validation,
            Notes = notes,
            Model = fitted is null ? null : ForecastReport.Describe(fitted),
        };
    }

    private static Forecaster Fit(
        Terminal terminal, ForecastRequest request, SeriesTable history, int[] used, int[] targets, int[] known, int horizon, SeriesTime? time, CancellationToken cancel)
    {
        EchoStateNetworkOptions network = new ForecasterOptions().Network;
        ForecasterOptions options = new()
        {
            Horizon = horizon,
            Targets = [.. targets.Select(j => Array.IndexOf(used, j))],
            Known = [.. known.Select(j => Array.IndexOf(used, j))],
            Names = [.. used.Select(j => history.Names[j])],
            Season = request.Season,
            Coverage = request.Coverage,
            Network = network with { Reservoir = network.Reservoir with { Seed = request.Seed } },
        };
        Matrix series = TargetRows.Pick(history.Values, 0, history.Values.Rows, used);
        Forecaster fitted = terminal.Track("Fitting", progress => Forecaster.Fit(series, options, progress, cancel));
        var provenance = fitted.Provenance
            .SetItem("table", Path.GetFileName(request.Table!))
            .SetItem("rows", history.Values.Rows.ToString(CultureInfo.InvariantCulture))
            .SetItem("seed", request.Seed.ToString(CultureInfo.InvariantCulture));
        if (time is not null) provenance = provenance.SetItem(TimeColumn, time.Column);
        return fitted with { Provenance = provenance, TimeStep = time?.Step.Code, LastTime = time?.Text(time.Times[^1]) };
    }

    private static ForecastCurves Curves(SeriesTable table, SeriesTable history, Forecast? forecast, int place, int column, int end, int horizon, bool isTest)
    {
        double[] Of(Matrix? values) => place >= 0 ? TargetRows.Column(values!, 0, horizon, place) : [.. Enumerable.Repeat(Value(history, column), horizon)];
        return new(
            table.Names[column],
            TargetRows.Column(history.Values, 0, history.Values.Rows, column),
            Of(forecast?.Value), Of(forecast?.Low), Of(forecast?.High),
            isTest ? TargetRows.Column(table.Values, end, horizon, column) : []);
    }

    private static string Constant(SeriesTable history, int column) =>
        double.IsNaN(Value(history, column))
            ? throw new GraftException($"Column '{history.Names[column]}': there is no value in {history.Values.Rows:N0} rows. Name a column that has values.")
            : string.Create(CultureInfo.InvariantCulture, $"Column '{history.Names[column]}' is always {Value(history, column)}: so is its forecast.");

    private static double Value(SeriesTable history, int column) => history.Series(column).FirstOrDefault(value => !double.IsNaN(value), double.NaN);
}
