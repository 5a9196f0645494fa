using System.Globalization;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Any set of hours of a day or a week is learned: over midnight, with a break, fewer on Saturdays.</summary>
public sealed class HoursTests : TableTest
{
    private const string Nights = "22 23 0 1 2";

    public static TheoryData<string, int, string, string, string> Weeks => new()
    {
        // Hours; days; the last row; the step; the rows after it.
        { Nights, 20, "2024-01-20T23", "1 hour of opening hours", "21T00 21T01 21T02 21T22 21T23 22T00" },
        { Nights, 4, "2024-01-04T23", "1 hour of opening hours", "05T00 05T01 05T02 05T22" },
        { "9 10 11 14 15 16", 20, "2024-01-20T16", "1 hour of opening hours", "21T09 21T10 21T11 21T14" },
        { "6 13 20", 20, "2024-01-20T20", "one of 21 rows a week", "21T06 21T13 21T20 22T06" },
        { "8 20", 20, "2024-01-20T20", "12 hours", "21T08 21T20 22T08" },
        { "7 19 21", 20, "2024-01-20T21", "one of 21 rows a week", "21T07 21T19 21T21" },
        { "0 12 13", 20, "2024-01-20T13", "one of 21 rows a week", "21T00 21T12 21T13" },
        { string.Join(' ', Enumerable.Range(0, 24).Where(hour => hour != 17)), 20, "2024-01-20T23", "1 hour of opening hours", "21T00 21T01" },
    };

    [Theory]
    [MemberData(nameof(Weeks))]
    public void AnyHoursOfADayAreACalendar(string hours, int days, string last, string step, string next)
    {
        int[] open = [.. hours.Split(' ').Select(int.Parse)];
        SeriesTable table = Read(Hours(days, time => open.Contains(time.Hour)));
        Assert.Equal((step, last), (table.Time!.Step.ToString(), $"{table.Time.Times[^1]:yyyy-MM-ddTHH}"));
        Assert.Equal(0, table.Series(0).Count(double.IsNaN));
        Assert.Empty(table.Notes);
        Assert.Equal(next.Split(' '), Enumerable.Range(1, next.Split(' ').Length).Select(i => $"{table.Time.After(i):ddTHH}"));
        GoesOnAfterItsCode(table);
    }

    [Fact]
    public void TwoWeeksOfNightsEndOnSaturdaysToo()
    {
        SeriesTable table = Read(Hours(20, IsNight));
        Assert.Equal(0, table.Series(0).Count(double.IsNaN));
        foreach (int i in Enumerable.Range(1, 200)) Assert.True(IsNight(table.Time!.After(i)));
    }

    [Fact]
    public void NightsOfWorkingDaysEndOnSaturdays() => Keeps(
        IsNight, "nights", "2024-03-31T00", ["2024-04-01T22", "2024-04-01T23", "2024-04-02T00", "2024-04-02T01"], "Sundays");

    [Fact]
    public void MarketsThatOpenOnSundayEveningCloseOnFriday() => Keeps(
        time => time.DayOfWeek switch { DayOfWeek.Saturday => false, DayOfWeek.Sunday => time.Hour >= 22, DayOfWeek.Friday => time.Hour < 22, _ => true },
        "currencies", "2024-03-31T00", ["2024-03-31T22", "2024-03-31T23", "2024-04-01T00", "2024-04-01T01"], "Saturdays");

    [Fact]
    public void SaturdaysMayHaveFewerHours() => Keeps(
        time => time.DayOfWeek switch { DayOfWeek.Sunday => false, DayOfWeek.Saturday => time.Hour is >= 9 and < 13, _ => time.Hour is >= 9 and < 18 },
        "a shop", "2024-03-30T12", ["2024-03-30T12", "2024-04-01T09", "2024-04-01T10", "2024-04-01T11"], "Sundays");

