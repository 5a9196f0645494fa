using System.Globalization;
using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Tasks;
using Spectre.Console;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Tells forecasts to programs and to people.</summary>
internal static class ForecastReport
{
    private const int MostRows = 40, ShownEnds = 16;

    /// <summary>One object a target.</summary>
    public static IEnumerable<object> Lines(ForecastResult result, ForecastRequest request)
    {
        foreach (ForecastCurves curves in result.Curves)
        {
            int target = result.TargetOf(curves.Name);
            Dictionary<string, object?> line = new()
            {
                ["target"] = curves.Name,
                ["horizon"] = curves.Value.Length,
                ["method"] = target < 0 ? "constant" : ForecastWords.Method(result.Forecaster!.Repetitions[target]),
                ["forecast"] = curves.Value.Select((value, h) => Step(result, curves, h)).ToArray(),
                ["validation"] = target < 0 ? new Dictionary<string, object?> { ["nrmse"] = 0.0 } : Validation(result.Forecaster!.Validation, target),
                ["coverage"] = result.Coverage,
                ["notes"] = result.Forecaster is null ? result.Notes : [.. result.Notes, .. ForecastWords.Doubts(result.Forecaster)],
            };
            if (curves.Truth.Length > 0) line["test"] = Test(curves) is { } test ? new { nrmse = Finite(test.Nrmse), mae = Finite(test.Mae), coverage = Finite(test.Coverage) } : null;
            if (request.Output is not null) line["model"] = request.Output;
            if (request.OutTable is not null) line["table"] = request.OutTable;
            yield return line;
        }
    }

    /// <summary>Shows people.</summary>
    public static void Show(Terminal terminal, ForecastResult result, ForecastRequest request)
    {
        foreach (string note in result.Notes) terminal.Note(note);
        bool hasTruth = result.Curves[0].Truth.Length > 0;
        Table table = new Table().Border(TableBorder.Simple).AddColumn(result.HistoryTime is null ? "row" : Tables.Cell(result.HistoryTime.Column));
        foreach (ForecastCurves curves in result.Curves)
        {
            table.AddColumns(Tables.Number(Tables.Cell(curves.Name)), Tables.Number("low"), Tables.Number("high"));
            if (hasTruth) table.AddColumn(Tables.Number("truth"));
        }

        int steps = result.Steps.Count;
        Func<double, string>[] formats = [.. result.Curves.Select(Format)];
        for (int h = 0; h < steps; h++)
        {
            if (steps > MostRows && h == ShownEnds)
            {
                table.AddRow([$"... {steps - (2 * ShownEnds)} more", .. Enumerable.Repeat("", table.Columns.Count - 1)]);
                h = steps - ShownEnds;
            }

            int step = h;
            table.AddRow([result.Steps[h], .. result.Curves.SelectMany((c, j) => (string[])
                [$"[bold]{formats[j](c.Value[step])}[/]", formats[j](c.Low[step]), formats[j](c.High[step]), .. hasTruth ? (string[])[formats[j](c.Truth[step])] : []])]);
        }

        terminal.Show(table);
        if (result.Forecaster is { } forecaster) ShowValidation(terminal, forecaster);
        foreach (ForecastCurves curves in result.Curves)
        {
            if (Test(curves) is { } test)
                terminal.Print($"Test on the last {Amount.Of(curves.Truth.Length, "row")} of '{curves.Name}': {(double.IsFinite(test.Nrmse) ? $"normalized error {ForecastWords.Number(test.Nrmse)}, " : "")}mean absolute error {formats[0](test.Mae)}, {Tables.Percent(test.Coverage)} in the interval.");
        }

        if (request.OutTable is not null) terminal.Note($"Wrote the forecast to '{request.OutTable}'.");
        if (request.Plot is not null) terminal.Note($"Drew '{request.Plot}'.");
        if (request.Output is not null) terminal.Note($"Wrote '{request.Output}'. Go on with new rows: graft forecast new-rows.csv --model {request.Output}");
    }

