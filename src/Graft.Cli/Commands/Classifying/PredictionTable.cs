using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Graft.Cli.Output;
using Graft.Cli.TableFiles.Files;
using Graft.Formats;
using Graft.Readouts;
using Graft.Vision;

namespace Graft.Cli.Commands.Classifying;

/// <summary>
/// Predictions as a table that a killed command goes on with: rows are appended to a file beside the table, whose first line says of what they are, and which becomes the table when it is whole.
/// </summary>
internal sealed class PredictionTable : IDisposable
{
    private const string Unfinished = ".unfinished", Beginning = "# graft predict ", PathColumn = "path", ErrorColumn = "error";
    private const int RowsBetweenFlushes = 64;

    private readonly string path;
    private readonly Model model;
    private readonly IReadOnlyList<string> labels;
    private readonly int top;
    private readonly FileStream rows;

    private PredictionTable(string path, Model model, IReadOnlyList<string> labels, int top, FileStream rows, int done) =>
        (this.path, this.model, this.labels, this.top, this.rows, Done) = (path, model, labels, top, rows, done);

    /// <summary>How many rows there are.</summary>
    public int Done { get; private set; }

    /// <summary>Opens a table: anew, or where a command of the same model and images was stopped.</summary>
    /// <param name="path">The table.</param>
    /// <param name="model">The model.</param>
    /// <param name="labels">The names of its outputs.</param>
    /// <param name="images">The images.</param>
    /// <param name="top">How many classes a row has.</param>
    /// <param name="way">What else the rows depend on.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="GraftException">Rows of another command are there.</exception>
    public static PredictionTable Open(string path, Model model, IReadOnlyList<string> labels, PredictImages images, int top, string way)
    {
        OutputFile.RequireWritable(path, "--out-table");
        OutputFile.RequireReplaceable(path, "--out-table", $"{PathColumn},", $",{ErrorColumn}", "table of predictions");
        string identity = $"{Beginning}{Identity(model, images, top, way)}\n";
        RequireUnfinished(path + Unfinished);
        FileStream rows = new(path + Unfinished, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            (string first, long end, int done) = Whole(rows);
            if (first.Length > 0 && !first.StartsWith(Beginning, StringComparison.Ordinal)) throw Foreign(path + Unfinished);
            if (done >= 0 && first != identity)
                throw new GraftException($"'{path}{Unfinished}' has rows of other images or of another model, from a command that was stopped. Remove it, or name another table.");
            if (done < 0) (end, done) = (0, 0);
            rows.SetLength(end);
            rows.Position = end;
            PredictionTable table = new(path, model, labels, top, rows, done);
            if (end == 0) table.Write(identity + table.Header());
            return table;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Appends a row.</summary>
    /// <param name="image">What the image is called.</param>
    /// <param name="output">What the network gave; null where it cannot be used.</param>
    /// <param name="error">Why not.</param>
    public void Add(string image, float[]? output, string? error)
    {
        List<string> cells = [CsvText.Cell(image)];
        if (output is null) cells.AddRange(Enumerable.Repeat("", Names().Length));
        else if (model.Task == ModelTask.Regress) cells.AddRange(ImageRegressor.Values(model, output).SelectMany(Cells));
        else if (model.Task == ModelTask.MultiLabel) cells.AddRange(Labels(output));
        else cells.AddRange(ImageClassifier.Rank(model, output).Take(top).SelectMany(prediction => (string[])[CsvText.Cell(prediction.Label), Cell(prediction.Probability)]));
        cells.Add(CsvText.Cell(error ?? ""));
        Write(string.Join(',', cells) + "\n");
        if (++Done % RowsBetweenFlushes == 0) rows.Flush();
    }

    /// <summary>The labels that an image is given, in the order in which the model has them.</summary>
    /// <param name="all">What was predicted of each.</param>
    /// <param name="labels">The model's labels.</param>
    public static string[] Given(IReadOnlyList<Prediction> all, IReadOnlyList<string> labels)
    {
        HashSet<string> given = [.. all.Where(prediction => prediction.IsGiven).Select(prediction => prediction.Label)];
        return [.. labels.Where(given.Contains)];
    }

    /// <summary>Makes the table of the rows.</summary>
    public void Finish()
    {
        rows.Flush();
        rows.Position = 0;
        while (rows.ReadByte() is not ('\n' or -1))
        {
            // What the rows are of is no part of the table.
        }

        AtomicFile.Write(path, rows.CopyTo);
        rows.Dispose();
        File.Delete(path + Unfinished);
    }

    public void Dispose() => rows.Dispose();

    /// <summary>The first line, and where the last whole row ends: a killed command may have left a part of one.</summary>
    private static (string First, long End, int Rows) Whole(FileStream file)
    {
        // Not closed: the file beneath is written to afterwards.
        BufferedStream stream = new(file, 1 << 16);
        file.Position = 0;
        StringBuilder first = new();
        (long end, int lines, bool isQuoted, long at) = (0, 0, false, 0);
        for (int next; (next = stream.ReadByte()) >= 0;)
        {
            at++;
            if (lines == 0 && first.Length < 200) first.Append((char)next);
            isQuoted ^= next == '"';
            if (next == '\n' && !isQuoted) (end, lines) = (at, lines + 1);
        }

        // The line of the identity and the names of columns come first; without both there is no table yet.
        return (first.ToString(), end, lines < 2 ? -1 : lines - 2);
    }

    private static void RequireUnfinished(string path)
    {
        if (FileKinds.Of(path) is not (FileKind.None or FileKind.Regular) || new FileInfo(path).LinkTarget is not null) throw Foreign(path);
    }

    private static GraftException Foreign(string path) => new($"'{path}' is there and is none of Graft's: rows are kept under that name until the table is whole. Move it away, or name another table.");

    private static string Identity(Model model, PredictImages images, int top, string way)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using MemoryStream file = new();
        ModelFile.Save(model, file);
        hash.AppendData(file.GetBuffer().AsSpan(0, (int)file.Length));
        foreach (string image in images.Paths) hash.AppendData(Encoding.UTF8.GetBytes(images.Identity(image) + "\n"));
        hash.AppendData(Encoding.UTF8.GetBytes($"{top} {way}"));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private string Header() => string.Join(',', (string[])[PathColumn, .. Names().Select(CsvText.Cell), ErrorColumn]) + "\n";

    private string[] Names()
    {
        return model.Task switch
        {
            ModelTask.Regress => [.. labels.SelectMany(name => model.Margins.IsEmpty ? (string[])[name] : [name, $"{name} low", $"{name} high"])],
            ModelTask.MultiLabel => ["labels", .. labels],
            _ => [.. Enumerable.Range(1, Math.Min(top, labels.Count)).SelectMany(i => i == 1 ? (string[])["label", "probability"] : [$"label {i}", $"probability {i}"])],
        };
    }

    private static IEnumerable<string> Cells(PredictedValue value) => value is { Low: { } low, High: { } high }
        ? [Cell(value.Value), Cell(low), Cell(high)]
        : [Cell(value.Value)];

    // As few digits as tell the number apart.
    private static string Cell(float number) => CsvText.Cell(double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private string[] Labels(float[] output) =>
    [
        CsvText.Cell(string.Join(';', Given(ImageClassifier.Rank(model, output), labels))),
        .. Probabilities.Sigmoid(output).Select(Cell),
    ];

    private void Write(string text) => rows.Write(Encoding.UTF8.GetBytes(text));
}
