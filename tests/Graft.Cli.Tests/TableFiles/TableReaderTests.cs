using System.Globalization;
using System.Text;
using Graft.Cli.TableFiles;
using Graft.Numerics;
using Parquet;
using Parquet.Schema;

namespace Graft.Cli.Tests.TableFiles;

public sealed class TableReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-tables-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("a,b\n1.5,2\n-3e2,4\n")]
    [InlineData("a;b\r\n1,5;2\r\n-3e2;4\r\n")]
    [InlineData("a\tb\n1.5\t2\n-3e2\t4")]
    [InlineData("a|b\n1.5|2\n-3e2|4")]
    [InlineData("a | b\n1,5 | 2\n-300 | 4")]
    [InlineData("\"a\",\"b\"\n\"1,5\",2\n\"-300\",4\n")]
    [InlineData("sep=;\na;b\n1,5;2\n-300;4\n")]
    [InlineData("# made by hand\na, b\n1.5, 2\n\n-300, 4\n")]
    [InlineData("# made by hand\n# a, b\n1.5, 2\n-300, 4\n")]
    [InlineData("#a,b\n1.5,2\n# a remark, of two cells\n-300,4\n")]
    [InlineData("\n\na,b\n1.5,2\n-300,4\n")]
    [InlineData("\uFEFFa,b\n1.5,2,\n-300,4,,\n")]
    public void SeparatorsQuotesAndDecimalMarksAreUnderstood(string text)
    {
        SeriesTable table = Read(text, "a", "b");
        Assert.Equal(["a", "b"], table.Names);
        Assert.Equal([1.5, 2, -300, 4], table.Values.Values.ToArray());
        Assert.Null(table.Time);
    }

    [Theory]
    [InlineData("day x\n2024-01-01 100\n2024-01-02 200\n")]
    [InlineData("day          x\n2024-01-01   1,5\n2024-01-02 200\n")]
    [InlineData("a b\n1 100\n2 200\n")]
    public void CellsApartBySpacesAreAnError(string text) => Assert.Equal(
        "'t.csv' has 2 words in each row, apart by spaces only. Cells are read that stand apart by commas, semicolons, tabs or '|'. Replace the spaces by one of them.", Fails(text));

    [Fact]
    public void OneColumnMayHaveSpaces()
    {
        Assert.Equal([10200, 10300], Read("x\n10 200\n10 300\n").Series(0));
        Assert.Equal([10200, 10300], Read("10 200\n10 300\n").Series(0));
        Assert.Equal(
            "No column has numbers; the columns are 'a:b'. Cells are read that stand apart by commas, semicolons, tabs or '|'. Give a table with a column of numbers to forecast.", Fails("a:b\n1:x\n2:y\n"));
        Assert.Equal(
            "--target: there is no column 'b'; the columns are 'a:b'. Cells are read that stand apart by commas, semicolons, tabs or '|'.",
            Assert.Throws<ArgumentsException>(() => Read("a:b\n1:x\n2:y\n", "b")).Message);
    }

    [Fact]
    public void DecimalCommasAreToldOf() => Assert.Equal(["Commas are decimal marks (column 'a')."], Read("a;b\n1,5;2\n", "a").Notes);

    [Fact]
    public void AFileWithoutNamesHasNumberedColumns()
    {
        SeriesTable table = Read("1,10\n2,20\n", "2");
        Assert.Equal([10, 20], table.Values.Values.ToArray());
        Assert.Equal(["The first row has no names: columns are called 1 to 2."], table.Notes);
    }

    [Fact]
    public void TheOnlyColumnOfNumbersNeedsNoName()
    {
        SeriesTable table = Read("day,city,sales\n2024-01-01,Oslo,1\n2024-01-02,Oslo,2\n2024-01-03,Bergen,3\n");
        Assert.Equal(["sales"], table.Names);
        Assert.Equal(["Column 'sales' is forecast, the only one with numbers."], table.Notes);
        Assert.Equal("Say which column to forecast with --target; those with numbers are 'a', 'b'.", Assert.Throws<ArgumentsException>(() => Read("a,b\n1,2\n")).Message);
        Assert.Equal("No column has numbers; the columns are 'a'. Cells are read that stand apart by commas, semicolons, tabs or '|'. Give a table with a column of numbers to forecast.", Fails("a\nx\ny\n"));
    }

    [Fact]
    public void AColumnThatIsNotThereIsToldWithThoseThatAre()
    {
        Assert.Equal("--target: there is no column 'sale'; the columns are 'day', 'sales'.", Assert.Throws<ArgumentsException>(() => Read("day,sales\n1,2\n", "sale")).Message);
        Assert.Equal(["sales"], Read("day,sales\n1,2\n", "Sales").Names);
        Assert.Equal("2 columns are called 'a'. Give each its own name.", Fails("a,a\n1,2\n", "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("NA")]
    [InlineData("NaN")]
    [InlineData("null")]
    [InlineData(" - ")]
    [InlineData("n/a")]
    public void MissingValuesAreCounted(string cell)
    {
        SeriesTable table = Read($"a,b\n1,1\n{cell},2\n3,3\n", "a");
        Assert.Equal([1, double.NaN, 3], table.Values.Values.ToArray());
        Assert.Equal(["1 of 3 values is missing in column 'a'."], table.Notes);
    }

    [Fact]
    public void ACellOfTextIsAnErrorThatSaysWhere()
    {
        Assert.Equal("'t.csv', row 4, column 'a': \"abc\" is not a number. Correct the cell, or leave it empty if the value is not known.", Fails("a,b\n1,1\n2,2\nabc,3\n4,4", "a"));

        // A column that is not wanted may hold anything.
        Assert.Equal([1, 2, 3], Read("a,b\n1,1\n2,x\n3,y\n", "a").Values.Values.ToArray());
        Assert.Equal("'t.csv', row 2, column 'a': \"inf\" is not a number. Correct the cell, or leave it empty if the value is not known.", Fails("a,b\ninf,1\n1,1\n1,2", "a"));
    }

    [Fact]
    public void ARowWithMoreCellsThanColumnsIsAnError() => Assert.Equal(
        "'t.csv', row 3 has 3 cells, but there are 2 columns. Put cells that hold a ',' into quotes; numbers with a decimal comma need ';' between cells.", Fails("a,b\n1,2\n1,5,2\n", "a"));

    [Fact]
    public void DatesAreFoundAndGoOn()
    {
        SeriesTable table = Read("day,x\n2024-02-27,1\n2024-02-28,2\n2024-02-29,3\n", "x");
        Assert.Equal(("day", "1 day", "2024-02-29", "2024-03-02"), (table.Time!.Column, table.Time.Step.ToString(), table.Time.Text(table.Time.Times[^1]), table.Time.Text(table.Time.After(2))));
        Assert.Empty(table.Notes);
    }

    [Theory]
    [InlineData("2024-01-31 2024-02-29 2024-03-31", "1 month", "2024-04-30")]
    [InlineData("2024-01 2024-02 2024-03", "1 month", "2024-04")]
    [InlineData("2023-Q3 2023-Q4 2024-Q1", "3 months", "2024-Q2")]
    [InlineData("2022-06-30 2023-06-30 2024-06-30", "1 year", "2025-06-30")]
    [InlineData("2024-01-04 2024-01-05 2024-01-08 2024-01-09", "1 working day", "2024-01-10")]
    [InlineData("31.12.2023 01.01.2024 02.01.2024", "1 day", "2024-01-03")]
    [InlineData("2024/01/01 2024/01/08 2024/01/15", "1 week", "2024-01-22")]
    [InlineData("2024-01-01T00:00 2024-01-01T00:15 2024-01-01T00:30", "15 minutes", "2024-01-01T00:45:00")]
    [InlineData("2024-01-01T00:00:00.25Z 2024-01-01T00:00:00.5Z 2024-01-01T00:00:00.75Z", "250 milliseconds", "2024-01-01T00:00:01Z")]
    [InlineData("2024-01-01T00:00+01:00 2024-02-01T00:00+01:00 2024-03-01T00:00+01:00", "1 month", "2024-04-01T00:00:00+01:00")]
    [InlineData("1704067200 1704070800 1704074400", "1 hour", "2024-01-01T03:00:00Z")]
    [InlineData("1704067200000 1704067260000 1704067320000", "1 minute", "2024-01-01T00:03:00Z")]
    public void StepsAreSpansMonthsOrWorkingDays(string times, string step, string next)
    {
        SeriesTable table = Read("time,x\n" + string.Join("\n", times.Split(' ').Select((time, i) => $"{time},{i}")), "x");
        Assert.Equal((step, next), (table.Time!.Step.ToString(), table.Time.Text(table.Time.After(1))));
        Assert.Equal(times.Split(' ').Length, table.Values.Rows);
        Assert.Empty(table.Notes);
    }

    [Fact]
    public void GapsAreFilledWithMissingValuesAndTold()
    {
        SeriesTable table = Read("t,x\n2024-01-01T00:00:00,0\n2024-01-01T01:00:00,1\n2024-01-01T04:00:00,4\n2024-01-01T05:00:00,5\n2024-01-01T07:00:00,7\n", "x");
        Assert.Equal([0, 1, double.NaN, double.NaN, 4, 5, double.NaN, 7], table.Values.Values.ToArray());
        Assert.Equal(["2 gaps in time, the first after 2024-01-01T01:00:00: 3 rows of missing values were put in."], table.Notes);
        Assert.Equal(new DateTime(2024, 1, 1, 6, 0, 0), table.Time!.Times[6]);
    }

    [Fact]
    public void AHolidayIsAGapBetweenWorkingDays()
    {
        SeriesTable table = Read("t,x\n2024-01-04,4\n2024-01-05,5\n2024-01-08,8\n2024-01-10,10\n2024-01-11,11\n2024-01-12,12\n2024-01-15,15", "x");
        Assert.Equal([4, 5, 8, double.NaN, 10, 11, 12, 15], table.Values.Values.ToArray());
    }

    [Fact]
    public void RowsOutOfOrderAreSorted()
    {
        SeriesTable mixed = Read("t,x\n2024-01-03,3\n2024-01-01,1\n2024-01-02,2\n", "x"), reversed = Read("t,x\n2024-01-03,3\n2024-01-02,2\n2024-01-01,1\n", "x");
        Assert.Equal([1, 2, 3], mixed.Values.Values.ToArray());
        Assert.Equal([1, 2, 3], reversed.Values.Values.ToArray());
        Assert.Equal(["Rows were not in the order of column 't' (1 is earlier than the row before): they were sorted."], mixed.Notes);
        Assert.Equal(["Rows were newest first in column 't': they were turned round."], reversed.Notes);
    }

    [Fact]
    public void AFewRepeatedTimesAreAveragedAndManyAreAnError()
    {
        SeriesTable table = Read("t,x\n2024-01-01,1\n2024-01-02,2\n2024-01-02,4\n2024-01-03,5\n", "x");
        Assert.Equal([1, 3, 5], table.Values.Values.ToArray());
        Assert.Equal(["1 row has the time of another row (the first: 2024-01-02): such rows were averaged."], table.Notes);
        Assert.Equal(
            "'t.csv', column 't': 2 of 4 rows have the time of another row, the first 2024-01-01. If the file has several series below each other, give each a column or a file of its own; --time names another column of times, --time none takes rows as they come.",
            Fails("t,city,x\n2024-01-01,Oslo,1\n2024-01-02,Oslo,2\n2024-01-01,Bergen,4\n2024-01-02,Bergen,5\n", "x"));
    }

    [Fact]
    public void TwoTimeZonesMeetInUtcAndTheUserIsTold()
    {
        // Summer time begins: 01:00 +01:00 is followed by 03:00 +02:00.
        SeriesTable table = Read("t,x\n2024-03-31T00:00:00+01:00,1\n2024-03-31T01:00:00+01:00,2\n2024-03-31T03:00:00+02:00,3\n2024-03-31T04:00:00+02:00,4\n", "x");
        Assert.Equal([1, 2, 3, 4], table.Values.Values.ToArray());
        Assert.Equal(["Times in column 't' have 2 offsets from UTC (+01:00, +02:00): all were brought to UTC."], table.Notes);
        Assert.Equal("2024-03-31T03:00:00Z", table.Time!.Text(table.Time.After(1)));
        Assert.Equal(
            "'t.csv', column 't': the time of row 2 has an offset from UTC and that of row 3 has none. Give all of them one, or none.",
            Fails("t,x\n2024-03-31T00:00:00Z,1\n2024-03-31T01:00:00,2\n", "x"));
    }

    [Fact]
    public void UnevenTimesAreTakenRowByRow()
    {
        SeriesTable table = Read("t,x\n2024-01-01T00:00:00,1\n2024-01-01T00:10:00,2\n2024-01-01T00:24:00,3\n2024-01-01T00:31:00,4\n2024-01-01T00:44:00,5\n", "x");
        Assert.Equal([1, 2, 3, 4, 5], table.Values.Values.ToArray());
        Assert.Equal(["Times in column 't' are not even: 3 of 4 steps are no multiple of 10 minutes, the median. Rows are taken one after another."], table.Notes);
    }

    [Fact]
    public void AGapThatIsWiderThanTheDataIsAnError()
    {
        Assert.Equal(
            "'t.csv', column 't': rows are 1 day apart, but 3,649 of 3,654 steps have no row; the widest gap is from 2014-01-03 to 2024-01-01. "
            + "Keep the rows on one side of it; --time none takes rows as they come.",
            Fails("t,x\n2014-01-01,1\n2014-01-02,2\n2014-01-03,3\n2024-01-01,4\n2024-01-02,5\n", "x"));
        Assert.Equal(5, TableReader.Read(Write("t,x\n2014-01-01,1\n2014-01-02,2\n2014-01-03,3\n2024-01-01,4\n2024-01-02,5\n"), new() { Targets = ["x"], Options = new() { Time = "none" } }, Cancellation).Values.Rows);
    }

    [Fact]
    public void ATimeThatIsNoneOrMissingIsAnError()
    {
        Assert.Equal("'t.csv', row 3: there is no time in column 't'. Fill it, or leave the row out.", Fails("t,x\n2024-01-01,1\n,2\n2024-01-03,3\n", "x"));
    }

    [Fact]
    public void InputsFollowTargetsAndConstantsAreSeen()
    {
        SeriesTable table = TableReader.Read(Write("a,b,c\n1,5,1\n2,5,4\n3,,9\n"), new() { Targets = ["c"], Inputs = ["b", "a", "c"] }, Cancellation);
        Assert.Equal(["c", "b", "a"], table.Names);
        Assert.Equal(1, table.Targets);
        Assert.Equal([false, true, false], [table.IsConstant(0), table.IsConstant(1), table.IsConstant(2)]);
    }

    [Fact]
    public void FilesThatAreNoTablesAreRefused()
    {
        Assert.Equal("'t.csv' is empty. A table has a row for each step, and most have a first row of names.", Fails("", "x"));
        Assert.Equal("'t.csv' has no rows. A table has a row for each step, and most have a first row of names.", Fails("\n\n", "x"));
        Assert.Equal("'t.csv' is neither text nor Parquet. Save the sheet or table as CSV.", Fails("PK\0\0ab", "x"));
        Assert.Equal("'t.csv' begins as a Parquet file, but can't be read", Fails("PAR1 and no more", "x").Split(':')[0]);
        Assert.Equal($"There is no file '{folder}/none.csv'. Give a CSV or Parquet file; 'graft sample series' makes one.", Assert.Throws<GraftException>(() => TableReader.Read($"{folder}/none.csv", new(), Cancellation)).Message);
    }

    [Fact]
    public void TextInAnOldEncodingKeepsItsNames()
    {
        File.WriteAllBytes($"{folder}/t.csv", Encoding.Latin1.GetBytes("Größe;x\n1;2\n3;4\n"));
        Assert.Equal([1, 3], TableReader.Read($"{folder}/t.csv", new() { Targets = ["größe"] }, Cancellation).Values.Values.ToArray());
    }

    [Fact]
    public void AMillionRowsAreRead()
    {
        const int Rows = 1_000_000;
        using (StreamWriter writer = new($"{folder}/t.csv"))
        {
            writer.WriteLine("time,city,x");
            DateTime time = new(2020, 1, 1);
            for (int i = 0; i < Rows; i++) writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.AddMinutes(i):yyyy-MM-ddTHH:mm:ss},Oslo,{i * 0.5}"));
        }

        SeriesTable table = TableReader.Read($"{folder}/t.csv", new() { Targets = ["x"] }, Cancellation);
        Assert.Equal((Rows, "1 minute"), (table.Values.Rows, table.Time!.Step.ToString()));
        for (int i = 0; i < Rows; i += 997) Assert.Equal(i * 0.5, table.Values[i, 0]);
    }

    [Fact]
    public async Task ParquetIsReadByItsTypes()
    {
        DataField<double?> x = new("x");
        DataField<int> n = new("n");
        DateTimeDataField t = new("t", DateTimeFormat.Timestamp, isAdjustedToUTC: false, unit: DateTimeTimeUnit.Micros);
        DataField<string> city = new("city");
        await using (FileStream file = File.Create($"{folder}/t.parquet"))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(t, x, n, city), file, cancellationToken: Cancellation);
            for (int group = 0; group < 2; group++)
            {
                using ParquetRowGroupWriter rows = writer.CreateRowGroup();
                int first = 3 * group;
                await rows.WriteAsync<DateTime>(t, Enumerable.Range(first, 3).Select(i => new DateTime(2024, 1, 1, i, 0, 0)).ToArray(), cancellationToken: Cancellation);
                await rows.WriteAsync<double>(x, new double?[] { first, null, first + 2 }, cancellationToken: Cancellation);
                await rows.WriteAsync<int>(n, Enumerable.Range(first, 3).ToArray(), cancellationToken: Cancellation);
                await rows.WriteAsync(city, ["Oslo", "Bergen", "Oslo"]);
            }
        }

        SeriesTable table = TableReader.Read($"{folder}/t.parquet", new() { Targets = ["x"], Inputs = ["n"] }, Cancellation);
        Assert.Equal([0, 0, double.NaN, 1, 2, 2, 3, 3, double.NaN, 4, 5, 5], table.Values.Values.ToArray());
        Assert.Equal(("t", "1 hour", "2024-01-01T06:00:00"), (table.Time!.Column, table.Time.Step.ToString(), table.Time.Text(table.Time.After(1))));
        Assert.Equal(["2 of 6 values are missing in column 'x'."], table.Notes);
        Assert.Equal("Say which column to forecast with --target; those with numbers are 'x', 'n'.", Assert.Throws<ArgumentsException>(() => TableReader.Read($"{folder}/t.parquet", new(), Cancellation)).Message);
        Assert.Equal(
            "'t.parquet', row 1, column 'city': \"Oslo\" is not a number. Correct the cell, or leave it empty if the value is not known.",
            Assert.Throws<GraftException>(() => TableReader.Read($"{folder}/t.parquet", new() { Targets = ["city"] }, Cancellation)).Message);
    }

    private SeriesTable Read(string text, params string[] targets) => TableReader.Read(Write(text), new() { Targets = targets }, Cancellation);

    private string Fails(string text, params string[] targets) => Assert.Throws<GraftException>(() => Read(text, targets)).Message;

    private string Write(string text)
    {
        string path = Path.Combine(folder, "t.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
