using System.Globalization;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>The calendar that rows follow, learned from them: weekdays, opening hours, holidays, ends of months.</summary>
public sealed class CalendarTests : TableTest
{
    [Theory]
    [InlineData("su", 60, "1 opening day", "Sundays", "2024-03-01 2024-03-02 2024-03-04 2024-03-05")]
    [InlineData("su,mo", 60, "1 opening day", "Mondays and Sundays", "2024-03-01 2024-03-02 2024-03-05 2024-03-06")]
    [InlineData("sa,su", 60, "1 working day", "", "2024-03-01 2024-03-04 2024-03-05 2024-03-06")]
    [InlineData("fr,sa", 60, "1 opening day", "Fridays and Saturdays", "2024-03-03 2024-03-04 2024-03-05 2024-03-06")]
    [InlineData("tu,th,sa,su", 60, "1 opening day", "Tuesdays, Thursdays, Saturdays and Sundays", "2024-03-01 2024-03-04 2024-03-06 2024-03-08")]
    [InlineData("mo,tu,we,th,fr", 60, "1 opening day", "Mondays, Tuesdays, Wednesdays, Thursdays and Fridays", "2024-03-02 2024-03-03 2024-03-09 2024-03-10")]
    public void ClosedDaysOfTheWeekHaveNoRows(string closed, int days, string step, string lacking, string next)
    {
        DateTime[] open = [.. Days(new(2024, 1, 1), days).Where(day => !closed.Contains(WeekDays.Code(day.DayOfWeek), StringComparison.Ordinal))];
        SeriesTable table = Read(Rows(open));
        Assert.Equal((step, open.Length), (table.Time!.Step.ToString(), table.Values.Rows));
        Assert.Equal(lacking.Length == 0 ? [] : [$"Rows in column 't' follow a calendar without {lacking}: the forecast goes on with it."], table.Notes);
        Assert.Equal(next.Split(' '), Next(table, 4));
        TimeStep again = TimeStep.FromCode(table.Time.Step.Code)!;
        Assert.Equal(table.Time.After(40), again.Advance(table.Time.Times[^1], 40));
        Assert.Equal(40, again.Between(table.Time.Times[^1].Ticks, table.Time.After(40).Ticks));
    }

    [Fact]
    public void RowsThatLackOnOpenDaysAreNotKnownAndToldAsWhatTheyAre()
    {
        DateTime[] open = [.. Days(new(2024, 1, 1), 60).Where(day => day.DayOfWeek != DayOfWeek.Sunday && day.Day != 15)];
        SeriesTable table = Read(Rows(open));
        Assert.Equal((52, 2), (table.Values.Rows, table.Series(0).Count(double.IsNaN)));
        Assert.Equal(
            [
                "Rows in column 't' follow a calendar without Sundays: the forecast goes on with it.",
                "2 rows of the calendar, after 2024-01-13 and later, are not there, as on holidays: they count as not known.",
            ], table.Notes);
    }

    [Fact]
    public void AnOpenSundayNowAndThenIsLeftOutAndTold()
    {
        DateTime[] open = [.. Days(new(2024, 1, 1), 200).Where(day => day.DayOfWeek != DayOfWeek.Sunday || day == new DateTime(2024, 3, 10))];
        SeriesTable table = Read(Rows(open));
        Assert.Equal((open.Length - 1, 0), (table.Values.Rows, table.Series(0).Count(double.IsNaN)));
        Assert.Contains("1 row is on a Sunday or the like, when other weeks have none (the first: 2024-03-10): it is left out.", table.Notes);
    }

