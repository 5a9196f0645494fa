using System.Globalization;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>A row whose year is a slip of the keyboard is named, not sorted, averaged or taken for a gap.</summary>
public sealed class TimeSlipTests : TableTest
{
    private static readonly DateTime[] Days = [.. Enumerable.Range(0, 60).Select(day => new DateTime(2024, 1, 1).AddDays(day))];

    [Theory]
    [InlineData(30, 2023, "row 32, column 't': 2023-01-31 stands beside 2024-01-30 and 2024-02-01, most likely a slip for 2024-01-31")]
    [InlineData(30, 2042, "row 32, column 't': 2042-01-31 stands beside 2024-01-30 and 2024-02-01, most likely a slip for 2024-01-31")]
    [InlineData(0, 2023, "row 2, column 't': 2023-01-01 stands beside 2024-01-02, most likely a slip for 2024-01-01")]
    [InlineData(58, 2025, "row 60, column 't': 2025-02-28 stands beside 2024-02-27 and 2024-02-29, most likely a slip for 2024-02-28")]
    public void ARowOfAnotherYearIsNamed(int row, int year, string what)
    {
        DateTime[] days = [.. Days];
        days[row] = new(year, days[row].Month, days[row].Day);
        Assert.Equal($"'t.csv', {what}. Correct the cell, or leave the row out; --time none takes rows as they come.", Fails(Rows(Texts(days))));
        Assert.Null(Read(Rows(Texts(days)), new() { Time = "none" }).Time);
    }

    [Fact]
    public void NewestFirstAndAmongYearsOfRowsToo()
    {
        // The day is there twice then: it would be averaged.
        DateTime[] days = [.. Enumerable.Range(0, 1200).Select(day => new DateTime(2021, 1, 1).AddDays(day)).Reverse()];
        Assert.Equal(new DateTime(2024, 3, 15), days[30]);
        days[30] = days[30].AddYears(-1);
        Assert.StartsWith("'t.csv', row 32, column 't': 2023-03-15 stands beside 2024-03-16 and 2024-03-14, most likely a slip for 2024-03-15.", Fails(Rows(Texts(days))));
    }

    [Theory]
    [InlineData("2023-10 2023-11 2023-12 2023-01 2024-02 2024-03 2024-04 2024-05", "row 5, column 't': 2023-01 stands beside 2023-12 and 2024-02, most likely a slip for 2024-01")]
    [InlineData("2023-12-28 2023-12-29 2023-01-01 2024-01-02 2024-01-03 2024-01-04 2024-01-05 2024-01-08", "row 4, column 't': 2023-01-01 stands beside 2023-12-29 and 2024-01-02, most likely a slip for 2024-01-01")]
    public void MonthsAndWorkingDaysToo(string times, string what) => Assert.StartsWith($"'t.csv', {what}.", Fails(Rows(times.Split(' '))));

    [Fact]
    public void OtherDisorderIsNoSlip()
    {
        static TimeSlip? Find(params DateTime[] days) => TimeSlip.Find([.. days.Select(day => day.Ticks)]);
        Assert.Null(Find(Days));

        // A row that came late; a gap of a year; several series below each other; years.
        Assert.Null(Find([.. Days[..20], .. Days[21..40], Days[20], .. Days[40..]]));
        Assert.Null(Find([.. Days, .. Days.Select(day => day.AddYears(1))]));
        Assert.Null(Find([.. Days, .. Days]));
        Assert.Null(Find([.. Enumerable.Range(0, 20).Select(i => new DateTime(2000 + i + (i > 10 ? 1 : 0), 1, 1))]));
        Assert.Null(Find([.. Days[..30], Days[30].AddMonths(-2), .. Days[31..]]));
    }

    private static IEnumerable<string> Texts(IEnumerable<DateTime> days) => days.Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}
