using System.Text;
using Graft.Formats;
using Graft.Vision.Lists;

namespace Graft.Vision.Checking;

/// <summary>An image to leave out.</summary>
/// <param name="Path">Its path from the folder of images, with slashes.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record ExcludedImage(string Path, string Reason);

/// <summary>Lists of images to leave out, as files: CSV with the columns <c>path</c> and <c>reason</c>.</summary>
public static class ExcludeList
{
    private const string Header = "path", Layout = $"A list of images to leave out is text with a path on each line, or CSV with a column '{Header}'.";
    private const int LargestFile = 256 << 20, LongestRow = 1 << 20;

    /// <summary>
    /// What to leave out after a check: of copies all but one, which is one to judge by if there are such, and otherwise the one whose label the other images believe most,
    /// and of equals the one that is not blurred, has the most pixels and is the sharpest; images whose labels are
    /// disputed; empty and unreadable ones. What is tiny, blurred or odd, or has a number far from what is expected, may be what it should be, and is not in it.
    /// </summary>
    /// <param name="result">What was found.</param>
    public static IReadOnlyList<ExcludedImage> Of(CheckResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Dictionary<string, ExcludedImage> excluded = new(StringComparer.Ordinal);
        Dictionary<CheckedImage, int> places = new(result.Images.Count);
        for (int i = 0; i < result.Images.Count; i++) places.Add(result.Images[i], i);
        ImageGroups groups = new(result.Images.Count);
        foreach (ExactCopies copies in result.Exact)
        {
            foreach (CheckedImage image in copies.Images) groups.Join(places[copies.Images[0]], places[image]);
        }

        foreach (NearCopies pair in result.Near.Concat(result.Mirrored)) groups.Join(places[pair.First], places[pair.Second]);
        double[] doubts = new double[result.Images.Count];
        foreach (LabelSuspect suspect in result.Ranking) doubts[places[suspect.Image]] = suspect.Score;
        HashSet<CheckedImage> blurred = [.. result.Blurred];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, doubts.Length).GroupBy(groups.First).Where(group => group.Skip(1).Any()))
        {
            int[] members =
            [
                .. group.OrderByDescending(i => result.Images[i].IsHeldOut).ThenBy(i => doubts[i]).ThenBy(i => blurred.Contains(result.Images[i]))
                    .ThenByDescending(i => (long)result.Images[i].Width * result.Images[i].Height).ThenByDescending(i => result.Images[i].Sharpness).ThenBy(i => i),
            ];
            foreach (int i in members[1..]) Add(result.Images[i].Name, $"a copy of {result.Images[members[0]].Name}");
        }

        if (result.Task != ModelTask.Regress)
        {
            foreach (LabelSuspect suspect in result.Suspects) Add(suspect.Image.Name, $"labelled {suspect.Label}, the others say {suspect.Suggested}");
        }

        foreach (CheckedImage image in result.Empty) Add(image.Name, "nearly one colour");
        foreach (SkippedImage image in result.Unreadable) Add(image.Path, image.Reason);
        return [.. excluded.Values.OrderBy(image => image.Path, StringComparer.Ordinal)];

        void Add(string path, string reason) => excluded.TryAdd(path, new ExcludedImage(path, reason));
    }

    /// <summary>Writes a list, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">What to leave out.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<ExcludedImage> images)
    {
        byte[] content = ToBytes(images);
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>The content of the file of a list.</summary>
    /// <param name="images">What to leave out.</param>
    internal static byte[] ToBytes(IEnumerable<ExcludedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        StringBuilder text = new($"{Header},reason\n");
        foreach (ExcludedImage image in images) text.Append(Quoted(image.Path)).Append(',').Append(Quoted(image.Reason)).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads the paths of a list: of a table with a column <c>path</c>, <c>file</c>, <c>image</c> or the like in its first row, what is in that column; of any other text, each line that is not empty.</summary>
    /// <param name="path">The file, or a pipe.</param>
    /// <exception cref="GraftException">There is no such file, it is not text, it is too large, or a quotation mark in it is never closed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'. {Layout}");
        byte[] content = Content(path);
        if (content.Length == 0) return [];
        CsvDialect dialect = CsvDialect.Detect(path, content.AsSpan(0, Math.Min(content.Length, CsvDialect.Looked)), "image");
        RequireText(path, content, dialect);
        return Column(path, content, dialect) ?? Lines(content, dialect);
    }

    private static string Quoted(string value) => value.AsSpan().ContainsAny(",\"\n\r") || value != value.Trim() ? $"\"{value.Replace("\"", "\"\"")}\"" : value;

    // A pipe is read once, and what has no end must not be read to it.
    private static byte[] Content(string path)
    {
        using FileStream file = File.OpenRead(path);
        using MemoryStream content = new();
        byte[] piece = new byte[CsvDialect.Looked];
        for (int read; (read = file.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false)) > 0; content.Write(piece, 0, read))
        {
            // What is no text says so at its beginning.
            if (content.Length == 0) CsvDialect.Detect(path, piece.AsSpan(0, read), "image");
            if (content.Length + read > LargestFile) throw new GraftException($"'{path}' has more than {LargestFile >> 20} MiB. {Layout}");
        }

        return content.ToArray();
    }

    private static void RequireText(string path, byte[] content, CsvDialect dialect)
    {
        using StreamReader reader = Open(content, dialect);
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Contains('\0')) throw new GraftException($"'{path}', row {number}: there is a zero byte, which text does not have. Write the file anew, without it.");
        }
    }

    /// <summary>The paths of a table; null where its first row names no column of paths.</summary>
    private static List<string>? Column(string path, byte[] content, CsvDialect dialect)
    {
        int column = -1;
        List<string> paths = [];
        try
        {
            using CsvRows csv = new(Open(content, dialect), Path.GetFileName(path), dialect, LongestRow);
            while (csv.Read())
            {
                if (column < 0)
                {
                    string[] names = csv.Trimmed();
                    if (names.All(name => name.Length == 0)) continue;
                    column = ListColumns.PathNames.Select(known => Array.FindIndex(names, name => name.Equals(known, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(found => found >= 0, -1);
                    if (column < 0) return null;
                }
                else if (csv.Count > column && csv[column] is { Length: > 0 } name)
                {
                    paths.Add(name.ToString());
                }
            }
        }
        catch (GraftException) when (column < 0)
        {
            // A name may begin with a quotation mark.
            return null;
        }

        return column < 0 ? null : paths;
    }

    private static List<string> Lines(byte[] content, CsvDialect dialect)
    {
        using StreamReader reader = Open(content, dialect);
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line)) lines.Add(line.Trim());
        }

        return lines;
    }

    private static StreamReader Open(byte[] content, CsvDialect dialect) => new(new MemoryStream(content), dialect.Encoding, detectEncodingFromByteOrderMarks: true);
}
