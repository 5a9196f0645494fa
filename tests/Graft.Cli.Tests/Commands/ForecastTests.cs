using System.Globalization;
using System.Text;
using System.Text.Json;
using Graft.Cli.Commands.Forecasting;
using Graft.Reservoirs.Series;
using Parquet;
using Parquet.Schema;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft forecast</c> and <c>graft sample series</c>.</summary>
public sealed class ForecastTests : IDisposable
{
    private const string Numbered = "No column has times: rows are numbered.";

    private readonly string folder = Directory.CreateTempSubdirectory("graft-forecast-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task TheJsonIsTheContract()
    {
        string table = Sines(300);
        Outcome run = await Tool.Run("forecast", table, "--target", "x", "--horizon", "10", "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(("x", 10), (json.GetProperty("target").GetString(), json.GetProperty("horizon").GetInt32()));
        JsonElement validation = json.GetProperty("validation");
        Assert.InRange(validation.GetProperty("nrmse").GetDouble(), 0, 0.1);
        Assert.InRange(validation.GetProperty("coverage").GetDouble(), 0.5, 1);
        Assert.Equal((57, 100), (validation.GetProperty("rows").GetInt32(), validation.GetProperty("origins").GetInt32()));
        Assert.InRange(validation.GetProperty("values").GetInt32(), 400, 600);
        Assert.Equal("network", json.GetProperty("method").GetString());
        JsonElement[] steps = [.. json.GetProperty("forecast").EnumerateArray()];
        Assert.Equal(Enumerable.Range(300, 10), steps.Select(s => s.GetProperty("index").GetInt32()));
        foreach (JsonElement step in steps)
        {
            double truth = Sine(step.GetProperty("index").GetInt32()), value = step.GetProperty("value").GetDouble();
            Assert.Equal(truth, value, 0.1);
            Assert.InRange(value, step.GetProperty("low").GetDouble(), step.GetProperty("high").GetDouble());
        }

        // The same seed gives the same forecast, another one another.
        Assert.Equal(run.Output, (await Tool.Run("forecast", table, "--horizon", "10", "--target", "x", "--json")).Output);
        Assert.NotEqual(run.Output, (await Tool.Run("forecast", table, "--horizon", "10", "--target", "x", "--json", "--seed", "1")).Output);
    }

    [Fact]
    public async Task TimesGoOnAndPeopleSeeATable()
    {
        string table = Write(Lines("day,x", 120, t => $"{new DateTime(2024, 1, 1).AddDays(t):yyyy-MM-dd},{Sine(t)}"));
        Outcome run = await Tool.Run("forecast", table, "--horizon", "3");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Column 'x' is forecast, the only one with numbers.", run.Error);
        foreach (string day in (string[])["2024-04-30", "2024-05-01", "2024-05-02"]) Assert.Contains(day, run.Output);
        Assert.Matches(@"On 24 rows from row 72 on that neither fitted nor chose it: normalized error 0(\.\d+)? \(0 is perfect, 1 as far off as the mean\); \d(\.\d+)? where the last value is repeated", run.Output);
        Assert.Matches(@"The 90 % interval, whose width other rows set, held \d+\.\d % of 6\d held-out values\.", run.Output);
        Assert.DoesNotContain("% of what comes", run.Output);
    }

    [Fact]
    public async Task AMissingValueIsCountedAndBridged()
    {
        string table = Write(Lines("x", 300, t => t == 100 ? (FormattableString)$"NA" : t is 200 or 201 ? (FormattableString)$"-" : $"{Sine(t)}"));
        JsonElement json = (await Tool.Run("forecast", table, "--target", "x", "--horizon", "5", "--json")).Json;
        Assert.Equal(["3 of 300 values are missing in column 'x'.", Numbered], Notes(json));
        Assert.Equal(Sine(304), json.GetProperty("forecast")[4].GetProperty("value").GetDouble(), 0.2);
    }

    [Fact]
    public async Task ACellOfTextIsAnErrorThatSaysWhere()
    {
        Outcome run = await Tool.Run("forecast", Write(Lines("x,y", 50, t => t == 20 ? (FormattableString)$"abc,1" : $"{Sine(t)},1")), "--target", "x", "--horizon", "5", "--json");
        Assert.Equal((3, "", "error: 't.csv', row 22, column 'x': \"abc\" is not a number. Correct the cell, or leave it empty if the value is not known."), (run.ExitCode, run.Output, run.Error.Trim()));
    }

    [Fact]
    public async Task AConstantTargetHasAForecastAndAConstantInputIsLeftOut()
    {
        string table = Write(Lines("x,y", 300, t => $"7.5,{Sine(t)}"));
        JsonElement constant = (await Tool.Run("forecast", table, "--target", "x", "--horizon", "2", "--json")).Json;
        Assert.Equal([Numbered, "Column 'x' is always 7.5: so is its forecast."], Notes(constant));
        Assert.Equal("[{\"index\":300,\"value\":7.5,\"low\":7.5,\"high\":7.5},{\"index\":301,\"value\":7.5,\"low\":7.5,\"high\":7.5}]", constant.GetProperty("forecast").GetRawText());
        Assert.Equal(0, constant.GetProperty("validation").GetProperty("nrmse").GetDouble());
        Outcome written = await Tool.Run("forecast", table, "--target", "x", "--out", $"{folder}/m.graft");
        Assert.Equal((3, "error: A target that always has the same value teaches nothing, so that there is no model to write. Leave --out out, or name another target."), (written.ExitCode, written.Error.Trim()));

        JsonElement varied = (await Tool.Run("forecast", table, "--target", "y", "--inputs", "x", "--horizon", "2", "--json")).Json;
        Assert.Equal([Numbered, "Column 'x' always has the same value: it is left out."], Notes(varied));
        Assert.Equal(Sine(301), varied.GetProperty("forecast")[1].GetProperty("value").GetDouble(), 0.1);
    }

    [Fact]
    public async Task ThreeRowsAreTooFewAndTheErrorSaysHowManyAreNeeded()
    {
        Outcome run = await Tool.Run("forecast", Write("x\n1\n2\n3\n"), "--target", "x", "--horizon", "12");
        Assert.Equal((3, "error: A forecast of 12 steps needs a history of at least 32 rows, not 3. Give a longer history, or a shorter horizon."), (run.ExitCode, LastLine(run)));
    }

    [Theory]
    [InlineData(32, 12)]
    [InlineData(45, 12)]
    [InlineData(48, 20)]
    [InlineData(10, 1)]
    public async Task AsManyRowsAsAreNeededSuffice(int rows, int horizon)
    {
        JsonElement json = (await Tool.Run("forecast", Sines(rows), "--target", "x", "--horizon", $"{horizon}", "--json")).Json;
        Assert.All(json.GetProperty("forecast").EnumerateArray(), step => Assert.InRange(step.GetProperty("value").GetDouble(), -30, 50));
    }

    [Fact]
    public async Task ARandomWalkIsForecastToStay()
    {
        Random random = new(4);
        double at = 100;
        string table = Write(Lines("x", 300, _ => $"{at += random.NextDouble() - 0.5}"));
        Outcome run = await Tool.Run("forecast", table);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("The model: the last value repeated, for no network was clearly better where they were compared.", run.Output);
        Assert.DoesNotContain("A simple repetition", run.Error);
    }

    [Fact]
    public async Task EachTargetIsToldByItself()
    {
        Random random = new(4);
        double at = 100;
        string table = Write(Lines("walk,wave", 300, t => $"{at += random.NextDouble() - 0.5},{Sine(t)}"));
        Outcome text = await Tool.Run("forecast", table, "--target", "walk", "wave"), json = await Tool.Run("forecast", table, "--target", "walk", "wave", "--json");
        Assert.Contains("The model: for 'walk' the last value repeated, for no network was clearly better where they were compared; for 'wave' 1", text.Output);
        Assert.Contains("'walk': On 60 rows from row 180 on that neither fitted nor chose it: normalized error ", text.Output);
        Assert.Contains("'wave': The 90 % interval, whose width other rows set, held ", text.Output);
        JsonElement[] lines = [.. json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["last_value", "network"], lines.Select(line => line.GetProperty("method").GetString()));
        Assert.All(lines[0].GetProperty("forecast").EnumerateArray(), step => Assert.Equal(at, step.GetProperty("value").GetDouble(), 1e-9));
        Assert.Equal(lines[0].GetProperty("validation").GetProperty("last_value_nrmse").GetDouble(), lines[0].GetProperty("validation").GetProperty("nrmse").GetDouble());
    }

    [Fact]
    public async Task ASlipIsToldAndNotLearned()
    {
        string table = Write(Lines("month,x", 132, t => $"{new DateTime(2010, 1, 1).AddMonths(t):yyyy-MM-dd},{(t == 127 ? 10 : 1) * Math.Round(Grown(t))}"));
        JsonElement json = (await Tool.Run("forecast", table, "--target", "x", "--json")).Json;
        Assert.Contains(FormattableString.Invariant($"1 value of 'x' is more than ten times as far from what is around as any other: {10 * Math.Round(Grown(127))} at 2020-08-01. It counts as not known."), Notes(json));
        for (int h = 0; h < 12; h++) Assert.Equal(1, json.GetProperty("forecast")[h].GetProperty("value").GetDouble() / Grown(132 + h), 0.1);

        static double Grown(int t) => 110 * Math.Exp((0.01 * t) + (0.2 * Math.Sin(2 * Math.PI * t / 12)) + (0.1 * Math.Cos(4 * Math.PI * t / 12)) + (0.03 * Math.Sin(t * t)));
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public async Task NumbersOfAnySizeAreForecast(double unit)
    {
        Outcome run = await Tool.Run("forecast", Write(Lines("x", 300, t => $"{unit * Sine(t)}")), "--horizon", "5", "--test", "--json"), text = await Tool.Run("forecast", $"{folder}/t.csv", "--horizon", "5");
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotMatch("null|NaN|Infinity|∞", run.Output + text.Output + text.Error);
        Assert.Equal(1, run.Json.GetProperty("forecast")[4].GetProperty("value").GetDouble() / unit / Sine(299), 0.02);
        Assert.InRange(run.Json.GetProperty("validation").GetProperty("nrmse").GetDouble(), 1e-9, 0.1);
        Assert.InRange(run.Json.GetProperty("test").GetProperty("nrmse").GetDouble(), 1e-9, 0.2);
    }

    [Theory]
    [InlineData(1e302, "Column 'x' has ", "; forecasts are made of numbers up to 1E+300 in size. Divide the column by a number first, or correct the value.")]
    [InlineData(1e-310, "Column 'x' has no value above 1.35E-309 in size; ", "forecasts are made of numbers from 1E-300. Multiply the column by a number first.")]
    public async Task NumbersThatNothingCanBeMadeOfAreAnError(double unit, string start, string end)
    {
        Outcome run = await Tool.Run("forecast", Write(Lines("x", 100, t => $"{unit * Sine(t)}")), "--horizon", "5", "--json");
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: {start}", LastLine(run));
        Assert.EndsWith(end, LastLine(run));
    }

    [Fact]
    public async Task AShortTableSaysHowLittleItKnows()
    {
        JsonElement json = (await Tool.Run("forecast", Sines(32), "--target", "x", "--horizon", "12", "--json")).Json;
        Assert.Equal([Numbered, "Error and coverage are rough: 6 rows to judge on hold no whole forecast of 12 steps. A longer history tells more."], Notes(json));
        Outcome text = await Tool.Run("forecast", Sines(60), "--target", "x", "--horizon", "10");
        Assert.Contains("Error and coverage are rough: 12 rows to judge on hold 1 forecast of 10 steps that does not overlap. A longer history tells more.", text.Error);

        // A test of one row has no spread of its own: the history's takes its place.
        JsonElement one = (await Tool.Run("forecast", Sines(200), "--target", "x", "--horizon", "1", "--test", "--json")).Json;
        Assert.InRange(one.GetProperty("test").GetProperty("nrmse").GetDouble(), 0, 0.2);
        Assert.DoesNotContain("Infinity", (await Tool.Run("forecast", Sines(200), "--target", "x", "--horizon", "1", "--test")).Error);
    }

    [Fact]
    public async Task AsManyThreadsAsAskedForFitTheSameForecast()
    {
        string table = Sines(300);
        string[] arguments = ["forecast", table, "--target", "x", "--horizon", "5", "--json"];
        Assert.Equal((await Tool.Run([.. arguments, "--threads", "3"])).Output, (await Tool.Run([.. arguments, "--threads", "1"])).Output);
        ForecastRequest request = new() { Table = table, Targets = ["x"], Coverage = 0.9, Threads = 3 };
        Assert.Equal(3, ForecastInput.Read(request, TestContext.Current.CancellationToken).Options(request).Network.Threads);
    }

    [Fact]
    public async Task ASearchTellsWhatMattered()
    {
        string model = $"{folder}/found.graft", table = Sines(400);
        Outcome run = await Tool.Run("reservoir", "search", table, "--target", "x", "--horizon", "5", "--trials", "6", "--plot", $"{folder}/s.png", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(6, json.GetProperty("trials").GetArrayLength());
        Assert.Equal(json.GetProperty("trials").EnumerateArray().Min(trial => trial.GetProperty("score").GetDouble()), json.GetProperty("score").GetDouble());
        string[] names = [.. json.GetProperty("best").EnumerateObject().Select(p => p.Name)];
        Assert.Contains("spectral_radius", names);
        Assert.Equal(names, json.GetProperty("importance").EnumerateObject().Select(p => p.Name));
        Assert.InRange(json.GetProperty("validation").GetProperty("nrmse").GetDouble(), 0, 0.5);
        JsonElement usual = (await Tool.Run("forecast", table, "--target", "x", "--horizon", "5", "--json")).Json;
        Assert.Equal(usual.GetProperty("validation").GetProperty("nrmse").GetDouble(), json.GetProperty("validation").GetProperty("default_nrmse").GetDouble());
        Assert.Equal("\u0089PNG", Encoding.Latin1.GetString(File.ReadAllBytes($"{folder}/s.png").AsSpan(0, 4)));
        Assert.Equal(run.Output, (await Tool.Run("reservoir", "search", table, "--target", "x", "--horizon", "5", "--trials", "6", "--out", model, "--threads", "1", "--json")).Output);

        JsonElement forecast = (await Tool.Run("forecast", "--model", model, "--json")).Json;
        Assert.Equal(Sine(404), forecast.GetProperty("forecast")[4].GetProperty("value").GetDouble(), 0.3);
    }

    [Fact]
    public async Task AMillionRowsAreForecastFromTheLastOnes()
    {
        string table = Write(Lines("time,x", 1_000_000, t => $"{new DateTime(2020, 1, 1).AddMinutes(t):yyyy-MM-ddTHH:mm:ss},{Sine(t)}"));
        JsonElement json = (await Tool.Run("forecast", table, "--target", "x", "--horizon", "5", "--rows", "5000", "--json")).Json;
        Assert.Equal(["Learns from the last 5,000 of 1,000,000 rows (--rows takes more or fewer)."], Notes(json));
        Assert.Equal("2021-11-25T10:44:00", json.GetProperty("forecast")[4].GetProperty("time").GetString());
        Assert.Equal(Sine(1_000_004), json.GetProperty("forecast")[4].GetProperty("value").GetDouble(), 0.05);
    }

    [Fact]
    public async Task TwoTimeZonesMeetInUtc()
    {
        DateTime start = new(2024, 3, 25);
        string table = Write(Lines("t,x", 300, t => start.AddHours(t) < new DateTime(2024, 3, 31, 1, 0, 0)
            ? (FormattableString)$"{start.AddHours(t + 1):yyyy-MM-ddTHH:mm}+01:00,{Sine(t)}"
            : $"{start.AddHours(t + 2):yyyy-MM-ddTHH:mm}+02:00,{Sine(t)}"));
        JsonElement json = (await Tool.Run("forecast", table, "--target", "x", "--horizon", "3", "--json")).Json;
        Assert.Equal(["Times in column 't' have 2 offsets from UTC (+01:00, +02:00): all were brought to UTC."], Notes(json));
        Assert.Equal("2024-04-06T12:00:00Z", json.GetProperty("forecast")[0].GetProperty("time").GetString());
    }

    [Fact]
    public async Task ParquetIsForecastAsCsvIs()
    {
        DataField<double> x = new("x");
        await using (FileStream file = File.Create($"{folder}/t.parquet"))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(x), file, cancellationToken: Cancellation);
            using ParquetRowGroupWriter rows = writer.CreateRowGroup();
            await rows.WriteAsync<double>(x, Enumerable.Range(0, 300).Select(Sine).ToArray(), cancellationToken: Cancellation);
        }

        Outcome parquet = await Tool.Run("forecast", $"{folder}/t.parquet", "--target", "x", "--horizon", "4", "--json"), csv = await Tool.Run("forecast", Sines(300), "--target", "x", "--horizon", "4", "--json");
        Assert.Equal(csv.Json.GetProperty("forecast").GetRawText(), parquet.Json.GetProperty("forecast").GetRawText());
    }

    [Fact]
    public async Task AModelGoesOnFromItsLastState()
    {
        string model = $"{folder}/m.graft", all = Days(0, 330), begin = Days(0, 300, "begin.csv"), rest = Days(300, 330, "rest.csv");
        Assert.Equal(0, (await Tool.Run("forecast", begin, "--target", "x", "--horizon", "10", "--out", model, "--json")).ExitCode);
        JsonElement inspected = (await Tool.Run("inspect", model, "--json")).Json;
        Assert.Equal(("forecaster", "x", 10), (inspected.GetProperty("kind").GetString(), inspected.GetProperty("targets")[0].GetString(), inspected.GetProperty("horizon").GetInt32()));
        Assert.Contains("a forecaster of series", (await Tool.Run("inspect", model)).Output);

        // The rows that it knows already are left out, so that a table may grow.
        Outcome grown = await Tool.Run("forecast", all, "--model", model, "--json"), added = await Tool.Run("forecast", rest, "--model", model, "--json", "--out", $"{folder}/later.graft");
        Assert.Equal(grown.Json.GetProperty("forecast").GetRawText(), added.Json.GetProperty("forecast").GetRawText());
        JsonElement last = grown.Json.GetProperty("forecast")[9];
        Assert.Equal("2024-12-05", last.GetProperty("time").GetString());
        Assert.Equal(Sine(339), last.GetProperty("value").GetDouble(), 0.15);

        // Where it is, it also goes on without a table.
        Outcome alone = await Tool.Run("forecast", "--model", $"{folder}/later.graft", "--json", "--plot", $"{folder}/alone.png");
        Assert.Equal(grown.Json.GetProperty("forecast").GetRawText(), alone.Json.GetProperty("forecast").GetRawText());

        Outcome late = await Tool.Run("forecast", Days(303, 330, "late.csv"), "--model", model, "--json");
        Assert.Equal(["3 rows are missing between the model's last row and the table's first new one: they count as not known."], Notes(late.Json));
        Outcome old = await Tool.Run("forecast", begin, "--model", model, "--json");
        Assert.Equal(["The table has no value of a target after 2024-10-26, where the model is: it goes on from there."], Notes(old.Json));
        Assert.Equal("2024-10-27", old.Json.GetProperty("forecast")[0].GetProperty("time").GetString());
    }

    [Fact]
    public async Task TheFutureOfKnownColumnsStandsBelowTheHistory()
    {
        // The target follows the plan; the last five rows have the plan alone.
        static double Plan(int t) => t * 7919L % 13;
        string table = Write(Lines("x,plan", 305, t => t < 300 ? (FormattableString)$"{2 * Plan(t)},{Plan(t)}" : $",{Plan(t)}"));
        Outcome run = await Tool.Run("forecast", table, "--target", "x", "--known", "plan", "--horizon", "5", "--json");
        Assert.Equal(Enumerable.Range(300, 5), run.Json.GetProperty("forecast").EnumerateArray().Select(s => s.GetProperty("index").GetInt32()));
        foreach (JsonElement step in run.Json.GetProperty("forecast").EnumerateArray())
            Assert.Equal(2 * Plan(step.GetProperty("index").GetInt32()), step.GetProperty("value").GetDouble(), 0.5);

        Outcome far = await Tool.Run("forecast", table, "--target", "x", "--known", "plan", "--horizon", "6");
        Assert.Equal(3, far.ExitCode);
        Assert.Equal(
            "error: A forecast of 6 steps needs column 'plan' for each of them, but it has no value 6 steps after the last value of the targets. "
            + "Add rows that have it and leave the targets empty, use a shorter horizon, or name the column with --inputs.", LastLine(far));
    }

    [Fact]
    public async Task ATestForecastsTheLastRowsAndDrawsThem()
    {
        foreach (string plot in (string[])["p.png", "p.svg"])
        {
            Outcome run = await Tool.Run("forecast", Sines(300), "--target", "x", "--horizon", "20", "--test", "--plot", $"{folder}/{plot}", "--json");
            Assert.Equal(0, run.ExitCode);
            Assert.InRange(run.Json.GetProperty("test").GetProperty("nrmse").GetDouble(), 0, 0.2);
            Assert.Equal([280, 299], [run.Json.GetProperty("forecast")[0].GetProperty("index").GetInt32(), run.Json.GetProperty("forecast")[19].GetProperty("index").GetInt32()]);
            Assert.Equal(Sine(280), run.Json.GetProperty("forecast")[0].GetProperty("truth").GetDouble());
        }

        Assert.Equal("\u0089PNG", Encoding.Latin1.GetString(File.ReadAllBytes($"{folder}/p.png").AsSpan(0, 4)));
        string svg = File.ReadAllText($"{folder}/p.svg");
        Assert.Contains("</svg>", svg);
        Assert.Contains("truth", svg);
    }

    [Fact]
    public async Task SeveralTargetsAreALineEach()
    {
        string table = $"{folder}/lorenz.csv";
        Outcome sample = await Tool.Run("sample", "series", "--kind", "lorenz", "--steps", "1500", "--out", table);
        Assert.Equal((0, $"Wrote 1,500 rows of lorenz to '{table}'. Forecast them: graft forecast {table} --target x y z --horizon 50"), (sample.ExitCode, sample.Error.Trim()));
        Outcome run = await Tool.Run("forecast", table, "--target", "x", "z", "--inputs", "y", "--horizon", "10", "--test", "--json");
        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["x", "z"], lines.Select(line => line.GetProperty("target").GetString()));
        Assert.All(lines, line => Assert.InRange(line.GetProperty("test").GetProperty("nrmse").GetDouble(), 0, 0.05));

        // Each target has errors of its own: z swings faster than x.
        double[] last = [.. lines.Select(line => line.GetProperty("validation").GetProperty("last_value_nrmse").GetDouble())];
        Assert.True(last[1] > last[0] + 0.1, $"{last[0]} and {last[1]}");
        Assert.NotEqual(lines[0].GetProperty("validation").GetProperty("nrmse").GetDouble(), lines[1].GetProperty("validation").GetProperty("nrmse").GetDouble());
    }

    [Theory]
    [InlineData("shop", "day,holiday,visitors")]
    [InlineData("mackey-glass", "x")]
    [InlineData("rossler", "x,y,z")]
    [InlineData("henon", "x,y")]
    [InlineData("narma", "u,y")]
    [InlineData("mso", "x")]
    public async Task SamplesHaveNamesAndRows(string kind, string header)
    {
        Assert.Equal(0, (await Tool.Run("sample", "series", "--kind", kind, "--steps", "120", "--seed", "3", "--out", $"{folder}/s.csv")).ExitCode);
        string[] lines = File.ReadAllLines($"{folder}/s.csv");
        Assert.Equal((header, 121), (lines[0], lines.Length));
        if (kind == "mackey-glass") Assert.Equal(MackeyGlass.Generate(120, new() { Seed = 3 })[119, 0], double.Parse(lines[120], CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("Give a table to forecast: graft forecast data.csv --target COLUMN --horizon 12. 'graft sample series' makes one.")]
    [InlineData("--target, --test: a model that is there goes on with the columns that it was fitted on. Leave these out, or --model.", "--model", "m.graft", "--target", "x", "--test")]
    [InlineData("--plot writes a .png or an .svg file, not 'p.jpg'.", "t.csv", "--plot", "p.jpg")]
    [InlineData("--horizon takes a whole number from 1 to 100000, not 0.", "t.csv", "--horizon", "0")]
    [InlineData("--coverage takes a number between 0 and 1, not 1.5.", "t.csv", "--coverage", "1.5")]
    public async Task WrongArgumentsAreTold(string message, params string[] arguments)
    {
        Outcome run = await Tool.Run(["forecast", .. arguments]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Equal($"error: {message}", run.Error.Split('\n')[0].TrimEnd());
    }

    [Fact]
    public async Task AFileThatIsNoForecasterIsRefused()
    {
        File.WriteAllText($"{folder}/m.graft", "nothing");
        Assert.Equal(3, (await Tool.Run("forecast", "--model", $"{folder}/m.graft")).ExitCode);
        Outcome none = await Tool.Run("forecast", "--model", $"{folder}/none.graft");
        Assert.Equal((3, $"error: There is no file '{folder}/none.graft'. 'graft forecast data.csv --out {folder}/none.graft' makes one."), (none.ExitCode, none.Error.Trim()));
    }

    private static double Sine(int t) => 10 + (3 * Math.Sin(t * 0.3)) + Math.Sin(t * 0.1);

    private static string[] Notes(JsonElement json) => [.. json.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)];

    private static string LastLine(Outcome run) => run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();

    private string Sines(int rows) => Write(Lines("x", rows, t => $"{Sine(t)}"));

    private string Days(int first, int end, string name = "t.csv") => Write(Lines("day,x", end - first, t => $"{new DateTime(2024, 1, 1).AddDays(first + t):yyyy-MM-dd},{Sine(first + t)}"), name);

    private static string Lines(string header, int rows, Func<int, FormattableString> row)
    {
        StringBuilder text = new(header);
        for (int t = 0; t < rows; t++) text.Append('\n').Append(row(t).ToString(CultureInfo.InvariantCulture));
        return text.Append('\n').ToString();
    }

    private string Write(string text, string name = "t.csv")
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
