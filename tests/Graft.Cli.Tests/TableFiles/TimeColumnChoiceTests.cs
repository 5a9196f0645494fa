using System.Globalization;
using Graft.Cli.TableFiles;
using Parquet;
using Parquet.Schema;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Which columns tell when rows were: the good one of several, parts in columns of their own; what looks like times and tells nothing is told.</summary>
public sealed class TimeColumnChoiceTests : TableTest
{
    private const string Then = "rows are numbered. Times are read like 2024-01-31, or from columns called year and month (and day).";

    [Theory]
    [InlineData("2024-06-30", "has the same time in all rows")]
    [InlineData("", "has no time in many rows")]
    public void AColumnOfTimesThatIsNotThatOfTheRowsIsPassedOver(string cell, string why)
    {
        string[] rows = [.. Enumerable.Range(1, 9).Select(day => $"{(day == 1 ? "2024-06-30" : cell)},2024-01-0{day},{day}")];
        SeriesTable table = Read("made,day,x\n" + string.Join('\n', rows));
        Assert.Equal(("day", "2024-01-10"), (table.Time!.Column, table.Time.Text(table.Time.After(1))));
        Assert.Equal([$"Column 'made' {why}: 'day' is taken for the time of the rows; --time names another."], table.Notes);
    }

    [Fact]
    public void YearsThatGoOnAreBetterThanADateThatDoesNot()
    {
        SeriesTable table = Read("made,y,x\n" + string.Join('\n', Enumerable.Range(2000, 9).Select(year => $"2024-06-30,{year},{year}")));
        Assert.Equal(("y", "2009"), (table.Time!.Column, table.Time.Text(table.Time.After(1))));
    }

    [Fact]
    public void TheOnlyColumnOfTimesMayBeConstantAndTheErrorSaysWhatToDo() => Assert.Equal(
        "'t.csv', column 't': 8 of 9 rows have the time of another row, the first 2024-06-30. If the file has several series below each other, give each a column or a file of its own; "
        + "--time names another column of times, --time none takes rows as they come.",
        Fails(Rows(Enumerable.Repeat("2024-06-30", 9))));