    private static void ShowValidation(Terminal terminal, Forecaster forecaster)
    {
        terminal.Print($"The model: {ForecastWords.Describe(forecaster)}.");
        ForecastValidation validation = forecaster.Validation;
        string where = $"On {Amount.Of(validation.Rows, "row")} from row {validation.FirstRow:N0} on that neither fitted nor chose it";
        for (int target = 0; target < forecaster.Targets.Length; target++)
        {
            ForecastErrors errors = validation.ByTarget[target];
            string name = forecaster.Targets.Length == 1 ? "" : $"'{forecaster.Names[forecaster.Targets[target]]}': ";
            if (errors.Values == 0 || !double.IsFinite(errors.Nrmse))
            {
                terminal.Warn($"{name}No value is known where the forecast could be judged: how good it is can't be said.");
                continue;
            }

            string season = double.IsNaN(errors.SeasonalNrmse) ? "" : $", {ForecastWords.Number(errors.SeasonalNrmse)} where the last season is repeated";
            terminal.Print($"{name}{where}: normalized error {ForecastWords.Number(errors.Nrmse)} (0 is perfect, 1 as far off as the mean); {ForecastWords.Number(errors.LastValueNrmse)} where the last value is repeated{season}.");
            terminal.Print($"{name}The {100 * forecaster.Coverage:0.#} % interval, whose width other rows set, held {Tables.Percent(errors.Coverage)} of {errors.Values:N0} held-out values.");
            double simplest = Math.Min(errors.LastValueNrmse, double.IsNaN(errors.SeasonalNrmse) ? double.PositiveInfinity : errors.SeasonalNrmse);
            if (errors.Nrmse >= simplest && forecaster.Repetitions[target] is not { Drift: 0 }) terminal.Warn($"{name}A simple repetition was as good: there may be little to learn, or too few rows.");
            else if (errors.Nrmse >= 1) terminal.Warn($"{name}The forecast is no better than the mean of the column: there may be little to learn, or too few rows.");
        }

        foreach (string doubt in ForecastWords.Doubts(forecaster)) terminal.Note(doubt);
    }

    // What could not be measured has no key but nrmse.
    private static Dictionary<string, object?> Validation(ForecastValidation validation, int target)
    {
        ForecastErrors errors = validation.ByTarget[target];
        Dictionary<string, object?> json = new() { ["nrmse"] = Finite(errors.Nrmse) };
        foreach ((string key, double value) in (ReadOnlySpan<(string, double)>)[("last_value_nrmse", errors.LastValueNrmse), ("seasonal_nrmse", errors.SeasonalNrmse), ("coverage", errors.Coverage)])
        {
            if (double.IsFinite(value)) json[key] = value;
        }

        json["values"] = errors.Values;
        json["rows"] = validation.Rows;
        json["origins"] = validation.Origins;
        return json;
    }

    private static Dictionary<string, object?> Step(ForecastResult result, ForecastCurves curves, int h)
    {
        Dictionary<string, object?> step = result.HistoryTime is null ? new() { ["index"] = result.FirstRow + result.Ahead[h] - 1 } : new() { ["time"] = result.Steps[h] };
        step["value"] = Finite(curves.Value[h]);
        step["low"] = Finite(curves.Low[h]);
        step["high"] = Finite(curves.High[h]);
        if (curves.Truth.Length > 0) step["truth"] = Finite(curves.Truth[h]);
        return step;
    }

    private static (double Nrmse, double Mae, double Coverage)? Test(ForecastCurves curves)
    {
        int[] known = [.. Enumerable.Range(0, curves.Truth.Length).Where(h => !double.IsNaN(curves.Truth[h]))];
        if (known.Length == 0) return null;
        return (
            SeriesMetrics.Nrmse(curves.Truth, curves.Value, Unit(curves)),
            SeriesMetrics.Mae(curves.Truth, curves.Value),
            known.Count(h => curves.Truth[h] >= curves.Low[h] && curves.Truth[h] <= curves.High[h]) / (double)known.Length);
    }

    // JSON has no NaN and no infinity.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    // The truth's standard deviation; where nothing moves in it, that of the history.
    private static double Unit(ForecastCurves curves) => SeriesMetrics.Deviation(curves.Truth) is > 0 and double own ? own : SeriesMetrics.Deviation(curves.History);

    // As many decimals as tell the interval's ends apart, if more than rounding keeps them apart.
    private static Func<double, string> Format(ForecastCurves curves)
    {
        double[] all = [.. curves.Value, .. curves.Low, .. curves.High];
        double size = all.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        double span = curves.High.Zip(curves.Low).Select(p => p.First - p.Second).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double unit = span > 1e-9 * size ? span : size > 0 ? size : 1;
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(unit)), 0, 10);
        return size >= 1e12 || (size > 0 && size < 1e-8)
            ? value => value.ToString("G5", CultureInfo.InvariantCulture)
            : value => (Math.Round(value, decimals, MidpointRounding.AwayFromZero) + 0.0).ToString($"N{decimals}", CultureInfo.InvariantCulture); // + 0: no "-0"
    }
}
