using System.Globalization;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Times as tables write them: what the whole column tells is read, what it leaves open is asked.</summary>
public sealed class DateTests : TableTest
{
    [Theory]
    [InlineData("Jan 19, 2018", "2018-01-19")]
    [InlineData("January 19, 2018", "2018-01-19")]
    [InlineData("Jan. 19th, 2018", "2018-01-19")]
    [InlineData("Fri, 19 Jan 2018", "2018-01-19")]
    [InlineData("Friday, January 19, 2018", "2018-01-19")]
    [InlineData("19-Jan-18", "2018-01-19")]
    [InlineData("19 Sept 2018", "2018-09-19")]
    [InlineData("19.1.2018", "2018-01-19")]
    [InlineData("31.12.24", "2024-12-31")]
    [InlineData("1/19/2018", "2018-01-19")]
    [InlineData("19/1/2018", "2018-01-19")]
    [InlineData("1/19/49", "1949-01-19")]
    [InlineData("19/1/29", "2029-01-19")]
    [InlineData("1/1/1949", "1949-01-01")]
    [InlineData("2018.01.19", "2018-01-19")]
    [InlineData("2018-Jan-19", "2018-01-19")]
    [InlineData("20180119T1530", "2018-01-19T15:30:00")]
    [InlineData("1/19/2018 3:30 PM", "2018-01-19T15:30:00")]
    [InlineData("1/19/2018, 12:05:06 a.m.", "2018-01-19T00:05:06")]
    [InlineData("Jan 19, 2018 12:00pm", "2018-01-19T12:00:00")]
    [InlineData("2018-01-19 3 PM", "2018-01-19T15:00:00")]
    [InlineData("2018-01-19 24:00", "2018-01-20")]
    [InlineData("2018-01-19 01:00 CET", "2018-01-19T01:00:00+01:00")]
    [InlineData("2018-01-19 01:00 EST", "2018-01-19T01:00:00-05:00")]
    [InlineData("2018-01-19 01:00:00 UTC", "2018-01-19T01:00:00Z")]
    [InlineData("2018-01-19 01:00 GMT+2", "2018-01-19T01:00:00+02:00")]
    [InlineData("2018-01-19T01:00+01:00[Europe/Berlin]", "2018-01-19T01:00:00+01:00")]
    [InlineData("Jan-49", "1949-01")]
    [InlineData("Jan 2018", "2018-01")]
    [InlineData("2018 Jan", "2018-01")]
    [InlineData("01/2018", "2018-01")]
    [InlineData("1961-01", "1961-01")]
    [InlineData("Q3 2018", "2018-Q3")]
    [InlineData("2018Q3", "2018-Q3")]
    [InlineData("2018-W05", "2018-W05")]
    [InlineData("FY2018", "2018")]
    [InlineData("FY 18", "2018")]
    [InlineData("FY2018 Q3", "2018-Q3")]
    [InlineData("FY18-Q3", "2018-Q3")]
    public void OneCellIsRead(string cell, string time)
    {
        SeriesTable table = Read(Rows([cell]));
        Assert.Equal(("t", time), (table.Time!.Column, table.Time.Text(table.Time.Times[0])));
        Assert.Empty(table.Notes);
    }

