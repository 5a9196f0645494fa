using System.CommandLine;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs.Series;

namespace Graft.Cli.Commands.Samples;

/// <summary><c>graft sample series</c>: writes a series as CSV, for trying forecasts with no data.</summary>
internal static class SampleSeriesCommand
{
    private static readonly string[] Kinds = ["shop", "mackey-glass", "lorenz", "rossler", "henon", "narma", "mso"];

    public static Command Create(Terminal terminal)
    {
        Option<string> kind = new("--kind")
        {
            Description = "shop: visitors of a shop, day by day, and the holidays that are known ahead. mackey-glass, lorenz, rossler, henon: chaos. narma: a system driven by noise. mso: three sines.",
            DefaultValueFactory = _ => Kinds[0],
        };
        kind.AcceptOnlyFromAmong(Kinds);
        Option<string> output = new("--out") { Description = "The CSV file to write.", Required = true };
        Option<int> steps = Arguments.Ranged("--steps", 1, 10_000_000, 1500, "How many rows.");
        Option<ulong> seed = Arguments.Seed();
        Command command = new("series", "Writes a series as CSV: a made-up shop, or a system that papers measure forecasts on.") { kind, output, steps, seed };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(kind), parsed.GetRequiredValue(output), parsed.GetValue(steps), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(Terminal terminal, string kind, string output, int steps, ulong seed)
    {
        OutputFile.RequireWritable(output);
        (string header, string hint, Func<int, string> row) = Make(kind, steps, seed);
        AtomicFile.Write(output, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(header);
            for (int t = 0; t < steps; t++) writer.WriteLine(row(t));
        });
        terminal.Note($"Wrote {Amount.Of(steps, "row")} of {kind} to '{output}'. Forecast them: graft forecast {output} {hint}");
        return ExitCode.Done;
    }

    private static (string Header, string Hint, Func<int, string> Row) Make(string kind, int steps, ulong seed)
    {
        switch (kind)
        {
            case "mackey-glass":
                return Columns("x", "--target x --horizon 84", MackeyGlass.Generate(steps, new() { Seed = seed }));
            case "lorenz":
                return Columns("x,y,z", "--target x y z --horizon 50", Lorenz63.Generate(steps, new() { Seed = seed }));
            case "rossler":
                return Columns("x,y,z", "--target x y z --horizon 50", Rossler.Generate(steps, new() { Seed = seed, Step = 0.1 }));
            case "henon":
                return Columns("x,y", "--target x --horizon 5", HenonMap.Generate(steps, seed));
            case "mso":
                return Columns("x", "--target x --horizon 100", MultipleSuperimposedOscillators.Generate(steps, 3));
            case "narma":
                DrivenSeries narma = Narma.Generate(steps, seed: seed);
                return ("u,y", "--target y --inputs u --horizon 5", t => string.Create(CultureInfo.InvariantCulture, $"{narma.Inputs[t, 0]},{narma.Targets[t, 0]}"));
            default:
                return Shop(seed);
        }
    }

    private static (string Header, string Hint, Func<int, string> Row) Columns(string names, string hint, Matrix series) =>
        (names, hint, t => string.Join(',', series.Row(t).ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture))));

    // A week, a year, slow growth, holidays on which nobody comes, and noise that grows with the level.
    private static (string Header, string Hint, Func<int, string> Row) Shop(ulong seed)
    {
        Philox random = new(seed);
        double[] week = [0.8, 0.85, 0.9, 1, 1.3, 1.6, 0.55];
        DateTime start = new(2020, 1, 6);
        return ("day,holiday,visitors", "--target visitors --horizon 28 --plot forecast.png", Row);

        string Row(int t)
        {
            DateTime day = start.AddDays(t);
            bool isHoliday = (day.Month, day.Day) is (1, 1) or (5, 1) or (8, 15) or (11, 1) or (12, 25) or (12, 26);
            double level = 400 * Math.Exp(0.0003 * t) * (1 + (0.2 * Math.Sin(2 * Math.PI * (day.DayOfYear - 100) / 365.25)));
            double visitors = isHoliday ? 0 : level * week[t % 7] * Math.Exp(0.06 * random.Normal((ulong)t));
            return string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd},{(isHoliday ? 1 : 0)},{visitors:0}");
        }
    }
}
