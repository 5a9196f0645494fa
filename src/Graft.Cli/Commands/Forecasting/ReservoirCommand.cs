using System.CommandLine;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Formats;
using Graft.Reservoirs.Search;
using Graft.Reservoirs.Tasks;
using Spectre.Console;

namespace Graft.Cli.Commands.Forecasting;

/// <summary><c>graft reservoir search</c>: finds the reservoir that forecasts a table best.</summary>
internal static class ReservoirCommand
{
    private sealed record SearchRequest(ForecastRequest Forecast, SearchOptions Options, string? Plot);

    /// <summary>The forecaster with the best reservoir, and the error of one with the defaults on the same rows.</summary>
    private sealed record Fitted(Forecaster Forecaster, double DefaultNrmse);

    public static Command Create(Terminal terminal) => new("reservoir", "Finds good reservoirs for forecasts.") { Search(terminal) };

    private static Command Search(Terminal terminal)
    {
        Argument<string> table = new("table") { Description = "A CSV or Parquet file with a row for each step." };
        Option<string[]> targets = ForecastCommand.Columns("--target", "A column to forecast, by its name; several may be named. It may be left out where only one column has numbers.");
        Option<int?> horizon = ForecastCommand.Horizon("How many steps ahead; 12 if not said.");
        Option<string[]> inputs = ForecastCommand.Columns("--inputs", "Columns that may help; their future is not known.");
        Option<string[]> known = ForecastCommand.Columns("--known", "Columns whose future is known, such as prices or holidays.");
        TableArguments reading = new();
        Option<int> trials = Arguments.Ranged("--trials", 1, 100_000, new SearchOptions().Trials, "How many reservoirs are tried.");
        Option<SearchMethod> method = new("--method") { Description = "bayesian: where a Gaussian process expects most. random. halving: many on a part of the rows, the best of them on more.", DefaultValueFactory = _ => SearchMethod.Bayesian };
        Option<int> rows = Arguments.Ranged("--rows", 1, int.MaxValue, ForecastRequest.UsualRows, "The most rows to learn from, the last ones of a longer table.");
        Option<string?> output = new("--out") { Description = "A .graft file for a forecaster with the best reservoir, fitted on the whole table: 'graft forecast --model' goes on from it." };
        Option<string?> plot = new("--plot") { Description = "A .png or .svg file that shows which parameters mattered." };
        Option<int> threads = Arguments.Threads();
        Option<ulong> seed = Arguments.Seed();
        Option<bool> json = Arguments.Json();
        Command command = new("search", "Tries reservoirs on a table and tells which parameters mattered. Scores are errors of forecasts inside the history, never on rows that a later validation uses.")
        {
            table, targets, horizon, inputs, known, trials, method, rows, output, plot, threads, seed, json,
        };
        reading.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            ForecastRequest forecast = new()
            {
                Table = parsed.GetRequiredValue(table),
                Targets = parsed.GetValue(targets) ?? [],
                Inputs = parsed.GetValue(inputs) ?? [],
                Known = parsed.GetValue(known) ?? [],
                Horizon = parsed.GetValue(horizon),
                Reading = reading.Of(parsed),
                MostRows = parsed.GetValue(rows),
                Output = parsed.GetValue(output),
                Coverage = new ForecasterOptions().Coverage,
                Threads = parsed.GetValue(threads),
                Seed = parsed.GetValue(seed),
            };
            SearchOptions options = new() { Trials = parsed.GetValue(trials), Method = parsed.GetValue(method), Threads = parsed.GetValue(threads), Seed = parsed.GetValue(seed) };
            return Task.FromResult(Run(terminal, new(forecast, options, parsed.GetValue(plot)), parsed.GetValue(json), cancel));
        });
        return command;
    }

    private static int Run(Terminal terminal, SearchRequest request, bool json, CancellationToken cancel)
    {
        string? file = request.Forecast.Output;
        if (file is not null) OutputFile.RequireWritable(file);
        if (request.Plot is { } image) PlotFile.Require(image);
        ForecastInput input = ForecastInput.Read(request.Forecast, cancel);
        if (input.Targets.Length == 0) throw new GraftException("A target that always has the same value needs no search: its forecast is that value.");
        (SearchResult result, ForecasterOptions best) = terminal.Track("Searching", progress =>
        {
            int done = 0;
            return ReservoirSearch.Run(
                input.Series, input.Options(request.Forecast), request.Options, progress: new Trials(_ => progress.Report(new Completion(Interlocked.Increment(ref done), Math.Max(done, request.Options.Trials)))), cancellation: cancel);
        });
        Fitted? fitted = null;
        if (file is not null)
        {
            // What is best inside the history is not always so after it: whoever searched should know.
            fitted = new(FreshForecast.Fit(terminal, request.Forecast, input, best, cancel), FreshForecast.Fit(terminal, request.Forecast, input, input.Options(request.Forecast), cancel).Validation.Nrmse);
        }

        // What was found is told before it is written: no full disk takes it.
        if (json) terminal.WriteJson(Report(request, input, result, fitted));
        else Show(terminal, input, result, fitted);
        if (request.Plot is { } plot)
        {
            SearchPlot.Write(plot, result);
            if (!json) terminal.Note($"Drew '{plot}'.");
        }

        if (fitted is null || file is null) return ExitCode.Done;
        OutputFile.Write(file, stream => SeriesFile.Save(fitted.Forecaster, stream));
        if (!json) terminal.Note($"Wrote '{file}'. Forecast with it: graft forecast --model {file}");
        return ExitCode.Done;
    }

    private static Dictionary<string, object?> Report(SearchRequest request, ForecastInput input, SearchResult result, Fitted? fitted)
    {
        Dictionary<string, double> Named(IReadOnlyList<double> values) => result.Parameters.Select((p, i) => (p.Name, values[i])).ToDictionary();
        Dictionary<string, object?> report = new()
        {
            ["targets"] = input.Targets.Select(j => input.Table.Names[j]).ToArray(),
            ["horizon"] = input.Horizon,
            ["score"] = result.Best.Score,
            ["best"] = Named(result.Best.Values),
            ["importance"] = Named(result.Importance),
            ["trials"] = result.Trials.Select(t => new { t.Index, Values = Named(t.Values), t.Budget, Score = double.IsFinite(t.Score) ? t.Score : (double?)null }).ToArray(),
            ["notes"] = input.Notes,
        };
        if (fitted is null) return report;
        report["validation"] = new { Nrmse = Finite(fitted.Forecaster.Validation.Nrmse), DefaultNrmse = Finite(fitted.DefaultNrmse) };
        report["model"] = request.Forecast.Output;
        return report;

        static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }

    private static void Show(Terminal terminal, ForecastInput input, SearchResult result, Fitted? fitted)
    {
        foreach (string note in input.Notes) terminal.Note(note);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("parameter").AddColumns(Tables.Number("best"), Tables.Number("searched"), Tables.Number("explains"));
        for (int i = 0; i < result.Parameters.Length; i++)
        {
            SearchParameter parameter = result.Parameters[i];
            table.AddRow(parameter.Name.Replace('_', ' '), Number(result.Best.Values[i]), $"{Number(parameter.Low)} to {Number(parameter.High)}", Tables.Percent(result.Importance[i]));
        }

        terminal.Show(table);
        int failed = result.Trials.Count(t => !double.IsFinite(t.Score));
        double[] scores = [.. result.Trials.Where(t => double.IsFinite(t.Score)).Select(t => t.Score).Order()];
        terminal.Print($"Of {Amount.Of(result.Trials.Length, "reservoir")} the best has a normalized error of {Number(result.Best.Score)}, the median {Number(scores[scores.Length / 2])}{(failed > 0 ? $"; {failed:N0} failed" : "")}.");
        if (fitted is null) return;
        double found = fitted.Forecaster.Validation.Nrmse;
        terminal.Print($"On {Amount.Of(fitted.Forecaster.Validation.Rows, "row")} from row {fitted.Forecaster.Validation.FirstRow:N0} on that the search has not seen, the best one's normalized error is {Number(found)}, that of the defaults {Number(fitted.DefaultNrmse)}.");
        if (found >= fitted.DefaultNrmse) terminal.Note("The search gained nothing there: forecast without it, or try more reservoirs.");
    }

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    // Reports come from several threads, in any order.
    private sealed class Trials(Action<SearchTrial> told) : IProgress<SearchTrial>
    {
        public void Report(SearchTrial value) => told(value);
    }
}