    [Theory]
    [InlineData("Jan 19")]
    [InlineData("31/02/2018")]
    [InlineData("2018-13-01")]
    [InlineData("2018-01-19 25:00")]
    [InlineData("1/19/2018 13:00 PM")]
    [InlineData("11:34")]
    [InlineData("19 janv. 2018")]
    public void OneBadCellIsToldAndNeverNumbersTheRows(string cell)
    {
        string[] days = [.. Enumerable.Range(1, 9).Select(day => $"2018-01-0{day}")];
        string wrong = $"'t.csv', row {{0}}, column 't': \"{cell}\" is not a time. Write times like 2024-01-31, 2024-01-31T13:00:00 or 2024-01-31T13:00:00+01:00; --time none takes rows as they come.";
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, wrong, 2), Fails(Rows([cell, .. days])));
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, wrong, 6), Fails(Rows([.. days[..4], cell, .. days[4..]])));
        Assert.Null(Read(Rows([cell, .. days]), new() { Time = "none" }).Time);
    }

    [Fact]
    public void AColumnThatOnlyResemblesTimesIsNotLeftOut()
    {
        Assert.StartsWith("'t.csv', row 2, column 't': \"19 janv. 2018\" is not a time.", Fails(Rows(["19 janv. 2018", "20 janv. 2018", "21 janv. 2018"])));
        Assert.StartsWith("'t.csv', row 2, column 't': \"11:34\" is not a time.", Fails(Rows(["11:34", "11:35", "11:36"])));

        // Addresses, versions and names with numbers are none.
        foreach (string text in (string[])["10.0.0.1", "n0", "A-12-34", "3:2", "v1.2.3", "Area 51", "MARS2020-1"]) Assert.Null(Read(Rows([text, text, text])).Time);
        Assert.Equal(["Column 'day' has the times; 'clock' is not read. If date and clock stand apart, put them into one column."], Read("clock,day,x\n11:34,2024-01-01,1\n11:35,2024-01-02,2\n11:36,2024-01-03,3\n").Notes);
    }

    [Fact]
    public void MonthsAndDaysInOneColumnAreAnError() => Assert.Equal(
        "'t.csv', row 4, column 't': \"2024-01\" tells the month, and the rows before it the date. Write all times alike.", Fails(Rows(["2024-01-01", "2024-01-02", "2024-01", "2024-01-04"])));

    [Fact]
    public void A13Decides()
    {
        Assert.Equal(["2023-01-11", "2023-01-12", "2023-01-13"], Times(Read(Rows(["01/11/2023", "01/12/2023", "01/13/2023"]))));
        Assert.Equal(["2023-01-11", "2023-01-12", "2023-01-13"], Times(Read(Rows(["11/01/2023", "12/01/2023", "13/01/2023"]))));
        Assert.Equal(["2024-12-30", "2024-12-31"], Times(Read(Rows(["30/12/24", "31/12/24"]))));
        Assert.Equal("'t.csv', row 3, column 't': \"13/01/2023\" is no date in the order of the rows before it, as \"01/13/2023\" in row 2 is. Write all dates alike.", Fails(Rows(["01/13/2023", "13/01/2023"])));
    }

    [Fact]
    public void WhatIsAmbiguousIsAskedWithItsReadings()
    {
        string[] open = ["1/1/1949", "2/1/1949", "3/1/1949"];
        Assert.Equal("'t.csv', column 't': \"2/1/1949\" in row 3 may be 1949-01-02 (--dates dmy) or 1949-02-01 (--dates mdy), and no row decides. Say which with --dates.", Fails(Rows(open)));
        Assert.Equal(["1949-01-01", "1949-01-02", "1949-01-03"], Times(Read(Rows(open), new() { Dates = DateOrder.Dmy })));
        Assert.Equal(["1949-01-01", "1949-02-01", "1949-03-01"], Times(Read(Rows(open), new() { Dates = DateOrder.Mdy })));
        Assert.Equal("'t.csv', row 3, column 't': \"01/13/2023\" is not a time by --dates dmy. Correct the cell, or name another order.", Fails(Rows(["01/02/2023", "01/13/2023"]), new() { Dates = DateOrder.Dmy }));
    }

    [Fact]
    public void ByDashesTwoDigitsMayBeTheYear()
    {
        string[] open = ["24-01-30", "24-01-31"];
        Assert.Equal("'t.csv', column 't': \"24-01-30\" in row 2 may be 1930-01-24 (--dates dmy) or 2024-01-30 (--dates ymd), and no row decides. Say which with --dates.", Fails(Rows(open)));
        Assert.Equal(["2024-01-30", "2024-01-31"], Times(Read(Rows(open), new() { Dates = DateOrder.Ymd })));
        Assert.Equal(["1931-12-01", "1932-12-01"], Times(Read(Rows(["1-12-31", "1-12-32"]), new() { Dates = DateOrder.Dmy })));
    }

    [Theory]
    [InlineData("MMM dd, yyyy")]
    [InlineData("MM/dd/yyyy")]
    [InlineData("dd/MM/yy")]
    [InlineData("dd.MM.yy")]
    [InlineData("d-MMM-yy")]
    [InlineData("M/d/yyyy h:mm tt")]
    [InlineData("yyyyMMdd")]
    public void NewestFirstIsTurnedRound(string format)
    {
        DateTime last = new(2023, 3, 1);
        SeriesTable table = Read(Rows(Enumerable.Range(0, 60).Select(i => last.AddDays(-i).ToString(format, CultureInfo.InvariantCulture))));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => 59.0 - i), table.Series(0));
        Assert.Equal(("1 day", "2023-03-02"), (table.Time!.Step.ToString(), table.Time.Text(table.Time.After(1))));
        Assert.Equal(["Rows were newest first in column 't': they were turned round."], table.Notes);
    }

    [Theory]
    [InlineData("1949,1950,1951,1952", "1 year", "1953")]
    [InlineData("1952,1951,1950,1949", "1 year", "1953")]
    [InlineData("1900,1910,1920,1930", "10 years", "1940")]
    [InlineData("196101,196102,196103", "1 month", "1961-04")]
    [InlineData("20240229,20240301,20240302", "1 day", "2024-03-03")]
    [InlineData("1704067200,1704070800,1704074400", "1 hour", "2024-01-01T03:00:00Z")]
    [InlineData("1704067200000000000,1704067201000000000,1704067202000000000", "1 second", "2024-01-01T00:00:03Z")]
    public void NumbersThatCountTimeAreTimesWhateverTheirName(string numbers, string step, string next)
    {
        SeriesTable table = Read("overtime,x\n" + string.Join("\n", numbers.Split(',').Select((number, i) => $"{number},{i}")));
        Assert.Equal((step, next), (table.Time!.Step.ToString(), table.Time.Text(table.Time.After(1))));
    }

    [Theory]
    [InlineData("1500,1747,1816,1666")]
    [InlineData("0,1,2,3")]
    [InlineData("250000000,310000000,190000000,270000000")]
    [InlineData("20240101,20240132,20240103,20240104")]
    public void OtherNumbersAreNoTimesWhateverTheirName(string numbers) =>
        Assert.Null(Read("time,x\n" + string.Join("\n", numbers.Split(',').Select((number, i) => $"{number},{i}"))).Time);

    [Fact]
    public void TimesThatCanNotBeToldApartAreAnError() => Assert.Equal(
        "'t.csv', row 3, column 't': 1700000000000000001 is less than 100 nanoseconds from the row before it, which are not told apart. Write times further apart; --time none takes rows as they come.",
        Fails(Rows(Enumerable.Range(0, 9).Select(i => $"170000000000000000{i}"))));

    [Fact]
    public void LinesBelowTheTableAreLeftOutAndTold()
    {
        SeriesTable total = Read("t,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\nTotal,6\n");
        Assert.Equal([1, 2, 3], total.Series(0));
        Assert.Equal(["The last row, 5, has \"Total\" where column 't' has times: it is taken for a line below the table and left out."], total.Notes);
        SeriesTable source = Read("t,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4\n,10\nSource: the statistics office,n/k\n");
        Assert.Equal([1, 2, 3, 4], source.Series(0));
        Assert.Equal(["The last 2 rows, from 6 (nothing), have no times in column 't': they are taken for lines below the table and left out."], source.Notes);
        Assert.StartsWith("'t.csv', row 5, column 't': \"2024-01-32\" is not a time.", Fails("t,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-32,4\n"));
    }

    [Fact]
    public void NamesOfZonesAreReadWhereTheySayHowFar()
    {
        SeriesTable summer = Read(Rows(["2024-03-31 00:00 CET", "2024-03-31 01:00 CET", "2024-03-31 03:00 CEST"]));
        Assert.Equal(["2024-03-30T23:00:00Z", "2024-03-31T00:00:00Z", "2024-03-31T01:00:00Z"], Times(summer));
        SeriesTable one = Read(Rows(["2024-03-31 00:00 IST", "2024-03-31 01:00 IST"]));
        Assert.Equal("2024-03-31T02:00:00", one.Time!.Text(one.Time.After(1)));
        Assert.Equal(["Times in column 't' are those of a clock in zone 'IST', and so are the forecast's."], one.Notes);
        Assert.Equal(
            "'t.csv', row 2, column 't': zone 'IST' does not say how far it is ahead of UTC, and other rows have another. Write offsets, as in 2024-01-31T13:00:00+01:00.",
            Fails(Rows(["2024-03-31 00:00 IST", "2024-03-31 01:00 CET"])));
        Assert.Equal(["2024-11-03T06:00:00Z", "2024-11-03T07:00:00Z"], Times(Read(Rows(["2024-11-03 01:00 CDT", "2024-11-03 01:00 CST"]))));
    }

    [Theory]
    [InlineData("9999-12-27")]
    [InlineData("31.12.9999")]
    public void TheCalendarEndsWithTheYear9999(string day)
    {
        SeriesTable table = Read(Rows([day]));
        Assert.Equal(
            $"12 steps of 1 day after {Times(table)[0]} is later than the year 9999, where the calendar ends. Use a shorter horizon; --time none numbers rows.",
            Assert.Throws<GraftException>(() => table.Time!.After(12)).Message);
    }

    private static string[] Times(SeriesTable table) => [.. table.Time!.Times.Select(table.Time.Text)];
}
