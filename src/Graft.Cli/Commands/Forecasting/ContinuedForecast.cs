using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Goes on with a forecaster from a file: takes in the rows that are new to it and forecasts the steps after them.</summary>
internal static class ContinuedForecast
{
    private const int MostMissing = 1_000_000;

    public static ForecastResult Run(Terminal terminal, ForecastRequest request, CancellationToken cancel)
    {
        ModelSource.RequireFile(request.Model!, $"'graft forecast data.csv --out {request.Model}' makes one.");
        Forecaster model = SeriesFile.LoadForecaster(request.Model!);
        List<string> notes = [];
        SeriesTable? table = request.Table is null ? null : Read(request, model, cancel);
        Matrix? future = null;
        int[]? ahead = null;
        SeriesTime? time = Last(model);
        double[][] histories = [.. model.Targets.Select(_ => new[] { double.NaN })];
        if (table is not null)
        {
            notes.AddRange(table.Notes);
            int end = TargetRows.Known(table), first = FirstNew(table, time, end, notes, out int missing);
            int[] order = [.. model.Names.Select(name => table.Names.ToList().IndexOf(name))];
            if (missing > MostMissing) throw new GraftException($"{Amount.Of(missing, "row is", "rows are")} missing between the model's last row, at {time?.Text(time.Times[^1])}, and the table's first new one. Fit a new model.");
            if (missing > 0) notes.Add($"{Amount.Of(missing, "row is", "rows are")} missing between the model's last row and the table's first new one: {Amount.Word(missing, "it counts", "they count")} as not known.");
            Matrix gap = new(missing, model.Columns);
            gap.Values.Fill(double.NaN);
            model = model.Observe(gap).Observe(TargetRows.Pick(table.Values, first, end - first, order));
            if (table.Time is { } when)
            {
                time = first < end ? when with { Times = [.. when.Times.Take(end)] } : time;
                model = model with { LastTime = time!.Text(time.Times[^1]) };
            }

            ahead = Ahead(request, model, time);
            future = TargetRows.Future(table, end, ahead, [.. model.Known.Select(column => order[column])]);
            histories = [.. model.Targets.Select(column => TargetRows.Column(table.Values, 0, end, order[column]))];
        }
        else if (!model.Known.IsEmpty)
        {
            throw new GraftException($"This model needs the future of {string.Join(", ", model.Known.Select(column => $"'{model.Names[column]}'"))}. Give a table that has it, in rows after the last value of the targets.");
        }

        ahead ??= Ahead(request, model, time);
        Forecast forecast = model.Forecast(ahead[^1], future);
        if (request.Output is { } output) OutputFile.Write(output, stream => SeriesFile.Save(model, stream));
        return new()
        {
            Curves =
            [
                .. model.Targets.Select((column, j) => new ForecastCurves(
                    model.Names[column], histories[j], TargetRows.Shown(forecast.Value, ahead, j), TargetRows.Shown(forecast.Low, ahead, j), TargetRows.Shown(forecast.High, ahead, j), [])),
            ],
            Steps = TargetRows.Names(time, model.State.Rows, ahead),
            Ahead = ahead,
            HistoryTime = time,
            FirstRow = model.State.Rows,
            Coverage = model.Coverage,
            Forecaster = model,
            Notes = notes,
        };
    }

    private static SeriesTable Read(ForecastRequest request, Forecaster model, CancellationToken cancel)
    {
        TimeStep? step = model.TimeStep is { } code ? TimeStep.FromCode(code) : null;
        SeriesTable table = TableReader.Read(
            request.Table!,
            new()
            {
                Targets = [.. model.Targets.Select(column => model.Names[column])],
                Inputs = [.. Enumerable.Range(0, model.Columns).Except(model.Targets).Select(column => model.Names[column])],
                Options = Reading(request.Reading, model, hasTimes: step is not null),
                Step = step,
            },
            cancel);
        if (step is not null && table.Time is null)
            throw new ArgumentsException($"The model's last row was at {model.LastTime}; a table without times does not say which of its rows are new. Name its column of times with --time.");

        // Names as the model has them, whatever their case in the table.
        return table with { Names = [.. model.Targets.Concat(Enumerable.Range(0, model.Columns).Except(model.Targets)).Select(column => model.Names[column])] };
    }

    // As the model's own table was read, unless now is said otherwise.
    private static TableOptions Reading(TableOptions asked, Forecaster model, bool hasTimes) => new()
    {
        Time = hasTimes ? asked.Time ?? model.Provenance.GetValueOrDefault(FreshForecast.TimeColumn) : TableOptions.NoTime,
        Dates = asked.Dates ?? (Enum.TryParse(model.Provenance.GetValueOrDefault(FreshForecast.DateOrder), ignoreCase: true, out DateOrder order) ? order : null),
        Decimal = asked.Decimal ?? (model.Provenance.GetValueOrDefault(FreshForecast.DecimalMark) is [var mark] ? mark : null),
    };

    // As many as the model was made for, less those on holidays, or as many as are asked for, holidays left out.
    private static int[] Ahead(ForecastRequest request, Forecaster model, SeriesTime? time) =>
        request.Horizon is { } asked ? TargetRows.Ahead(time, asked) : TargetRows.Within(time, model.Horizon);

    private static SeriesTime? Last(Forecaster model) =>
        model.TimeStep is { } code && TimeStep.FromCode(code) is { } step && model.LastTime is { } text && TimeText.TryParse(text, out DateTime clock, out TimeCell cell)
            ? new(model.Provenance.GetValueOrDefault(FreshForecast.TimeColumn, "time"), [clock], step, cell.Offset, cell.Form)
            : null;

    private static int FirstNew(SeriesTable table, SeriesTime? last, int end, List<string> notes, out int missing)
    {
        missing = 0;
        if (last is null || table.Time is not { } time) return 0;
        if (time.Offset is null != last.Offset is null)
        {
            throw new GraftException(
                $"The model's last row was at {last.Text(last.Times[0])}, the table's first is at {time.Text(time.Times[0])}: one has an offset from UTC and the other has none. Write times as the model's table did.");
        }

        DateTime then = last.Times[0] - (last.Offset ?? default) + (time.Offset ?? default);
        int first = 0;
        while (first < end && time.Times[first] <= then) first++;
        if (first == end) notes.Add($"The table has no value of a target after {last.Text(last.Times[0])}, where the model is: it goes on from there.");
        else missing = Math.Max(0, (int)Math.Round(last.Step.Between(then.Ticks, time.Times[first].Ticks)) - 1);
        return first;
    }
}