    [Fact]
    public async Task OfParquetTooTheGoodColumnIsTaken()
    {
        DateTimeDataField made = new("made", DateTimeFormat.Timestamp), day = new("day", DateTimeFormat.Timestamp);
        DataField<double> x = new("x");
        string path = $"{Folder}/t.parquet";
        await using (FileStream file = File.Create(path))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(made, day, x), file, cancellationToken: Cancellation);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(made, Enumerable.Repeat(new DateTime(2024, 6, 30, 0, 0, 0, DateTimeKind.Utc), 9).ToArray(), cancellationToken: Cancellation);
            await group.WriteAsync<DateTime>(day, Enumerable.Range(1, 9).Select(d => new DateTime(2024, 1, d, 0, 0, 0, DateTimeKind.Utc)).ToArray(), cancellationToken: Cancellation);
            await group.WriteAsync<double>(x, Enumerable.Range(1, 9).Select(d => (double)d).ToArray(), cancellationToken: Cancellation);
        }

        Assert.Equal("day", TableReader.Read(path, new() { Targets = ["x"] }, Cancellation).Time!.Column);
    }

    [Fact]
    public async Task OfParquetPartsAreReadTogether()
    {
        DataField<int> year = new("year");
        DataField<string> month = new("month");
        DataField<double> x = new("x");
        string path = $"{Folder}/t.parquet";
        await using (FileStream file = File.Create(path))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(year, month, x), file, cancellationToken: Cancellation);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<int>(year, Enumerable.Range(0, 24).Select(i => 2020 + (i / 12)).ToArray(), cancellationToken: Cancellation);
            await group.WriteAsync(month, [.. Enumerable.Range(0, 24).Select(i => new DateTime(2020, 1 + (i % 12), 1).ToString("MMM", CultureInfo.InvariantCulture))]);
            await group.WriteAsync<double>(x, Enumerable.Range(0, 24).Select(d => (double)d).ToArray(), cancellationToken: Cancellation);
        }

        SeriesTable table = TableReader.Read(path, new(), Cancellation);
        Assert.Equal(("year, month", "1 month", "2022-01"), (table.Time!.Column, table.Time.Step.ToString(), table.Time.Text(table.Time.After(1))));
    }

    [Theory]
    [InlineData("year,month", "2023,11 2023,12 2024,1", "2024-02")]
    [InlineData("Year,Month", "2023,Nov 2023,Dec 2024,Jan", "2024-02")]
    [InlineData("month,year", "11,2023 12,2023 1,2024", "2024-02")]
    [InlineData("year,month,day", "2024,2,27 2024,2,28 2024,2,29", "2024-03-01")]
    [InlineData("year,month,day,hour", "2024,2,29,22 2024,2,29,23 2024,3,1,0", "2024-03-01T01:00:00")]
    [InlineData("year,month,day,hour,minute", "2024,2,29,23,0 2024,2,29,23,30 2024,3,1,0,0", "2024-03-01T00:30:00")]
    [InlineData("year,quarter", "2023,3 2023,4 2024,1", "2024-Q2")]
    [InlineData("year,quarter", "2023,Q3 2023,Q4 2024,Q1", "2024-Q2")]
    [InlineData("year,week", "2020,52 2020,53 2021,1", "2021-W02")]
    public void PartsOfTimesInColumnsOfTheirOwnAreReadTogether(string names, string rows, string next)
    {
        SeriesTable table = TableReader.Read(Write($"{names},x\n" + string.Join('\n', rows.Split(' ').Select((row, i) => $"{row},{i}"))), new(), Cancellation);
        Assert.Equal(next, table.Time!.Text(table.Time.After(1)));
        string[] ordered = [.. names.StartsWith("month", StringComparison.Ordinal) ? names.Split(',').Reverse() : names.Split(',')];
        Assert.Equal(string.Join(", ", ordered), table.Time.Column);
        Assert.Equal([$"Columns {string.Join(", ", ordered.Select(name => $"'{name}'"))} together are the time of the rows.", "Column 'x' is forecast, the only one with numbers."], table.Notes);
        Assert.Equal(next, Read($"{names},x\n" + string.Join('\n', rows.Split(' ').Select((row, i) => $"{row},{i}")), new() { Time = table.Time.Column }).Time!.Text(table.Time.After(1)));
    }

    [Fact]
    public void AMonthThatIsNoneIsToldAndAPartMayBeAnInput()
    {
        Assert.StartsWith("'t.csv', row 4, column 'year, month': \"2023-13\" is not a time.", Fails("year,month,x\n" + string.Join('\n', Enumerable.Range(1, 20).Select(i => $"{2023 + (i / 13)},{(i == 3 ? 13 : 1 + ((i - 1) % 12))},{i}"))));
        string text = "year,month,x\n" + string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{2023 + (i / 12)},{1 + (i % 12)},{i}"));
        SeriesTable table = TableReader.Read(Write(text), new() { Targets = ["x"], Inputs = ["month"] }, Cancellation);
        Assert.Equal(("year, month", "month"), (table.Time!.Column, table.Names[1]));
        Assert.Equal(
            "--time: columns 'month', 'x' tell no time together. Name columns called year and month, also day, hour and minute, or year and quarter or week.",
            Assert.Throws<ArgumentsException>(() => Read(text, new() { Time = "month,x" })).Message);
    }

    [Theory]
    [InlineData("FY2000 FY2001 FY2002", "2003")]
    [InlineData("2000/01 2001/02 2002/03", "2003")]
    [InlineData("1998-99 1999-00 2000-01", "2001")]
    [InlineData("2000/2001 2001/2002 2002/2003", "2003")]
    [InlineData("2000/01 2000/02 2000/03", "2000-04")]
    public void FiscalYearsAreYears(string years, string next)
    {
        SeriesTable table = Read(Rows(years.Split(' ')));
        Assert.Equal(next, table.Time!.Text(table.Time.After(1)));
        Assert.Empty(table.Notes);
    }

    [Theory]
    [InlineData("date", "45292 45293 45294", "2024-01-04")]
    [InlineData("Sale Date", "45292 45299 45306", "2024-01-22")]
    [InlineData("time", "45292 45292.0416666667 45292.0833333333", "2024-01-01T03:00:00")]
    [InlineData("date", "45292 45323 45352", "2024-04-01")]
    public void DaysThatASpreadsheetCountsAreReadWhereTheNameSaysSo(string name, string days, string next)
    {
        string text = "x\n" + string.Join('\n', days.Split(' ').Select((day, i) => $"{day};{i}"));
        SeriesTable table = Read($"{name};{text}");
        Assert.Equal(next, table.Time!.Text(table.Time.After(1)));
        Assert.Equal([$"Numbers like 45292 in column '{name}' are read as days that a spreadsheet counts from 1900; --time none takes rows as they come."], table.Notes);
        Assert.Null(Read($"price;{text}").Time);
        Assert.Null(Read($"price;{text}").Untimed);
    }

    [Theory]
    [InlineData("m", "Jan Feb Mar", "looks like times without a year (\"Jan\")")]
    [InlineData("m", "January February March", "looks like times without a year (\"January\")")]
    [InlineData("d", "Mon Tue Wed", "looks like times without a year (\"Mon\")")]
    [InlineData("d", "30/01 31/01 01/02", "looks like times without a year (\"30/01\")")]
    [InlineData("d", "30-01 31-01 01-02", "looks like times without a year (\"30-01\")")]
    [InlineData("d", "30.01. 31.01. 01.02.", "looks like times without a year (\"30.01.\")")]
    [InlineData("d", "19-Jan 20-Jan 21-Jan", "looks like times without a year (\"19-Jan\")")]
    [InlineData("q", "Q1 Q2 Q3", "looks like times without a year (\"Q1\")")]
    [InlineData("w", "W01 W02 W03", "looks like times without a year (\"W01\")")]
    [InlineData("month", "1 2 3", "looks like times without a year (\"1\")")]
    [InlineData("hour", "0 1 2", "looks like times without a year (\"0\")")]
    [InlineData("year", "2020 2020 2021", "looks like years (\"2020\"), but not like one for each row")]
    [InlineData("date", "240130 240131 240201", "is called like times, but \"240130\" and the like are not read as such")]
    [InlineData("date", "janvier mars mai", "is called like times, but \"janvier\" and the like are not read as such")]
    public void WhatLooksLikeTimesButTellsNoneIsTold(string name, string cells, string what)
    {
        SeriesTable table = Read($"{name};x\n" + string.Join('\n', cells.Split(' ').Select((cell, i) => $"{cell};{i}")));
        Assert.Null(table.Time);
        Assert.Equal($"Column '{name}' {what}: {Then}", table.Untimed);
    }

    [Fact]
    public void WhereAColumnHasTimesPartsOfThemAreNotTold()
    {
        SeriesTable table = Read("d,month,day,x\nMon,1,2024-01-01,1\nTue,1,2024-01-02,2\nWed,1,2024-01-03,3\n");
        Assert.Equal(("day", null), (table.Time!.Column, table.Untimed));
        Assert.Empty(table.Notes);
        Assert.Null(Read("city,x\nOslo,1\nRome,2\n").Untimed);
    }
}
