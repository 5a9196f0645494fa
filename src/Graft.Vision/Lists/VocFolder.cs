using System.Xml;
using Graft.Vision.Decoding;

namespace Graft.Vision.Lists;

/// <summary>
/// Pascal VOC's layout (Everingham et al. 2010): <c>JPEGImages</c>, a file of XML for each image in <c>Annotations</c>, and <c>ImageSets/Main/train.txt</c>, <c>val.txt</c> and <c>test.txt</c>. Labels of an image are the names of the
/// objects in it; where they are does not count.
/// </summary>
internal sealed class VocFolder : IImageList
{
    private const string Annotations = "Annotations", Images = "JPEGImages";
    private const long LongestFile = 16 << 20;
    private const int Head = 1 << 12;

    private static readonly string[] Parts = ["train", "val", "test"];

    private readonly string root;
    private readonly CancellationToken cancel;
    private readonly List<string> remarks = [];

    private VocFolder(string root, CancellationToken cancel) => (this.root, this.cancel) = (Path.GetFullPath(root), cancel);

    public IReadOnlyList<string> Columns { get; } = ["path", "labels", "split"];

    public string LabelsFrom => "the names of its objects";

    public IEnumerable<string> Remarks => remarks;

    /// <summary>Whether a folder has both of VOC's folders.</summary>
    public static bool IsOne(string path) => Directory.Exists(Path.Combine(path, Annotations)) && Directory.Exists(Path.Combine(path, Images));

    /// <summary>The annotations of a folder that has both of VOC's; null of any other.</summary>
    public static VocFolder? Find(string path, CancellationToken cancel) => IsOne(path) ? new VocFolder(path, cancel) : null;

    /// <summary>A row for each image, and one for each part that it is in, where these are several.</summary>
    public IEnumerable<(int Number, ListCell[] Cells)> Rows()
    {
        int number = 0;
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(root, Annotations), "*.xml").Order(StringComparer.Ordinal)];
        Dictionary<string, List<string>> parts = PartsOf([.. files.Select(file => Path.GetFileNameWithoutExtension(file)!)]);
        Dictionary<string, string> images = Directory.EnumerateFiles(Path.Combine(root, Images)).Where(ImageFormats.IsImage).GroupBy(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Order(StringComparer.Ordinal).First(), StringComparer.Ordinal);
        foreach (string file in files)
        {
            cancel.ThrowIfCancellationRequested();
            number++;
            string name = Path.GetFileNameWithoutExtension(file);
            string image = images.GetValueOrDefault(name) ?? Path.Combine(root, Images, name + ".jpg");
            ListCell labels = ListCell.Of(Labels(file));
            foreach (string part in parts.GetValueOrDefault(name) ?? [""]) yield return (number, [image, labels, part]);
        }
    }

    /// <summary>The parts that lists of names put images into; what does not fit is remarked.</summary>
    private Dictionary<string, List<string>> PartsOf(HashSet<string> names)
    {
        Dictionary<string, List<string>> parts = new(StringComparer.Ordinal);
        List<string> unknown = [], lists = [];
        remarks.Clear();
        foreach (string part in Parts)
        {
            string list = Path.Combine(root, "ImageSets", "Main", part + ".txt");
            if (!File.Exists(list)) continue;
            lists.Add($"{part}.txt");
            foreach (string line in File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0))
            {
                if (Known(line, names) is not { } name)
                {
                    unknown.Add(ListCells.Short(line));
                    continue;
                }

                if (!parts.TryGetValue(name, out List<string>? of)) parts.Add(name, of = []);
                if (!of.Contains(part)) of.Add(part);
            }
        }

        string folder = Path.GetFileName(root);
        if (unknown.Count > 0) remarks.Add($"{Amount.Of(unknown.Count, "line")} of {string.Join(", ", lists)} in '{folder}/ImageSets/Main' {Amount.Word(unknown.Count, "names", "name")} no image with a file in '{Annotations}', such as '{unknown[0]}'.");
        if (lists.Count > 0 && names.Count > parts.Count) remarks.Add($"{Amount.Of(names.Count - parts.Count, "image")} of '{folder}' {Amount.Word(names.Count - parts.Count, "is", "are")} in none of {string.Join(", ", lists)}, such as '{names.Where(name => !parts.ContainsKey(name)).Min(StringComparer.Ordinal)}', and learned from.");
        return parts;
    }

    // Alone, as VOC writes it; or with its file's ending, its folder, or a number behind it.
    private static string? Known(string line, HashSet<string> names)
    {
        string first = line.Split((char[]?)null, 2)[0];
        return Array.Find([line, first, Path.GetFileNameWithoutExtension(line), Path.GetFileNameWithoutExtension(first.Replace('\\', '/'))], names.Contains);
    }

    private static SortedSet<string> Labels(string file)
    {
        SortedSet<string> labels = new(StringComparer.Ordinal);
        try
        {
            using XmlReader reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = LongestFile });
            int depth = -1;
            for (bool isMore = reader.Read(); isMore;)
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "object" })
                {
                    depth = reader.IsEmptyElement ? -1 : reader.Depth;
                }
                else if (reader is { NodeType: XmlNodeType.EndElement, LocalName: "object" })
                {
                    depth = -1;
                }
                else if (reader is { NodeType: XmlNodeType.Element, LocalName: "name" } && reader.Depth == depth + 1 && depth >= 0)
                {
                    // Parts of an object have names, too, one level deeper.
                    // It stands behind the name's end then.
                    labels.Add(reader.ReadElementContentAsString().Trim());
                    isMore = !reader.EOF;
                    continue;
                }

                isMore = reader.Read();
            }
        }
        catch (XmlException e)
        {
            throw new GraftException($"'{file}' cannot be read: {Reason(file, e)} Correct it, or move it away.", e);
        }

        return labels;
    }

    private static string Reason(string file, XmlException e)
    {
        if (new FileInfo(file).Length == 0) return "it is empty.";
        if (new FileInfo(file).Length > LongestFile) return $"it is longer than {LongestFile >> 20} MiB.";
        using StreamReader reader = new(file);
        char[] head = new char[Head];
        return head.AsSpan(0, reader.ReadBlock(head)).Contains("<!DOCTYPE", StringComparison.Ordinal)
            ? "it has a document type (<!DOCTYPE>), which may pull in other files and is not read."
            : $"it is not well-formed XML in line {e.LineNumber:N0}, at character {e.LinePosition:N0}.";
    }
}