    [Fact]
    public void HolidaysOfEveryYearAreLearned()
    {
        // A stock exchange of the United States, in part.
        static bool IsClosed(DateTime day) =>
            WeekDays.IsWeekend(day) || day is { Month: 12, Day: 25 } or { Month: 1, Day: 1 } or { Month: 7, Day: 4 } || day == HolidayRule.EasterSunday(day.Year).AddDays(-2)
            || (day is { Month: 11, DayOfWeek: DayOfWeek.Thursday, Day: >= 22 and <= 28 }) || (day is { Month: 5, DayOfWeek: DayOfWeek.Monday, Day: >= 25 }) || day == new DateTime(2022, 6, 8);
        SeriesTable table = Read(Rows(Days(new(2018, 1, 2), (365 * 6) - 12).Where(day => !IsClosed(day))));
        Assert.Equal("2023-12-19", table.Time!.Text(table.Time.Times[^1]));
        SessionStep step = Assert.IsType<SessionStep>(table.Time.Step);
        Assert.Equal(["1-1", "7-4", "12-25", "easter-2", "11:4:th", "5:last:mo"], step.Holidays.Rules.Select(rule => rule.Code));
        Assert.Equal(
            [
                "Rows in column 't' follow a calendar without 1 January, 4 July, 25 December, Good Friday, the fourth Thursday of November, the last Monday of May: the forecast goes on with it.",
                "1 row of the calendar, after 2022-06-07, is not there, as on holidays: it counts as not known.",
            ], table.Notes);
        TimeStep again = TimeStep.FromCode(step.Code)!;
        Assert.Equal(step.Code, again.Code);
        Assert.True(Assert.IsType<SessionStep>(again).Holidays.Contains(new(2024, 3, 29)));
        Assert.Equal([false, true, true, false], new[] { new DateTime(2023, 12, 25), new(2023, 12, 26), new(2024, 5, 20), new(2024, 5, 27) }.Select(table.Time.IsOpen));
    }

    [Theory]
    [InlineData(2024, "2024-03-31")]
    [InlineData(2025, "2025-04-20")]
    [InlineData(2038, "2038-04-25")]
    public void EasterIsFound(int year, string day) => Assert.Equal(day, HolidayRule.EasterSunday(year).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Fact]
    public void HoursOfADayAreLearned()
    {
        DateTime[] open = [.. Days(new(2024, 1, 1), 40).Where(day => !WeekDays.IsWeekend(day)).SelectMany(day => Enumerable.Range(0, 8).Select(slot => day.AddHours(9 + slot)))];
        SeriesTable table = Read("t;x\n" + string.Join("\n", open.Select((time, i) => $"{time:yyyy-MM-ddTHH:mm};{i}")));
        Assert.Equal(("1 hour of opening hours", open.Length), (table.Time!.Step.ToString(), table.Values.Rows));
        Assert.Equal(["2024-02-12T09:00:00", "2024-02-12T10:00:00"], Next(table, 2));
        Assert.Equal("2024-02-19T09:00:00", table.Time.Text(table.Time.After(41)));
        TimeStep again = TimeStep.FromCode(table.Time.Step.Code)!;
        Assert.Equal((table.Time.After(41), 41.0), (again.Advance(table.Time.Times[^1], 41), again.Between(table.Time.Times[^1].Ticks, table.Time.After(41).Ticks)));
    }

    [Theory]
    [InlineData("last-working-day", "2024-01-31 2024-02-29 2024-03-29 2024-04-30 2024-05-31 2024-06-28")]
    [InlineData("30", "2024-01-30 2024-02-29 2024-03-30 2024-04-30 2024-05-30 2024-06-30")]
    [InlineData("last", "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31 2024-06-30")]
    [InlineData("first-working-day", "2024-01-01 2024-02-01 2024-03-01 2024-04-01 2024-05-01 2024-06-03")]
    [InlineData("3fr", "2024-01-19 2024-02-16 2024-03-15 2024-04-19 2024-05-17 2024-06-21")]
    [InlineData("last-fr", "2024-01-26 2024-02-23 2024-03-29 2024-04-26 2024-05-31 2024-06-28")]
    [InlineData("15", "2024-01-15 2024-02-15 2024-03-15 2024-04-15 2024-05-15 2024-06-15")]
    public void MonthsKeepTheirDay(string code, string next)
    {
        MonthDay day = MonthDay.Parse(code)!.Value;
        SeriesTable table = Read(Rows(Enumerable.Range(0, 108).Select(month => day.In(2015 + (month / 12), (month % 12) + 1))));
        Assert.Equal(($"P1M@{code}", 108), (table.Time!.Step.Code, table.Values.Rows));
        Assert.Empty(table.Notes);
        Assert.Equal(next.Split(' '), Next(table, 6));
        Assert.Equal(next.Split(' ')[5], table.Time.Text(TimeStep.FromCode(table.Time.Step.Code)!.Advance(table.Time.Times[^1], 6)));
    }

