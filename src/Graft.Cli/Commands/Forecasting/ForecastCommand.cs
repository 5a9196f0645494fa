using System.CommandLine;
using Graft.Cli.Output;
using Graft.Cli.Plots;

namespace Graft.Cli.Commands.Forecasting;

/// <summary><c>graft forecast</c>: forecasts columns of a table with an echo state network.</summary>
internal static class ForecastCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string?> table = new("table") { Description = "A CSV or Parquet file with a row for each step. With --model: the rows that are new; it may be left out.", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> targets = Columns("--target", "A column to forecast, by its name; several may be named. It may be left out where only one column has numbers.");
        Option<int?> horizon = Horizon("How many steps ahead; 12 if not said, with --model as many as it was made for.");
        Option<string[]> inputs = Columns("--inputs", "Columns that may help; their future is not known.");
        Option<string[]> known = Columns("--known", "Columns whose future is known, such as prices or holidays: the table goes on after the last value of the targets with rows that have these.");
        TableArguments reading = new();
        Option<int?> season = new("--season") { Description = "How many steps a season has, 1 for none; found if not said." };
        Option<double> coverage = new("--coverage") { Description = "The part of the future that should lie between low and high.", DefaultValueFactory = _ => 0.9 };
        coverage.TakesNumber(value => value is > 0 and < 1, "a number between 0 and 1");
        Option<bool> test = new("--test") { Description = "Leave the last steps of the table out, forecast them and compare." };
        Option<int> rows = Arguments.Ranged("--rows", 1, int.MaxValue, ForecastRequest.UsualRows, "The most rows to learn from, the last ones of a longer table.");
        Option<string?> output = new("--out") { Description = "A .graft file for the fitted forecaster and where it is in its series." };
        Option<string?> model = new("--model") { Description = "A .graft file of an earlier forecast: goes on from its last state by the table's new rows, without fitting anew." };
        Option<string?> outTable = new("--out-table") { Description = "A .csv file for the forecast: times, values, and the ends of intervals." };
        Option<string?> plot = new("--plot") { Description = "A .png or .svg file for an image of the forecast after the end of its history." };
        Option<int> threads = Arguments.Threads();
        Option<ulong> seed = Arguments.Seed();
        Option<bool> json = Arguments.Json();
        Command command = new("forecast", "Forecasts columns of a table: learns from its past with an echo state network, or repeats it where none is better, says how good that was, and gives the steps to come with intervals.")
        {
            table, targets, horizon, inputs, known, season, coverage, test, rows, output, outTable, model, plot, threads, seed, json,
        };
        reading.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            ForecastRequest request = new()
            {
                Table = parsed.GetValue(table),
                Targets = parsed.GetValue(targets) ?? [],
                Inputs = parsed.GetValue(inputs) ?? [],
                Known = parsed.GetValue(known) ?? [],
                Horizon = parsed.GetValue(horizon),
                Reading = reading.Of(parsed),
                Season = parsed.GetValue(season),
                Coverage = parsed.GetValue(coverage),
                IsTest = parsed.GetValue(test),
                MostRows = parsed.GetValue(rows),
                Output = parsed.GetValue(output),
                OutTable = parsed.GetValue(outTable),
                Model = parsed.GetValue(model),
                Plot = parsed.GetValue(plot),
                Threads = parsed.GetValue(threads),
                Seed = parsed.GetValue(seed),
            };
            return Task.FromResult(Run(terminal, request, parsed.GetValue(json), cancel));
        });
        return command;
    }

    private static int Run(Terminal terminal, ForecastRequest request, bool json, CancellationToken cancel)
    {
        request.Check();
        if (request.Output is { } file) OutputFile.RequireWritable(file);
        if (request.OutTable is { } csv) ForecastTable.Require(csv);
        if (request.Plot is { } image) PlotFile.Require(image);
        ForecastResult result = request.Model is null ? FreshForecast.Run(terminal, request, cancel) : ContinuedForecast.Run(terminal, request, cancel);
        if (request.Plot is { } plot) ForecastPlot.Write(plot, result.Curves, result.Coverage, new(result.HistoryTime, result.FirstRow, result.Ahead));
        if (request.OutTable is { } values) ForecastTable.Write(values, result);
        if (json)
        {
            foreach (object line in ForecastReport.Lines(result, request)) terminal.WriteJson(line);
        }
        else
        {
            ForecastReport.Show(terminal, result, request);
        }

        return ExitCode.Done;
    }

    public static Option<int?> Horizon(string description)
    {
        Option<int?> horizon = new("--horizon") { Description = description };
        horizon.TakesNumber(value => value is >= 1 and <= 100_000, "a whole number from 1 to 100000");
        return horizon;
    }

    public static Option<string[]> Columns(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };
}
