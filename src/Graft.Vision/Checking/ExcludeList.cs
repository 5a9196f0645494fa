using System.Text;
using Graft.Formats;

namespace Graft.Vision.Checking;

/// <summary>An image to leave out.</summary>
/// <param name="Path">Its path from the folder of images, with slashes.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record ExcludedImage(string Path, string Reason);

/// <summary>Lists of images to leave out, as files: CSV with the columns <c>path</c> and <c>reason</c>.</summary>
public static class ExcludeList
{
    private const string Header = "path";

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
    public static byte[] ToBytes(IEnumerable<ExcludedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        StringBuilder text = new($"{Header},reason\n");
        foreach (ExcludedImage image in images) text.Append(Quoted(image.Path)).Append(',').Append(Quoted(image.Reason)).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads the paths of a list: of CSV with a column <c>path</c> in its first line, what is in that column; of any other text, each line that is not empty.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="GraftException">There is no such file, or a quotation mark in it is never closed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'. A list of images to leave out is text with a path on each line, or CSV with a column '{Header}'.");
        string text = File.ReadAllText(path);
        string first = text.Split('\n', 2)[0].Trim();
        int column = Array.FindIndex(first.Split(','), name => name.Trim().Trim('"').Equals(Header, StringComparison.OrdinalIgnoreCase));
        return column < 0
            ? [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)]
            : [.. Records(text, path).Skip(1).Where(record => record.Count > column).Select(record => record[column]).Where(name => name.Length > 0)];
    }

    private static string Quoted(string value) => value.AsSpan().ContainsAny(",\"\n\r") || value != value.Trim() ? $"\"{value.Replace("\"", "\"\"")}\"" : value;

    // RFC 4180.
    private static IEnumerable<List<string>> Records(string text, string path)
    {
        List<string> record = [];
        StringBuilder field = new();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (isQuoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else isQuoted = false;
            }
            else if (c == '"' && field.Length == 0)
            {
                isQuoted = true;
            }
            else if (c is ',' or '\n')
            {
                record.Add(field.ToString().TrimEnd('\r'));
                field.Clear();
                if (c == ',') continue;
                yield return record;
                record = [];
            }
            else
            {
                field.Append(c);
            }
        }

        if (isQuoted) throw new GraftException($"'{path}' has a quotation mark that is never closed. Quotation marks within a value are written twice.");
        record.Add(field.ToString().TrimEnd('\r'));
        yield return record;
    }
}
