using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Graft.Formats;

namespace Graft.Cli.Tests.Commands;

/// <summary>How <c>graft forecast</c> takes tables as people have them, and gives its forecast as one.</summary>
public sealed class ForecastTableTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-forecast-tables-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("yyyy-MM-dd")]
    [InlineData("MMM dd, yyyy")]
    [InlineData("MM/dd/yyyy")]
    [InlineData("dd.MM.yy")]
    public async Task ATableThatIsNewestFirstIsForecastForward(string format)
    {
        JsonElement json = (await Tool.Run("forecast", Visitors(format), "--horizon", "2", "--json")).Json;
        Assert.Equal(["2023-03-02", "2023-03-03"], Steps(json, "time"));
        Assert.Equal(1720, json.GetProperty("forecast")[0].GetProperty("value").GetDouble(), 1);
        Assert.Equal(1760, json.GetProperty("forecast")[1].GetProperty("value").GetDouble(), 1);
    }

    [Fact]
    public async Task WhatIsAmbiguousExitsWith3AndTheOptionDecides()
    {
        string table = Write("t.csv", Lines("t,x", 36, i => $"{1 + (i % 12)}/1/{1949 + (i / 12)},{100 + (i % 12)}"));
        Outcome asked = await Tool.Run("forecast", table);
        Assert.Equal(
            (3, "error: 't.csv', column 't': \"2/1/1949\" in row 3 may be 1949-01-02 (--dates dmy) or 1949-02-01 (--dates mdy), and no row decides. Say which with --dates."), (asked.ExitCode, asked.Error.Trim()));
        JsonElement json = (await Tool.Run("forecast", table, "--dates", "mdy", "--horizon", "2", "--json", "--out", $"{folder}/m.graft")).Json;
        Assert.Equal(["1952-01-01", "1952-02-01"], Steps(json, "time"));

        // New rows are read as the old ones were, though they do not tell.
        string rows = Write("new.csv", "t,x\n1/1/1952,100\n2/1/1952,101\n");
        Assert.Equal("1952-03-01", Steps((await Tool.Run("forecast", rows, "--model", $"{folder}/m.graft", "--json")).Json, "time")[0]);
        Assert.Equal(2, (await Tool.Run("forecast", table, "--decimal", "x")).ExitCode);
    }

    [Fact]
    public async Task RoundingIsNoReasonForDecimals()
    {
        // Exact but for rounding, so that the interval's ends are some 1e-14 apart.
        string table = Write("t.csv", Lines("day,x", 120, i => $"{Day(i)},{(i % 7) + (i * 0.1):0.00}"));
        string output = (await Tool.Run("forecast", table, "--horizon", "2")).Output;
        Assert.Contains("13.0 ", output);
        Assert.DoesNotContain("13.00", output);
    }

    [Fact]
    public async Task MarksBetweenThousandsAreAsked()
    {
        string table = Write("t.csv", Lines("day,x", 60, i => $"{Day(i)},\"1,{100 + (20 * (i % 7))}\""));
        Assert.Equal(3, (await Tool.Run("forecast", table)).ExitCode);
        Assert.Equal(1180, (await Tool.Run("forecast", table, "--decimal", ".", "--horizon", "1", "--json")).Json.GetProperty("forecast")[0].GetProperty("value").GetDouble(), 1);
        Assert.Equal(1.18, (await Tool.Run("forecast", table, "--decimal", ",", "--horizon", "1", "--json")).Json.GetProperty("forecast")[0].GetProperty("value").GetDouble(), 0.001);
    }

    [Fact]
    public async Task AShopThatIsClosedOnSundaysIsForecast()
    {
        DateTime[] open = [.. Enumerable.Range(0, 350).Select(i => new DateTime(2023, 1, 2).AddDays(i)).Where(day => day.DayOfWeek != DayOfWeek.Sunday)];
        string table = Write("t.csv", Lines("day,x", 300, i => $"{open[i]:yyyy-MM-dd},{Sales(open[i])}"));
        JsonElement json = (await Tool.Run("forecast", table, "--horizon", "8", "--json", "--out", $"{folder}/m.graft")).Json;
        DateTime[] next = [.. Enumerable.Range(1, 12).Select(i => open[299].AddDays(i)).Where(day => day.DayOfWeek != DayOfWeek.Sunday).Take(8)];
        Assert.Equal(next.Select(day => $"{day:yyyy-MM-dd}"), Steps(json, "time"));
        for (int h = 0; h < 8; h++) Assert.Equal(Sales(next[h]), json.GetProperty("forecast")[h].GetProperty("value").GetDouble(), 10.0);

        // New rows go on with the calendar: Sunday is no missing row.
        string rows = Write("new.csv", Lines("day,x", 6, i => $"{next[i]:yyyy-MM-dd},{Sales(next[i])}"));
        JsonElement gone = (await Tool.Run("forecast", rows, "--model", $"{folder}/m.graft", "--json")).Json;
        Assert.DoesNotContain(gone.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("missing", StringComparison.Ordinal));
        Assert.Equal($"{next[6]:yyyy-MM-dd}", Steps(gone, "time")[0]);
    }

    [Fact]
    public async Task AHolidayOfEveryYearHasNoForecast()
    {
        DateTime[] open = [.. Enumerable.Range(0, 2545).Select(i => new DateTime(2017, 1, 2).AddDays(i)).Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && day is not ({ Month: 12, Day: 25 } or { Month: 1, Day: 1 }) && day < new DateTime(2023, 12, 21))];
        string table = Write("t.csv", Lines("day,x", open.Length, i => $"{open[i]:yyyy-MM-dd},{Sales(open[i])}"));
        foreach (string[] more in (string[][])[["--horizon", "8", "--out", $"{folder}/m.graft"], ["--model", $"{folder}/m.graft"]])
        {
            JsonElement json = (await Tool.Run(["forecast", table, .. more, "--json"])).Json;
            Assert.Equal(["2023-12-21", "2023-12-22", "2023-12-26", "2023-12-27", "2023-12-28", "2023-12-29", "2024-01-02", "2024-01-03"], Steps(json, "time"));
            for (int h = 0; h < 8; h++) Assert.Equal(Sales(DateTime.Parse(Steps(json, "time")[h], CultureInfo.InvariantCulture)), json.GetProperty("forecast")[h].GetProperty("value").GetDouble(), 10.0);
        }
    }

    [Fact]
    public async Task MonthsComeBackAsMonthsAndTheForecastIsATableThatGoesOn()
    {
        string table = Write("t.csv", Lines("month,x", 60, i => $"{1956 + (i / 12)}-{1 + (i % 12):00},{100 + (i % 12) + 0.25}")), forecast = $"{folder}/f.csv", plot = $"{folder}/f.svg";
        Outcome run = await Tool.Run("forecast", table, "--horizon", "24", "--out-table", forecast, "--plot", plot, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(forecast, run.Json.GetProperty("table").GetString());
        string[] lines = File.ReadAllLines(forecast);
        Assert.Equal("month,x,x_low,x_high", lines[0]);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => $"{1961 + (i / 12)}-{1 + (i % 12):00}"), lines.Skip(1).Select(line => line.Split(',')[0]));
        for (int h = 0; h < 24; h++) Assert.Equal(run.Json.GetProperty("forecast")[h].GetProperty("value").GetDouble(), double.Parse(lines[1 + h].Split(',')[1], CultureInfo.InvariantCulture));

        // Three digits after each mark would be asked about when it is read: a fourth decides.
        Assert.All(lines.Skip(1).SelectMany(line => line.Split(',').Skip(1)), cell => Assert.False(Graft.Formats.DecimalMarks.Asks(cell), cell));
        JsonElement again = (await Tool.Run("forecast", forecast, "--target", "x", "--horizon", "2", "--json")).Json;
        Assert.Equal(["1963-01", "1963-02"], Steps(again, "time"));

        // The years of the plot's axis stand there once each.
        string[] texts = [.. XDocument.Load(plot).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim())];
        Assert.Equal(["1956", "1957", "1958", "1959", "1960", "1961", "1962"], texts.Where(text => text.Length == 4 && text.StartsWith("19", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task AYearAndAMonthComeBackAsOneTimeAndGoOn()
    {
        string table = Write("t.csv", Lines("year,month,x", 60, i => $"{1956 + (i / 12)},{1 + (i % 12)},{100 + (i % 12)}")), forecast = $"{folder}/f.csv";
        JsonElement json = (await Tool.Run("forecast", table, "--horizon", "2", "--json", "--out-table", forecast, "--out", $"{folder}/m.graft")).Json;
        Assert.Equal(["1961-01", "1961-02"], Steps(json, "time"));
        Assert.Equal(["\"year, month\",x,x_low,x_high", "1961-01"], new[] { File.ReadAllLines(forecast)[0], File.ReadAllLines(forecast)[1].Split(',')[0] });

        // New rows may have parts or whole times.
        foreach (string rows in (string[])["year,month,x\n1961,1,100\n1961,2,101\n", "\"year, month\",x\n1961-01,100\n1961-02,101\n"])
            Assert.Equal("1961-03", Steps((await Tool.Run("forecast", Write("new.csv", rows), "--model", $"{folder}/m.graft", "--json")).Json, "time")[0]);
    }

    [Fact]
    public async Task WhyRowsAreNumberedIsTold()
    {
        string[] months = System.Globalization.CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[..12];
        JsonElement json = (await Tool.Run("forecast", Write("t.csv", Lines("m,x", 60, i => $"{months[i % 12]},{100 + (i % 12)}")), "--horizon", "2", "--json")).Json;
        Assert.Contains(
            "Column 'm' looks like times without a year (\"Jan\"): rows are numbered. Times are read like 2024-01-31, or from columns called year and month (and day).",
            json.GetProperty("notes").EnumerateArray().Select(note => note.GetString()));
        Assert.Equal(60, json.GetProperty("forecast")[0].GetProperty("index").GetInt32());
    }

    [Theory]
    [InlineData("=cmd|calc!A1", "'=cmd|calc!A1,'=cmd|calc!A1_low,'=cmd|calc!A1_high")]
    [InlineData("\u001B[31mvis", "\u001B[31mvis,\u001B[31mvis_low,\u001B[31mvis_high")]
    [InlineData("</text><script>", "</text><script>,</text><script>_low,</text><script>_high")]
    [InlineData("a, b", "\"a, b\",\"a, b_low\",\"a, b_high\"")]
    [InlineData("row", "row_2,row_low,row_high")]
    public async Task NamesAreWrittenSoThatTheyDoNoHarmAndAreReadAgain(string name, string header)
    {
        string table = Write("t.csv", Lines($"\"{name}\"", 40, i => $"{i % 5}")), forecast = $"{folder}/f.csv", plot = $"{folder}/f.svg";
        Assert.Equal(0, (await Tool.Run("forecast", table, "--target", name, "--horizon", "12", "--out-table", forecast, "--plot", plot)).ExitCode);
        Assert.Equal($"row,{header}", File.ReadAllLines(forecast)[0]);
        Assert.Equal("40", File.ReadAllLines(forecast)[1].Split(',')[0]);
        Assert.DoesNotContain(XDocument.Load(plot).Descendants(), element => element.Name.LocalName == "script");
        Assert.Equal(0, (await Tool.Run("forecast", forecast, "--target", name == "row" ? "row_2" : name, "--horizon", "1")).ExitCode);
    }

    [Theory]
    [InlineData(1.125, "1.1250")]
    [InlineData(-12.125, "-12.1250")]
    [InlineData(0.125, "0.125")]
    [InlineData(1234.125, "1234.125")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.NaN, "")]
    public void NumbersAreWrittenSoThatTheirMarkIsNotAsked(double number, string cell) => Assert.Equal(cell, Graft.Cli.TableFiles.Files.CsvText.Cell(number));

    [Fact]
    public async Task TheTruthIsWrittenBesideATestAndOtherNamesAreRefused()
    {
        string table = Write("t.csv", Lines("x", 60, i => $"{i % 5}")), forecast = $"{folder}/f.csv";
        Assert.Equal(0, (await Tool.Run("forecast", table, "--horizon", "3", "--test", "--out-table", forecast)).ExitCode);
        string[] lines = File.ReadAllLines(forecast);
        Assert.Equal(("row,x,x_low,x_high,x_truth", "57", "2"), (lines[0], lines[1].Split(',')[0], lines[1].Split(',')[4]));
        Outcome other = await Tool.Run("forecast", table, "--out-table", $"{folder}/f.xlsx");
        Assert.Equal((2, $"error: --out-table writes a .csv file, not '{folder}/f.xlsx'."), (other.ExitCode, other.Error.Split('\n')[0].Trim()));
    }

    [Fact]
    public async Task AForecastAfterTheYear9999IsAnError()
    {
        string table = Write("t.csv", Lines("day,x", 210, i => $"{new DateTime(9999, 6, 1).AddDays(i):yyyy-MM-dd},{i % 5}"));
        Assert.Equal("9999-12-30", Steps((await Tool.Run("forecast", table, "--horizon", "3", "--json", "--plot", $"{folder}/p.png")).Json, "time")[2]);
        Outcome far = await Tool.Run("forecast", table, "--horizon", "12");
        Assert.Equal(
            (3, "error: 5 steps of 1 day after 9999-12-27 is later than the year 9999, where the calendar ends. Use a shorter horizon; --time none numbers rows."),
            (far.ExitCode, far.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim()));
        string early = Write("t.csv", Lines("day,x", 60, i => $"{new DateTime(1, 1, 1).AddDays(i):yyyy-MM-dd},{i % 5}"));
        Assert.Equal("0001-03-02", Steps((await Tool.Run("forecast", early, "--horizon", "3", "--json", "--plot", $"{folder}/p.png")).Json, "time")[0]);
    }

    private static double Sales(DateTime day) => 200 + (30 * (int)day.DayOfWeek) + (day.DayOfWeek == DayOfWeek.Saturday ? 100 : 0);

    private static string Day(int i) => new DateTime(2023, 1, 1).AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string[] Steps(JsonElement json, string what) => [.. json.GetProperty("forecast").EnumerateArray().Select(step => step.GetProperty(what).GetString()!)];

    // Seven days that repeat, 70 more each time, newest first.
    private string Visitors(string format)
    {
        DateTime first = new(2023, 1, 1);
        return Write("t.csv", Lines("date,visitors", 60, i =>
        {
            int day = 59 - i;
            return $"\"{first.AddDays(day).ToString(format, CultureInfo.InvariantCulture)}\",{1000 + (40 * (day % 7)) + (70 * (day / 7))}";
        }));
    }

    private static string Lines(string header, int rows, Func<int, FormattableString> row) =>
        header + "\n" + string.Join("\n", Enumerable.Range(0, rows).Select(i => row(i).ToString(CultureInfo.InvariantCulture))) + "\n";

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
