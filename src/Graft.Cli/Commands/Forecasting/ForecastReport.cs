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

    /// <summary>What a forecaster does, in words.</summary>
    public static string Describe(Forecaster model)
    {
        if (model.IsRepetition)
            return (model.Preparation.Season > 1 ? $"the last season of {model.Preparation.Season} steps repeated" : "the last value repeated") + ", for no network was clearly better where they were compared";
        string differences = model.Preparation.Differencing switch
        {
            Differencing.First => ", on changes from row to row",
            Differencing.Seasonal => ", on changes from season to season",
            Differencing.Both => ", on changes from row to row and season to season",
            _ => "",
        };
        return $"{model.Network.Trunk.Features:N0} features{differences}{(model.Preparation.Season > 1 ? $", a season of {model.Preparation.Season} steps" : "")}{(model.Preparation.Logarithms.Any(l => l) ? ", logarithms" : "")}, {(model.IsDirect ? "each step ahead by itself" : "step by step")}";
    }

    /// <summary>One object a target.</summary>
    public static IEnumerable<object> Lines(ForecastResult result, ForecastRequest request)
    {
        foreach (ForecastCurves curves in result.Curves)
        {
            Dictionary<string, object?> line = new()
            {
                ["target"] = curves.Name,
                ["horizon"] = curves.Value.Length,
                ["forecast"] = curves.Value.Select((value, h) => Step(result, curves, h)).ToArray(),
                ["validation"] = result.Validation is { } v && result.Errors.GetValueOrDefault(curves.Name) is { } errors
                    ? new Dictionary<string, object?>
                    {
                        ["nrmse"] = Finite(errors.Nrmse),
                        ["last_value_nrmse"] = Finite(errors.LastValueNrmse),
                        ["seasonal_nrmse"] = Finite(errors.SeasonalNrmse),
                        ["coverage"] = Finite(v.Coverage),
                        ["origins"] = v.Origins,
                    }
                    : new Dictionary<string, object?> { ["nrmse"] = 0.0 },
                ["coverage"] = result.Coverage,
                ["notes"] = result.Notes,
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
        if (result.Validation is { } validation) ShowValidation(terminal, validation, result);
        foreach (ForecastCurves curves in result.Curves)
        {
            if (Test(curves) is { } test)
                terminal.Print($"Test on the last {curves.Truth.Length:N0} rows of '{curves.Name}': normalized error {Number(test.Nrmse)}, mean absolute error {formats[0](test.Mae)}, {Tables.Percent(test.Coverage)} in the interval.");
        }

        if (request.OutTable is not null) terminal.Note($"Wrote the forecast to '{request.OutTable}'.");
        if (request.Plot is not null) terminal.Note($"Drew '{request.Plot}'.");
        if (request.Output is not null) terminal.Note($"Wrote '{request.Output}'. Go on with new rows: graft forecast new-rows.csv --model {request.Output}");
    }

    private static void ShowValidation(Terminal terminal, ForecastValidation v, ForecastResult result)
    {
        terminal.Print($"The model: {result.Model}.");
        string season = double.IsNaN(v.SeasonalNrmse) ? "" : $", {Number(v.SeasonalNrmse)} where the last season is repeated";
        terminal.Print(
            $"On rows {v.FirstRow:N0} and later, which it had not been fitted on ({v.Origins:N0} {(v.Origins == 1 ? "forecast" : "forecasts")}): normalized error {Number(v.Nrmse)} (0 is perfect, 1 as far off as the mean); "
            + $"{Number(v.LastValueNrmse)} where the last value is repeated{season}. Between low and high: {100 * result.Coverage:0.#} % of what comes.");
        double naive = Math.Min(v.LastValueNrmse, double.IsNaN(v.SeasonalNrmse) ? double.PositiveInfinity : v.SeasonalNrmse);
        if (v.Nrmse >= naive && !result.Repeats) terminal.Warn("A simple repetition was as good: there may be little to learn, or too few rows.");
        else if (v.Nrmse >= 1) terminal.Warn("The forecast is no better than the mean of the column: there may be little to learn, or too few rows.");
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
            SeriesMetrics.Nrmse(curves.Truth, curves.Value),
            SeriesMetrics.Mae(curves.Truth, curves.Value),
            known.Count(h => curves.Truth[h] >= curves.Low[h] && curves.Truth[h] <= curves.High[h]) / (double)known.Length);
    }

    // JSON has no NaN and no infinity.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    // As many decimals as tell the interval's ends apart.
    private static Func<double, string> Format(ForecastCurves curves)
    {
        double[] all = [.. curves.Value, .. curves.Low, .. curves.High];
        double size = all.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        double span = curves.High.Zip(curves.Low).Select(p => p.First - p.Second).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double unit = span > 0 ? span : size > 0 ? size : 1;
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(unit)), 0, 10);
        return size >= 1e12 || (size > 0 && size < 1e-8)
            ? value => value.ToString("G5", CultureInfo.InvariantCulture)
            : value => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
    }
}
