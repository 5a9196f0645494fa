namespace Graft.Formats;

/// <summary>
/// Reads a table of text row by row, as RFC 4180 has it, in bounded memory: a cell that begins with a quotation mark ends with the next single one, and may hold separators and ends of lines; a
/// quotation mark elsewhere is text. Rows end with LF, CR LF or CR. An empty line is a row of one empty cell.
/// </summary>
internal sealed class CsvRows : IDisposable
{
    private readonly TextReader reader;
    private readonly string name;
    private readonly char separator;
    private readonly int longestRow;
    private readonly List<(int Start, int Length)> cells = [];
    private char[] buffer = new char[1 << 12];

    // Of the buffer: where the row begins, and what is filled. Places in a row count from the row's beginning, which moves when the buffer is filled.
    private int row, filled;

    // What the row takes of the buffer, its end included.
    private int rowLength;
    private bool isAtEnd;

    /// <summary>Reads what a reader gives.</summary>
    /// <param name="reader">The text; it is disposed with this.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="dialect">How it is written.</param>
    /// <param name="longestRow">A row with more characters is refused.</param>
    public CsvRows(TextReader reader, string name, CsvDialect dialect, int longestRow)
    {
        (this.reader, this.name, separator, this.longestRow) = (reader, name, dialect.Separator, longestRow);
        if (dialect.SaysSeparator) reader.ReadLine();
    }

    /// <summary>Opens a file.</summary>
    public static CsvRows Open(string path, CsvDialect dialect, int longestRow) =>
        new(new StreamReader(path, dialect.Encoding, detectEncodingFromByteOrderMarks: true), Path.GetFileName(path), dialect, longestRow);

    /// <summary>The number of the row that was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the row begins with <c>#</c>, outside quotation marks.</summary>
    public bool BeginsWithHash => rowLength > 0 && At(0) == '#';

    /// <summary>The row's cells.</summary>
    public int Count => cells.Count;

    /// <summary>The text of a cell, without its quotation marks; valid until the next row is read.</summary>
    public ReadOnlySpan<char> this[int cell] => buffer.AsSpan(row + cells[cell].Start, cells[cell].Length);

    /// <summary>The row's cells as texts without white space around them.</summary>
    public string[] Trimmed() => [.. Enumerable.Range(0, Count).Select(i => this[i].Trim().ToString())];

    /// <summary>Reads the next row; false at the end.</summary>
    /// <exception cref="GraftException">A quotation mark is not closed, or the row is too long.</exception>
    public bool Read()
    {
        row += rowLength;
        rowLength = 0;
        cells.Clear();
        if (!Has(0)) return false;
        Number++;
        int place = 0;
        while (ReadCell(ref place)) place++;
        if (place > longestRow) throw TooLong("the row is");
        rowLength = place < filled - row ? place + (IsLineFeedAfter(place) ? 2 : 1) : place;
        return true;
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Reads a cell; afterwards the place is that of its end. False where the row ends there, too.</summary>
    private bool ReadCell(ref int place)
    {
        int start = place, end = place;
        if (Has(place) && At(place) == '"') ReadQuoted(ref start, ref end, ref place);
        int rest = place;
        while (true)
        {
            int found = buffer.AsSpan(row + place, filled - row - place).IndexOfAny(separator, '\n', '\r');
            place = found < 0 ? filled - row : place + found;
            if (found >= 0 || !Fill()) break;
        }

        Move(rest, place, ref end);
        cells.Add((start, end - start));
        return place < filled - row && At(place) == separator;
    }

    // Two quotation marks are one of the text; what is left of them moves together, from the cell's start on.
    private void ReadQuoted(ref int start, ref int end, ref int place)
    {
        start = end = ++place;
        while (true)
        {
            int from = place, scanned = place, found;
            while ((found = buffer.AsSpan(row + scanned, filled - row - scanned).IndexOf('"')) < 0)
            {
                scanned = filled - row;
                if (!Fill(isQuoted: true)) throw new GraftException($"'{name}', row {Number}: a quote is not closed. Close it; a quote within a quoted cell is written twice.");
            }

            place = scanned + found;
            Move(from, place++, ref end);
            if (!Has(place) || At(place) != '"') return;
            buffer[row + end++] = '"';
            place++;
        }
    }

    private void Move(int from, int to, ref int end)
    {
        if (from != end) buffer.AsSpan(row + from, to - from).CopyTo(buffer.AsSpan(row + end));
        end += to - from;
    }

    private char At(int place) => buffer[row + place];

    private bool Has(int place) => row + place < filled || Fill();

    private bool IsLineFeedAfter(int place) => At(place) == '\r' && Has(place + 1) && At(place + 1) == '\n';

    /// <summary>Reads on, behind what the row has so far; false at the end of the text.</summary>
    private bool Fill(bool isQuoted = false)
    {
        if (isAtEnd) return false;
        int length = filled - row;
        if (length > longestRow) throw TooLong(isQuoted ? "a quote is not closed, or the row is" : "the row is");
        if (row > 0) buffer.AsSpan(row, length).CopyTo(buffer);
        (row, filled) = (0, length);
        if (filled == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        int read = reader.Read(buffer, filled, buffer.Length - filled);
        filled += read;
        isAtEnd = read == 0;
        return !isAtEnd;
    }

    private GraftException TooLong(string what) => new($"'{name}', row {Number}: {what} longer than {longestRow >> 20} MiB. Correct it.");
}
