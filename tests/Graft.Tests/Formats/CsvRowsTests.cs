using System.Text;
using Graft.Formats;

namespace Graft.Tests.Formats;

public sealed class CsvRowsTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", "a|b/1|2")]
    [InlineData("a,b\r\n1,2", "a|b/1|2")]
    [InlineData("a,b\r1,2\r", "a|b/1|2")]
    [InlineData("\n\na\r\n\r\nb", "//a//b")]
    [InlineData("\"a,x\",\"b\"\"c\"\n\"1\n2\",3\n", "a,x|b\"c/1\n2|3")]
    [InlineData("5\" pipe,10\" pipe\nc,d", "5\" pipe|10\" pipe/c|d")]
    [InlineData("\"a\"x,b\n\"\",\"\"\"\"\n", "ax|b/|\"")]
    [InlineData(",,\na,\n,a", "||/a|/|a")]
    [InlineData("", "")]
    public void RowsAndCellsAreWhatTheStandardSays(string text, string expected) => Assert.Equal(expected, string.Join('/', Rows(text, piece: 1000).Select(row => string.Join('|', row))));

    [Fact]
    public void RandomTablesAreReadAsWrittenHoweverTheyArrive()
    {
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            string[] ends = ["\n", "\r\n", "\r"];
            string end = ends[round % 3];
            List<string[]> table = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomCell(random)).ToArray())];
            string text = string.Concat(table.Select(row => string.Join(',', row.Select(Quoted)) + end));
            List<string[]> read = Rows(text, piece: random.Next(1, 50));
            Assert.Equal(table.Count, read.Count);
            for (int i = 0; i < table.Count; i++) Assert.Equal(table[i], read[i]);
        }
    }

    [Fact]
    public void AnOpenQuoteAndARowWithoutEndAreRefusedWithTheirRow()
    {
        Assert.Equal("'t', row 2: a quote is not closed. Close it; a quote within a quoted cell is written twice.", Assert.Throws<GraftException>(() => Rows("a,b\n\"c,d\ne,f\n", 7)).Message);
        Assert.Equal("'t', row 2: the row is longer than 1 MiB. Correct it.", Assert.Throws<GraftException>(() => Rows("a\n" + new string('x', 3 << 20), 1 << 16)).Message);
        Assert.Equal("'t', row 1: a quote is not closed, or the row is longer than 1 MiB. Correct it.", Assert.Throws<GraftException>(() => Rows("\"" + new string('x', 3 << 20), 1 << 16)).Message);
    }

    [Fact]
    public void RowsAreNumberedWithEmptyOnesAndRemarks()
    {
        using CsvRows csv = Open("# a remark\n\n\"#1\",2\n", 3);
        Assert.True(csv.Read() && csv.BeginsWithHash && csv.Number == 1);
        Assert.True(csv.Read() && !csv.BeginsWithHash && csv.Number == 2 && csv.Count == 1);
        Assert.True(csv.Read() && !csv.BeginsWithHash && csv.Number == 3);
        Assert.Equal(["#1", "2"], csv.Trimmed());
        Assert.False(csv.Read());
        Assert.False(csv.Read());
    }

    private static CsvRows Open(string text, int piece) => new(new PieceReader(text, piece), "t", new CsvDialect(Encoding.UTF8, ',', false), 1 << 20);

    private static List<string[]> Rows(string text, int piece)
    {
        using CsvRows csv = Open(text, piece);
        List<string[]> rows = [];
        while (csv.Read())
        {
            string[] cells = new string[csv.Count];
            for (int i = 0; i < cells.Length; i++) cells[i] = csv[i].ToString();
            rows.Add(cells);
        }

        return rows;
    }

    private static string RandomCell(Random random)
    {
        const string Letters = "ab,\"\n\r# ";
        return string.Concat(Enumerable.Range(0, random.Next(0, random.Next(10) == 0 ? 9000 : 8)).Select(_ => Letters[random.Next(Letters.Length)]));
    }

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;

    /// <summary>A text that arrives in pieces, as from a pipe.</summary>
    private sealed class PieceReader(string text, int piece) : TextReader
    {
        private int place;

        public override int Read(char[] buffer, int index, int count)
        {
            int taken = Math.Min(Math.Min(piece, count), text.Length - place);
            text.AsSpan(place, taken).CopyTo(buffer.AsSpan(index));
            place += taken;
            return taken;
        }
    }
}
