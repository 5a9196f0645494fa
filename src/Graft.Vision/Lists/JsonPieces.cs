using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Graft.Formats;

namespace Graft.Vision.Lists;

/// <summary>Reads JSON from a file value by value, and no more of it at once than a value may be long.</summary>
internal sealed class JsonPieces : IDisposable
{
    private const int Piece = 1 << 16, MostLevels = 64, Quoted = 30;

    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}[]"u8), TextMarks = SearchValues.Create("\"\\"u8);

    private readonly string file;
    private readonly int longest;
    private readonly CancellationToken cancel;
    private readonly Stream stream;
    private byte[] buffer = new byte[Piece];

    // What is left of the buffer; behind it is what was not read yet.
    private int start, end;

    /// <summary>Opens a file in UTF-8 or UTF-16.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The bytes that a value may have.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="GraftException">It is of another kind.</exception>
    public JsonPieces(string path, int longest, CancellationToken cancel)
    {
        (file, this.longest, this.cancel) = (Path.GetFileName(path), longest, cancel);
        FileStream opened = File.OpenRead(path);
        stream = opened;
        try
        {
            Span<byte> head = stackalloc byte[64];
            head = head[..opened.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (FileSignature.Of(head) is { } kind) throw new GraftException($"'{file}' is {kind.Name}. A list is a table as text, or JSON.");
            opened.Position = 0;
            if (Wide(head) is { } encoding) stream = Encoding.CreateTranscodingStream(opened, encoding, new UTF8Encoding(false));
            if (Fill(0) && buffer.AsSpan(0, end).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) start = 3;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The line that comes next, from 1.</summary>
    public int Line { get; private set; } = 1;

    public void Dispose() => stream.Dispose();

    /// <summary>The next character that is no white space, which stays there; -1 at the end.</summary>
    public int Peek()
    {
        while (true)
        {
            int space = buffer.AsSpan(start, end - start).IndexOfAnyExcept(" \t\r\n"u8);
            Pass(space < 0 ? end - start : space);
            if (space >= 0) return buffer[start];
            if (!Fill(start)) return -1;
        }
    }

    /// <summary>Passes over the next character if it is this one.</summary>
    public bool TryTake(char mark)
    {
        if (Peek() != mark) return false;
        Pass(1);
        return true;
    }

    /// <summary>Passes over the next value, however long it is; false where the file ends in it.</summary>
    public bool TrySkip()
    {
        int length = Measure(keeps: false, "");
        if (length < 0) return false;
        Pass(length);
        return true;
    }

    /// <summary>The next value.</summary>
    /// <param name="what">What it is, for messages, such as "object 3".</param>
    /// <exception cref="GraftException">It is not valid, too long, or not whole; the message says where.</exception>
    public JsonElement Value(string what)
    {
        Peek();
        int line = Line, length = Measure(keeps: true, what);
        if (length < 0) throw new GraftException($"'{file}' ends within {what}, which begins in line {line:N0}. Write it anew.");
        ReadOnlyMemory<byte> bytes = buffer.AsMemory(start, length);
        if (Invalid(bytes.Span) is >= 0 and var bad)
            throw new GraftException($"'{file}', line {line + bytes.Span[..bad].Count((byte)'\n'):N0}: {what} is not UTF-8 after '{Excerpt(bytes.Span[Math.Max(0, bad - Quoted)..bad])}'. Save the file in UTF-8.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement value = document.RootElement.Clone();
            Pass(length);
            return value;
        }
        catch (JsonException e)
        {
            throw NotValid(what, bytes.Span, line, e);
        }
    }

    /// <summary>The sentence about what is there instead of what should be.</summary>
    public GraftException Unexpected(string wanted)
    {
        int next = Peek();
        if (next < 0) return new GraftException($"'{file}' ends in line {Line:N0}, where {wanted} should be. Write it anew.");
        ReadOnlySpan<byte> rest = buffer.AsSpan(start, end - start);
        int stop = rest.IndexOfAny("\r\n"u8);
        return new GraftException($"'{file}', line {Line:N0}: '{Excerpt(stop < 0 ? rest : rest[..stop])}' stands where {wanted} should be. Correct it.");
    }

    /// <summary>A text.</summary>
    /// <param name="read">Takes it from its element.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="GraftException">It has half a character in it.</exception>
    public static string Text(Func<string> read, Func<string> what)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw new GraftException($"{what()} has half of a character in it: a surrogate (\\uD800 to \\uDFFF) without its other half. Correct it.", e);
        }
    }

    private GraftException NotValid(string what, ReadOnlySpan<byte> bytes, int line, JsonException e)
    {
        ReadOnlySpan<byte> rest = bytes;
        for (long i = e.LineNumber ?? 0; i > 0 && rest.IndexOf((byte)'\n') is >= 0 and var next; i--) rest = rest[(next + 1)..];
        rest = rest[(int)Math.Min(rest.Length, e.BytePositionInLine ?? 0)..];
        int stop = rest.IndexOfAny("\r\n"u8);
        string near = Excerpt(stop < 0 ? rest : rest[..stop]);
        return new GraftException($"'{file}', line {line + (e.LineNumber ?? 0):N0}: {what} is not valid JSON{(near.Length > 0 ? $" at '{near}'" : "")}. Correct it.", e);
    }

    private static string Excerpt(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 4 * Quoted)]);
        return text.Length > Quoted ? text[..Quoted] + "..." : text;
    }

    private static int Invalid(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return -1;
        int place = 0;
        while (Rune.DecodeFromUtf8(bytes[place..], out _, out int consumed) == OperationStatus.Done) place += consumed;
        return place;
    }

    // JSON begins with a character of ASCII.
    private static UnicodeEncoding? Wide(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        [0xFE, 0xFF, ..] or [0, not 0, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
        _ => null,
    };

    private void Pass(int length)
    {
        Line += buffer.AsSpan(start, length).Count((byte)'\n');
        start += length;
    }

    /// <summary>How long the next value is; -1 where the file ends in it. What is not to be kept is passed over but for its end.</summary>
    private int Measure(bool keeps, string what)
    {
        int first = Peek();
        if (first < 0) return -1;
        int place = start, depth = 0;
        bool isText = false;
        while (true)
        {
            if (place == end)
            {
                if (More(ref place, keeps, what)) continue;
                return first is '{' or '[' or '"' ? -1 : place - start;
            }

            ReadOnlySpan<byte> rest = buffer.AsSpan(place, end - place);
            if (isText)
            {
                int mark = rest.IndexOfAny(TextMarks);
                if (mark < 0)
                {
                    place = end;
                    continue;
                }

                // What is escaped may lie behind the piece.
                if (rest[mark] == '\\' && mark + 1 == rest.Length)
                {
                    place += mark;
                    if (!More(ref place, keeps, what)) return -1;
                    continue;
                }

                place += mark + (rest[mark] == '\\' ? 2 : 1);
                isText = rest[mark] == '\\';
                if (!isText && depth == 0) return place - start;
            }
            else if (first is '{' or '[' or '"')
            {
                int mark = rest.IndexOfAny(Marks);
                place = mark < 0 ? end : place + mark + 1;
                if (mark < 0) continue;
                isText = rest[mark] == '"';
                depth += rest[mark] is (byte)'{' or (byte)'[' ? 1 : isText ? 0 : -1;
                if (keeps && depth > MostLevels) throw new GraftException($"'{file}', line {Line:N0}: {what} is nested deeper than {MostLevels} levels. In a list it is flat.");
                if (!isText && depth <= 0) return place - start;
            }
            else
            {
                int mark = rest.IndexOfAny(",]} \t\r\n"u8);
                place = mark < 0 ? end : place + mark;
                if (mark >= 0) return place - start;
            }
        }
    }

    // Reads on where a piece ends in the middle.
    private bool More(ref int place, bool keeps, string what)
    {
        if (!keeps) Pass(place - start);
        int read = place - start;
        if (read > longest) throw new GraftException($"'{file}', line {Line:N0}: {what} is longer than {longest >> 20} MiB. A list has a short object for each image; is this the right file?");
        bool isMore = Fill(start);
        place = start + read;
        return isMore;
    }

    /// <summary>Reads another piece behind what is kept from a place on; false at the end of the file.</summary>
    private bool Fill(int from)
    {
        cancel.ThrowIfCancellationRequested();
        int kept = end - from;
        if (kept + Piece > buffer.Length) Array.Resize(ref buffer, Math.Max(2 * buffer.Length, kept + Piece));
        buffer.AsSpan(from, kept).CopyTo(buffer);
        (start, end) = (0, kept);
        int read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}
