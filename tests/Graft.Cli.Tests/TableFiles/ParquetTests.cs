using System.Globalization;
using Graft.Cli.TableFiles;
using Parquet;
using Parquet.Schema;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Parquet files: what a column is, types and values tell, never its name; a small file asks for little memory.</summary>
public sealed class ParquetTests : TableTest
{
    private const int Count = 60;

    private static double[] Values => [.. Enumerable.Range(0, Count).Select(i => (double)i)];

    [Theory]
    [InlineData("candidates", 1500, 37)]
    [InlineData("time_idx", 0, 1)]
    [InlineData("date", 5, 3)]
    public async Task NumbersAreNoTimesBecauseOfTheirName(string name, int first, int factor)
    {
        long[] numbers = [.. Enumerable.Range(0, Count).Select(i => first + (i * (long)factor % 211))];
        SeriesTable table = await Read(new DataField<long>(name), numbers);
        Assert.Null(table.Time);
        Assert.Equal(Values, table.Series(0));
    }

    [Fact]
    public async Task NumbersThatCountDaysAreTimes()
    {
        long[] days = [.. Enumerable.Range(0, Count).Select(i => long.Parse($"{new DateTime(2023, 1, 1).AddDays(i):yyyyMMdd}", CultureInfo.InvariantCulture))];
        foreach (string name in (string[])["date", "k"])
        {
            SeriesTable table = await Read(new DataField<long>(name), days);
            Assert.Equal((name, "1 day", "2023-03-02"), (table.Time!.Column, table.Time.Step.ToString(), table.Time.Text(table.Time.After(1))));
        }
    }

    [Fact]
    public async Task TextsAreJudgedByTheirValues()
    {
        DataField<string> note = new("update_note"), day = new("k");
        string[] notes = [.. Enumerable.Range(0, Count).Select(i => $"n{i}")], days = [.. Enumerable.Range(0, Count).Select(i => $"{new DateTime(2023, 3, 1).AddDays(-i):MM/dd/yyyy}")];
        string path = await Write(new ParquetSchema(note, day, new DataField<double>("x")), async group =>
        {
            await group.WriteAsync(note, notes);
            await group.WriteAsync(day, days);
        });
        SeriesTable table = TableReader.Read(path, new(), Cancellation);
        Assert.Equal(["Column 'x' is forecast, the only one with numbers.", "Rows were newest first in column 'k': they were turned round."], table.Notes);
        Assert.Equal(Values.Reverse(), table.Series(0));
        Assert.Equal("2023-03-02", table.Time!.Text(table.Time.After(1)));
    }

    [Fact]
    public async Task ColumnsOfOtherTypesAreNoHindrance()
    {
        DataField<Guid> id = new("id");
        DataField<byte[]> blob = new("time_blob");
        DataField<bool> open = new("open");
        string path = await Write(new ParquetSchema(id, blob, open, new DataField<double>("x")), async group =>
        {
            await group.WriteAsync<Guid>(id, Enumerable.Range(0, Count).Select(_ => Guid.NewGuid()).ToArray(), cancellationToken: Cancellation);
            await group.WriteAsync(blob, [.. Enumerable.Range(0, Count).Select(i => new byte[] { (byte)i })]);
            await group.WriteAsync<bool>(open, Enumerable.Range(0, Count).Select(i => i % 7 != 0).ToArray(), cancellationToken: Cancellation);
        });
        SeriesTable table = TableReader.Read(path, new(), Cancellation);
        Assert.Equal(Values, table.Series(0));
        Assert.Null(table.Time);
        Assert.Equal([0, 1, 1], TableReader.Read(path, new() { Targets = ["open"] }, Cancellation).Series(0).Take(3));
        Assert.StartsWith("'t.parquet', column 'id' holds no numbers", Assert.Throws<GraftException>(() => TableReader.Read(path, new() { Targets = ["id"] }, Cancellation)).Message);
    }

    [Fact]
    public async Task ADamagedFileAsksForLittleMemoryAndIsAnErrorOrRead()
    {
        byte[] good = await File.ReadAllBytesAsync(await Write(new ParquetSchema(new DataField<double>("x")), _ => Task.CompletedTask), Cancellation);
        string path = Path.Combine(Folder, "bad.parquet");
        int refused = 0;
        for (int at = 4; at < good.Length; at++)
        {
            // A length of two thousand millions, wherever one may stand.
            byte[] bad = [.. good];
            for (int i = 0; i < 5 && at + i < bad.Length; i++) bad[at + i] = i < 4 ? (byte)0xFE : (byte)0x07;
            await File.WriteAllBytesAsync(path, bad, Cancellation);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                TableReader.Read(path, new() { Targets = ["x"] }, Cancellation);
            }
            catch (Exception e) when (e is GraftException or ArgumentsException)
            {
                refused++;
                Assert.DoesNotContain("only", e.Message, StringComparison.Ordinal);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 160L << 20);
        }

        Assert.InRange(refused, good.Length / 4, good.Length);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0x7F }, "its end does not fit it")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, "its end does not fit it")]
    [InlineData(new byte[] { 4, 0, 0, 0 }, "its list of columns is damaged")]
    public void ALengthThatDoesNotFitIsAnError(byte[] length, string what)
    {
        string path = Path.Combine(Folder, "t.parquet");
        File.WriteAllBytes(path, [.. "PAR1"u8, .. new byte[] { 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE }, .. length, .. "PAR1"u8]);
        Assert.Equal($"'t.parquet' begins as a Parquet file, but can't be read: {what}. Write it anew.", Assert.Throws<GraftException>(() => TableReader.Read(path, new(), Cancellation)).Message);
    }

    private async Task<SeriesTable> Read(DataField<long> field, long[] numbers)
    {
        string path = await Write(new ParquetSchema(field, new DataField<double>("x")), async group => await group.WriteAsync<long>(field, numbers, cancellationToken: Cancellation));
        return TableReader.Read(path, new() { Targets = ["x"] }, Cancellation);
    }

    // The last column is x and counts the rows.
    private async Task<string> Write(ParquetSchema schema, Func<ParquetRowGroupWriter, Task> others)
    {
        string path = Path.Combine(Folder, "t.parquet");
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: Cancellation);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await others(group);
        await group.WriteAsync<double>(schema.DataFields[^1], Values, cancellationToken: Cancellation);
        return path;
    }
}