    [Theory]
    [InlineData("1,16", "half a month", "day 1 and day 16", "2024-01-01 2024-01-16 2024-02-01 2024-02-16 2024-03-01")]
    [InlineData("15,last", "half a month", "day 15 and the last day", "2024-01-15 2024-01-31 2024-02-15 2024-02-29 2024-03-15")]
    [InlineData("15,30", "half a month", "day 15 and day 30", "2024-01-15 2024-01-30 2024-02-15 2024-02-29 2024-03-15")]
    [InlineData("1,11,21", "a third of a month", "day 1, day 11 and day 21", "2024-01-01 2024-01-11 2024-01-21 2024-02-01 2024-02-11")]
    [InlineData("10,20,last", "a third of a month", "day 10, day 20 and the last day", "2024-01-10 2024-01-20 2024-01-31 2024-02-10 2024-02-20")]
    [InlineData("1,8,15,22", "a quarter of a month", "day 1, day 8, day 15 and day 22", "2024-01-01 2024-01-08 2024-01-15 2024-01-22 2024-02-01")]
    [InlineData("1,6,11,16,21,26", "a sixth of a month", "day 1, day 6, day 11, day 16, day 21 and day 26", "2024-01-01 2024-01-06 2024-01-11 2024-01-16 2024-01-21")]
    [InlineData("before-15,last-working-day", "half a month", "day 15 or the working day before and the last working day", "2024-01-15 2024-01-31 2024-02-15 2024-02-29 2024-03-15")]
    [InlineData("1fr,3fr", "half a month", "the first Friday and the third Friday", "2024-01-05 2024-01-19 2024-02-02 2024-02-16 2024-03-01")]
    public void SeveralDaysOfEachMonthAreLearned(string code, string step, string words, string next)
    {
        DateTime[] rows = [.. OnDays(code, 2022, 24)];
        SeriesTable table = Read(Rows(rows));
        Assert.Equal(($"P1M@{code}", step, rows.Length, 0), (table.Time!.Step.Code, table.Time.Step.ToString(), table.Values.Rows, table.Series(0).Count(double.IsNaN)));
        Assert.Equal([$"Rows in column 't' are on {words} of each month: the forecast goes on with it."], table.Notes);
        Assert.Equal(next.Split(' '), Next(table, 5));
        TimeStep again = TimeStep.FromCode(table.Time.Step.Code)!;
        Assert.Equal(table.Time.After(41), again.Advance(table.Time.Times[^1], 41));
        for (int i = 0; i < 50; i++) Assert.Equal(i, again.Between(rows[^1].Ticks, again.Advance(rows[^1], i).Ticks));

        // A row that is not there is not known; one that a holiday has moved is where it belongs.
        DateTime[] moved = [.. rows.Select((row, i) => i == 9 ? row.AddDays(1) : row).Where((_, i) => i != 5)];
        SeriesTable gap = Read(Rows(moved));
        Assert.Equal(table.Time.Step.Code, gap.Time!.Step.Code);
        Assert.Equal([5], Enumerable.Range(0, gap.Values.Rows).Where(i => double.IsNaN(gap.Values[i, 0])));
    }

    [Fact]
    public void TwoMonthsTellTheDaysThatTheyHave() => Assert.Equal("P1M@1,16", Read(Rows([new DateTime(2024, 1, 1), new(2024, 1, 16), new(2024, 2, 1), new(2024, 2, 16)])).Time!.Step.Code);