    [Fact]
    public void ARowADayByTwoClocksIsADay()
    {
        // Eight o'clock in a country with summer time, in UTC.
        DateTime[] rows = [.. Enumerable.Range(0, 366).Select(day => new DateTime(2024, 1, 1, 7, 0, 0).AddDays(day)).Select(time => time.Month is > 3 and < 11 ? time.AddHours(-1) : time)];
        SeriesTable table = Read(Rows(rows.Select(Text)));
        Assert.Equal(("1 day", 366), (table.Time!.Step.ToString(), table.Values.Rows));
    }

    [Fact]
    public void ARowAtAnotherTimeIsLeftOutAndTold()
    {
        SeriesTable table = Read(Hours(90, time => time.Hour is >= 9 and < 17 || time == new DateTime(2024, 2, 14, 20, 0, 0)));
        Assert.Equal((720, 0), (table.Values.Rows, table.Series(0).Count(double.IsNaN)));
        Assert.Equal(["1 row is at a time of the week, when other weeks have none (the first: 2024-02-14T20:00:00): it is left out."], table.Notes);
    }

    [Theory]
    [InlineData("week mo,tu PT1H 09:00:00 8")]
    [InlineData("week su,mo,tu,we,th,fr,sa PT1H 00:00:00 5 12-25")]
    [InlineData("times PT1H mo@22:00:00+2,tu@00:00:00+3")]
    [InlineData("times PT7H mo@06:00:00+3,we@06:30:00+1 12-25 easter-2")]
    public void CodesGoRound(string code) => Assert.Equal(code, TimeStep.FromCode(code)!.Code);

    [Theory]
    [InlineData("times PT1H mo@22:00:00+3")]
    [InlineData("times PT1H mo@22:00:00+1,mo@22:00:00+1")]
    [InlineData("times PT1H mo@22:00:00")]
    [InlineData("times PT1H xx@22:00:00+1")]
    [InlineData("times mo@22:00:00+1")]
    public void CodesThatAreNoneAreNull(string code) => Assert.Null(TimeStep.FromCode(code));

    private static bool IsNight(DateTime time) => time.Hour >= 22 ? !WeekDays.IsWeekend(time) : time.Hour <= 2 && !WeekDays.IsWeekend(time.AddDays(-1));

    // Thirteen weeks of such rows, up to a time.
    private void Keeps(Func<DateTime, bool> isOpen, string what, string end, string[] next, string lacking)
    {
        DateTime until = DateTime.ParseExact(end, "yyyy-MM-ddTHH", CultureInfo.InvariantCulture);
        SeriesTable table = Read(Hours(90, time => time < until && isOpen(time)));
        Assert.Equal((what, 0), (what, table.Series(0).Count(double.IsNaN)));
        Assert.Equal([$"Rows in column 't' follow a calendar without {lacking}: the forecast goes on with it."], table.Notes);
        Assert.Equal(next, Enumerable.Range(1, 4).Select(i => $"{table.Time!.After(i):yyyy-MM-ddTHH}"));
        foreach (int i in Enumerable.Range(1, 200)) Assert.True(isOpen(table.Time!.After(i)));
        GoesOnAfterItsCode(table);
    }

    private static void GoesOnAfterItsCode(SeriesTable table)
    {
        TimeStep again = TimeStep.FromCode(table.Time!.Step.Code)!;
        DateTime last = table.Time.Times[^1];
        Assert.Equal(table.Time.Step.Code, again.Code);
        for (int i = 0; i < 100; i++) Assert.Equal((table.Time.After(i), i), (again.Advance(last, i), again.Between(last.Ticks, again.Advance(last, i).Ticks)));
    }

    private static string Hours(int days, Func<DateTime, bool> isOpen) =>
        Rows(Enumerable.Range(0, 24 * days).Select(hour => new DateTime(2024, 1, 1).AddHours(hour)).Where(isOpen).Select(Text));

    private static string Text(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
}
