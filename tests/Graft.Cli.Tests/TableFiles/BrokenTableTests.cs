using System.IO.Compression;
using System.Text;
using Graft.Cli.TableFiles;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Files that are no tables, or hold what tables do not: an error that says what it is, or the table.</summary>
public sealed class BrokenTableTests : TableTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ARowThatIsFarTooLongIsAnErrorWhereverItIs(int rows)
    {
        string text = string.Concat(Enumerable.Repeat("1,2\n", rows)) + new string('x', 5 << 20) + ",y\n1,2\n";
        Assert.Equal($"'t.csv', row {rows + 1}: the row is longer than 4 MiB. Correct it.", Fails(text));
    }

    [Fact]
    public void AnOpenQuoteIsAnErrorWithItsRow() =>
        Assert.Equal("'t.csv', row 3: a quote is not closed. Close it; a quote within a quoted cell is written twice.", Fails("x,y\n1,2\n\"3,4\n5,6\n"));

    [Fact]
    public void ARowOfVeryManyCellsIsAnError() =>
        Assert.Equal("'t.csv' has a row of 150,001 cells; a table has at most 100,000 columns. Give it with a row for each step.", Fails(new string(',', 150_000) + "\n1,2\n"));

    [Fact]
    public void OtherFilesAreToldByTheirKind()
    {
        string path = Path.Combine(Folder, "t.csv.gz");
        using (GZipStream gzip = new(File.Create(path), CompressionLevel.Fastest)) gzip.Write("x\n1\n2\n"u8);
        Assert.Equal("'t.csv.gz' is compressed by gzip. Unpack it first.", Assert.Throws<GraftException>(() => TableReader.Read(path, new(), Cancellation)).Message);
        path = Path.Combine(Folder, "t.xlsx");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create)) zip.CreateEntry("a");
        File.WriteAllBytes(path, [0x50, 0x4B, 0x03, 0x04, 0, 0, 0, 0]);
        Assert.Equal("'t.xlsx' is a workbook of Excel or another ZIP archive. Save the sheet as CSV, or unpack the archive.", Assert.Throws<GraftException>(() => TableReader.Read(path, new(), Cancellation)).Message);
    }

    [Fact]
    public void AZeroByteIsToldWithItsRow() =>
        Assert.Equal("'t.csv', row 3: there is a zero byte, which text does not have. Write the file anew, without it.", Fails("x,y\n1,2\n3,\0\n"));

    [Fact]
    public void NamesWithoutRowsAreAnError() => Assert.Equal("'t.csv' has names, but no rows below them. A table has a row for each step.", Fails("day,x\n"));

    [Fact]
    public void TextOfTwoBytesALetterIsRead()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(false, false), new UnicodeEncoding(true, false)])
        {
            File.WriteAllText(Path.Combine(Folder, "t.csv"), "day,x\n2024-01-06,250\n2024-01-07,296\n2024-01-08,301\n", encoding);
            SeriesTable table = TableReader.Read(Path.Combine(Folder, "t.csv"), new(), Cancellation);
            Assert.Equal((250, 301, "2024-01-09"), (table.Values[0, 0], table.Values[2, 0], table.Time!.Text(table.Time.After(1))));
        }
    }

    [Fact]
    public void AGapIsNotFilledWithMoreRowsThanAModelCanBeLedOver()
    {
        string text = "t;x\n2020-01-01T00:00:00;1\n2020-01-01T00:00:01;2\n2025-01-01T00:00:00;3\n";
        Assert.Equal(
            "'t.csv', column 't': 157,852,798 steps of 1 second have no row; the widest gap is from 2020-01-01T00:00:01 to 2025-01-01T00:00:00. Keep the rows on one side of it, or fit a new model.",
            Assert.Throws<GraftException>(() => TableReader.Read(Write(text), new() { Targets = ["x"], Step = Graft.Cli.TableFiles.Times.TimeStep.FromCode("PT1S") }, Cancellation)).Message);
    }
}
