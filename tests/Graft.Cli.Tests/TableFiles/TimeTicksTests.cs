using System.Globalization;
using Graft.Cli.Plots;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>The marks of a plot's axis of times.</summary>
public sealed class TimeTicksTests
{
    [Theory]
    [InlineData("1956-01-01", "1961-12-01", "Month", "1956 1957 1958 1959 1960 1961")]
    [InlineData("1958-03-01", "1961-02-01", "Month", "1958-07 1959-01 1959-07 1960-01 1960-07 1961-01")]
    [InlineData("1961-01-01", "1963-12-31", "Year", "1961 1962 1963")]
    [InlineData("2024-01-01", "2024-03-01", "Date", "2024-01-01 2024-01-08 2024-01-15 2024-01-22 2024-01-29 2024-02-05 2024-02-12 2024-02-19 2024-02-26")]
    [InlineData("2024-01-01", "2024-08-20", "Date", "2024-01 2024-02 2024-03 2024-04 2024-05 2024-06 2024-07 2024-08")]
    [InlineData("2024-01-29", "2024-03-20", "Date", "2024-01-29 2024-02-05 2024-02-12 2024-02-19 2024-02-26 2024-03-04 2024-03-11 2024-03-18")]
    [InlineData("2024-01-01", "2024-01-01T09:00", "Clock", "01-01 00:00 01-01 01:00 01-01 02:00 01-01 03:00 01-01 04:00 01-01 05:00 01-01 06:00 01-01 07:00 01-01 08:00 01-01 09:00")]
    [InlineData("0001-01-01", "0001-01-31", "Date", "0001-01-01 0001-01-08 0001-01-15 0001-01-22 0001-01-29")]
    [InlineData("9999-12-20", "9999-12-28", "Date", "9999-12-20 9999-12-21 9999-12-22 9999-12-23 9999-12-24 9999-12-25 9999-12-26 9999-12-27 9999-12-28")]
    public void LabelsAreThoseOfTheMarks(string first, string last, string form, string labels)
    {
        TimeTick[] ticks = TimeTicks.Between(DateTime.Parse(first, CultureInfo.InvariantCulture), DateTime.Parse(last, CultureInfo.InvariantCulture), Enum.Parse<TimeForm>(form));
        Assert.Equal(labels, string.Join(' ', ticks.Select(tick => tick.Label)));
    }

    [Fact]
    public void NoLabelComesTwice()
    {
        DateTime first = new(1949, 1, 17, 3, 4, 5);
        foreach (TimeForm form in Enum.GetValues<TimeForm>())
        {
            for (double ticks = 2; ticks < 1e18; ticks *= 1.7)
            {
                TimeTick[] marks = TimeTicks.Between(first, first.AddTicks((long)ticks), form);
                Assert.Equal(marks.Length, marks.Select(mark => mark.Label).Distinct().Count());
                Assert.InRange(marks.Length, 0, 12);
                if (form == TimeForm.Clock) Assert.InRange(marks.Length, 1, 12);
                Assert.All(marks, mark => Assert.InRange(mark.At, first, first.AddTicks((long)ticks)));
            }
        }
    }
}