    [Theory]
    [InlineData(7, "1 week")]
    [InlineData(10, "10 days")]
    [InlineData(14, "2 weeks")]
    [InlineData(15, "15 days")]
    public void EvenStepsAreNoDaysOfTheMonth(int days, string step)
    {
        DateTime[] rows = [.. Enumerable.Range(0, 60).Select(i => new DateTime(2023, 1, 2).AddDays(days * i)).Where((_, i) => i != 7)];
        Assert.Equal(step, Read(Rows(rows)).Time!.Step.ToString());
    }

    [Fact]
    public void WeeksWithAHolidayNowAndThenAreWeeks()
    {
        DateTime[] rows = [.. Enumerable.Range(0, 100).Select(i => new DateTime(2023, 1, 6).AddDays(7 * i)).Select(day => day.Day == 7 ? day.AddDays(-1) : day)];
        Assert.Equal("1 week", Read(Rows(rows)).Time!.Step.ToString());
    }

    [Fact]
    public void StepsThatAreNotQuiteEvenAreTold() => Assert.Equal(
        ["Steps in column 't' are not quite even, from 15 days to 16 days: the forecast's times go on in steps of 15 days."], Read(Rows([new DateTime(2024, 1, 1), new(2024, 1, 16), new(2024, 2, 1)])).Notes);

    [Theory]
    [InlineData("before-25", "2024-01-25 2024-02-23 2024-03-25")]
    [InlineData("after-25", "2024-01-25 2024-02-26 2024-03-25")]
    public void ADayThatWeekendsMoveIsLearned(string code, string next)
    {
        SeriesTable table = Read(Rows(OnDays(code, 2022, 24)));
        Assert.Equal(($"P1M@{code}", 24), (table.Time!.Step.Code, table.Values.Rows));
        Assert.Equal(next.Split(' '), Next(table, 3));
    }

    [Fact]
    public void AHolidayAtTheEndOfAMonthIsNoOtherCalendar()
    {
        // Good Friday of 2018 was on 30 March.
        MonthDay day = MonthDay.Parse("last-working-day")!.Value;
        DateTime[] ends = [.. Enumerable.Range(0, 30).Select(month => day.In(2017 + (month / 12), (month % 12) + 1)).Select(end => end == new DateTime(2018, 3, 30) ? end.AddDays(-1) : end)];
        SeriesTable table = Read(Rows(ends));
        Assert.Equal(("P1M@last-working-day", 30, "2019-07-31"), (table.Time!.Step.Code, table.Values.Rows, Next(table, 1)[0]));
    }

    [Theory]
    [InlineData("P1M", "2024-01-31", "2024-02-29")]
    [InlineData("P1M", "2024-01-30", "2024-02-29")]
    [InlineData("weekdays", "2024-03-01", "2024-03-04")]
    [InlineData("P7D", "2024-03-01", "2024-03-08")]
    public void CodesOfOlderFilesAreRead(string code, string from, string next) =>
        Assert.Equal(next, TimeStep.FromCode(code)!.Advance(DateTime.Parse(from, CultureInfo.InvariantCulture), 1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("week xx PT1H 09:00:00 8")]
    [InlineData("week mo PT1H 09:00:00 80")]
    [InlineData("week mo PT1H 09:00:00 8 99")]
    [InlineData("P1M@32")]
    [InlineData("P0M")]
    [InlineData("P1M@16,1")]
    [InlineData("P1M@1,32")]
    [InlineData("P1M@28,last")]
    [InlineData("")]
    public void CodesThatAreNoneAreNull(string code) => Assert.Null(TimeStep.FromCode(code));

    private static IEnumerable<DateTime> Days(DateTime first, int count) => Enumerable.Range(0, count).Select(day => first.AddDays(day));

    private static IEnumerable<DateTime> OnDays(string code, int year, int months) =>
        Enumerable.Range(0, months).SelectMany(month => code.Split(',').Select(day => MonthDay.Parse(day)!.Value.In(year + (month / 12), (month % 12) + 1)));

    private static string Rows(IEnumerable<DateTime> days) => Rows(days.Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    private static string[] Next(SeriesTable table, int count) => [.. Enumerable.Range(1, count).Select(step => table.Time!.Text(table.Time.After(step)))];
}
