using System.Collections.Immutable;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Fits a forecaster to a table and forecasts the steps after it.</summary>
internal static class FreshForecast
{
    /// <summary>The provenance that names the column of times.</summary>
    public const string TimeColumn = "time_column";

    /// <summary>The provenance that names the order of dates and the decimal mark: new rows are read as the old ones were.</summary>
    public const string DateOrder = "dates", DecimalMark = "decimal";

    // More outliers than that are counted, not listed.
    private const int MostTold = 5;

    public static ForecastResult Run(Terminal terminal, ForecastRequest request, CancellationToken cancel)
    {
        ForecastInput input = ForecastInput.Read(request, cancel);
        SeriesTable table = input.Table;
        Matrix? future = TargetRows.Future(table, input.End, input.Ahead, input.Known);
        Forecaster? fitted = input.Targets.Length == 0 ? null : Fit(terminal, request, input, input.Options(request), cancel);
        Forecast? forecast = fitted?.Forecast(input.Horizon, future);
        if (request.Output is { } output)
        {
            Forecaster model = fitted ?? throw new GraftException("A target that always has the same value teaches nothing, so that there is no model to write. Leave --out out, or name another target.");
            OutputFile.Write(output, stream => SeriesFile.Save(model, stream));
        }

        return new()
        {
            Curves = [.. Enumerable.Range(0, table.Targets).Select(j => Curves(input, forecast, j, request.IsTest))],
            Steps = TargetRows.Names(input.Time, input.End, input.Ahead),
            Ahead = input.Ahead,
            HistoryTime = input.Time,
            FirstRow = input.End,
            Coverage = request.Coverage,
            Forecaster = fitted,
            Notes = [.. input.Notes, .. fitted is null ? [] : Outliers(fitted, input)],
        };
    }

    /// <summary>Fits a forecaster that knows where its table ended.</summary>
    public static Forecaster Fit(Terminal terminal, ForecastRequest request, ForecastInput input, ForecasterOptions options, CancellationToken cancel)
    {
        Forecaster fitted = terminal.Track("Fitting", progress => Forecaster.Fit(input.Series, options, progress, cancel));
        ImmutableSortedDictionary<string, string> provenance = fitted.Provenance
            .SetItem("table", Path.GetFileName(request.Table!))
            .SetItem("rows", input.History.Values.Rows.ToString(CultureInfo.InvariantCulture))
            .SetItem("seed", request.Seed.ToString(CultureInfo.InvariantCulture));
        if (input.Time is { } time) provenance = provenance.SetItem(TimeColumn, time.Column);
        if (input.Table.Read.Dates is { } dates) provenance = provenance.SetItem(DateOrder, DateReadings.Name(dates));
        if (input.Table.Read.Decimal is { } mark) provenance = provenance.SetItem(DecimalMark, $"{mark}");
        return fitted with { Provenance = provenance, TimeStep = input.Time?.Step.Code, LastTime = input.Time?.Text(input.Time.Times[^1]) };
    }

    private static IEnumerable<string> Outliers(Forecaster fitted, ForecastInput input)
    {
        int first = input.End - input.History.Values.Rows;
        foreach (IGrouping<int, Outlier> column in fitted.Outliers.GroupBy(outlier => outlier.Column))
        {
            string[] values = [.. column.Take(MostTold).Select(outlier =>
                string.Create(CultureInfo.InvariantCulture, $"{outlier.Value} {(input.Time is { } time ? $"at {time.Text(time.Times[first + outlier.Row])}" : $"in row {first + outlier.Row}")}"))];
            int count = column.Count();
            yield return
                $"{Amount.Of(count, "value")} of '{fitted.Names[column.Key]}' {Amount.Word(count, "is", "are")} more than ten times as far from what is around as any other: "
                + $"{string.Join(", ", values)}{(count > MostTold ? ", ..." : "")}. {Amount.Word(count, "It counts", "They count")} as not known.";
        }
    }

    private static ForecastCurves Curves(ForecastInput input, Forecast? forecast, int column, bool isTest)
    {
        int place = Array.IndexOf(input.Targets, column);
        double[] Of(Matrix? values) => place >= 0 ? TargetRows.Shown(values!, input.Ahead, place) : [.. Enumerable.Repeat(ForecastInput.Value(input.History, column), input.Ahead.Length)];
        return new(
            input.Table.Names[column],
            TargetRows.Column(input.History.Values, 0, input.History.Values.Rows, column),
            Of(forecast?.Value), Of(forecast?.Low), Of(forecast?.High),
            isTest ? [.. input.Ahead.Select(step => input.Table.Values[input.End + step - 1, column])] : []);
    }
}
