using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Graft.Studies.Output;

/// <summary>
/// What a study has measured so far, a line for each piece of its work, so that one that was stopped goes on. The first line is what it was run with; a file of other settings is begun anew, and so is the
/// last line where it was cut short.
/// </summary>
internal sealed class PartFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Dictionary<string, Row[]> kept = [];
    private readonly Lock gate = new();
    private readonly FileStream file;

    /// <summary>Reads what is there and goes on behind it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">Everything that the numbers depend on, on one line.</param>
    /// <exception cref="IOException">It cannot be written, or another process writes it.</exception>
    public PartFile(string path, string settings)
    {
        Path = path;
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int end = 0;
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, Array.LastIndexOf(bytes, (byte)'\n') + 1).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (end == 0 ? line != settings : !Add(line)) break;
            end += Encoding.UTF8.GetByteCount(line) + 1;
        }

        file.SetLength(end);
        file.Position = end;
        if (end == 0) Write(settings);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many pieces are in it.</summary>
    public int Count
    {
        get
        {
            lock (gate) return kept.Count;
        }
    }

    /// <summary>A file or folder as it is now, in words: another content is another text.</summary>
    public static string Identity(string path) => File.Exists(path) || Directory.Exists(path) ? $"{System.IO.Path.GetFullPath(path)} of {File.GetLastWriteTimeUtc(path):O}" : path;

    /// <summary>What was measured of a piece; null where it was not yet.</summary>
    /// <param name="piece">The piece's name.</param>
    public IReadOnlyList<Row>? Find(string piece)
    {
        lock (gate) return kept.GetValueOrDefault(piece);
    }

    /// <summary>Keeps what was measured of a piece.</summary>
    public void Add(string piece, Row[] rows)
    {
        lock (gate)
        {
            kept[piece] = rows;
            Write(JsonSerializer.Serialize(new Part(piece, rows), Json));
        }
    }

    /// <summary>Ends it: the study has its table.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private bool Add(string line)
    {
        try
        {
            if (JsonSerializer.Deserialize<Part>(line, Json) is not { Piece: { } piece, Rows: { } rows }) return false;
            kept[piece] = rows;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Write(string line)
    {
        file.Write(Encoding.UTF8.GetBytes($"{line}\n"));
        file.Flush(flushToDisk: true);
    }

    private sealed record Part(string Piece, Row[] Rows);
}
