using System.Text.Json;

namespace Graft.Vision.Lists;

/// <summary>
/// COCO's annotations (Lin et al. 2014): one JSON object with <c>images</c>, <c>categories</c> and <c>annotations</c>. Labels of an image are the names of the categories of its annotations; where they are does not count.
/// Images lie in the file's folder, in <c>images</c> beside it, or in a folder named after the file, beside it or beside its folder.
/// </summary>
internal sealed class CocoList : IImageList
{
    private const string Annotations = "annotations", Beside = "_annotations.coco.json";
    private const long LongestFile = 1L << 30;
    private const int MostNamed = 3;

    private readonly List<(string Path, string Labels)> rows = [];

    private CocoList(string path, JsonElement root)
    {
        Dictionary<long, string> categories = [], files = [];
        Dictionary<long, SortedSet<string>> labels = [];
        string file = Path.GetFileName(path);
        foreach (JsonElement category in root.GetProperty("categories").EnumerateArray()) categories[Id(file, category, "id")] = Name(file, category, "name").Replace(ListCells.Apart, ',');
        foreach (JsonElement image in root.GetProperty("images").EnumerateArray())
        {
            long id = Id(file, image, "id");
            (files[id], labels[id]) = (Name(file, image, "file_name"), new SortedSet<string>(StringComparer.Ordinal));
        }

        foreach (JsonElement annotation in root.GetProperty("annotations").EnumerateArray())
        {
            if (!labels.TryGetValue(Id(file, annotation, "image_id"), out SortedSet<string>? of)) throw new GraftException($"'{file}' has an annotation of the image {annotation.GetProperty("image_id")}, which is not among its images.");
            if (!categories.TryGetValue(Id(file, annotation, "category_id"), out string? category)) throw new GraftException($"'{file}' has an annotation of the category {annotation.GetProperty("category_id")}, which is not among its categories.");
            of.Add(category);
        }

        string folder = Folder(path, files.Values.FirstOrDefault(""));
        foreach ((long id, string name) in files.OrderBy(image => image.Key)) rows.Add((Path.Combine(folder, name), string.Join(ListCells.Apart, labels[id])));
    }

    public IReadOnlyList<string> Columns { get; } = ["path", "labels"];

    public string LabelsFrom => "the categories of its annotations";

    /// <summary>Refuses a folder that is as COCO is downloaded: which of its files is meant, nobody can know.</summary>
    /// <exception cref="GraftException">It is one; the message names the files.</exception>
    public static void RequireFile(string folder)
    {
        if (!Directory.Exists(folder) || FilesIn(folder) is not { Length: > 0 } files) return;
        string others = files.Length > 1 ? $" There {Amount.Word(files.Length - 1, "is", "are")} also {string.Join(", ", files.Skip(1).Take(MostNamed).Select(file => $"'{file}'"))}{(files.Length > MostNamed + 1 ? ", ..." : "")}." : "";
        throw new GraftException($"'{folder}' is a folder of COCO's layout; its labels are in a file. Name it: '{files[0]}'.{others}");
    }

    // In annotations, or as Roboflow writes them beside each part's images; those to learn from first.
    private static string[] FilesIn(string folder)
    {
        string annotations = Path.Combine(folder, Annotations);
        IEnumerable<string> files = Directory.Exists(annotations) ? Directory.EnumerateFiles(annotations, "instances_*.json") : [];
        files = files.Concat(Directory.EnumerateDirectories(folder).Prepend(folder).Select(part => Path.Combine(part, Beside)).Where(File.Exists));
        return [.. files.OrderByDescending(file => file.Contains("train", StringComparison.OrdinalIgnoreCase)).ThenBy(file => file, StringComparer.Ordinal)];
    }

    /// <summary>The name of the set that a file of annotations is of, by its own name and place; null where they are not COCO's.</summary>
    public static string? SetOf(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        string name = Path.GetFileName(file) == Beside ? Path.GetFileName(folder) : Path.GetFileName(folder) == Annotations ? Path.GetFileName(Path.GetDirectoryName(folder) ?? "") : "";
        return name.Length > 0 ? name : null;
    }

    /// <summary>The annotations of a file that has COCO's three parts; null of any other.</summary>
    /// <exception cref="GraftException">It has them, and they do not fit each other.</exception>
    public static CocoList? Find(string path)
    {
        byte[] head = new byte[1 << 16];
        int length;
        using FileStream stream = File.OpenRead(path);
        length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> text = head.AsSpan(0, length).TrimStart("\u00ef\u00bb\u00bf \r\n\t"u8);
        if (text.IsEmpty || text[0] != (byte)'{' || stream.Length > LongestFile) return null;
        stream.Position = 0;
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 32 });
            JsonElement root = document.RootElement;
            return ((string[])["images", "categories", "annotations"]).All(part => root.TryGetProperty(part, out JsonElement value) && value.ValueKind == JsonValueKind.Array) ? new CocoList(path, root) : null;
        }
        catch (JsonException)
        {
            // An object a line is no JSON as a whole: who reads lines says what is wrong with it.
            return null;
        }
    }

    public IEnumerable<(int Number, string[] Cells)> Rows() => rows.Select((row, i) => (i + 1, (string[])[row.Path, row.Labels]));

    private static long Id(string file, JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long id)
        ? id
        : throw new GraftException($"'{file}' is no COCO file: an entry has no whole number '{name}'.");

    private static string Name(string file, JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new GraftException($"'{file}' is no COCO file: an entry has no text '{name}'.");

    private static string Folder(string path, string first)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(path))!, name = Path.GetFileNameWithoutExtension(path), part = name[(name.IndexOf('_') + 1)..];
        string above = Path.GetDirectoryName(own) ?? own;
        string[] places = [own, Path.Combine(own, "images"), Path.Combine(own, name), Path.Combine(own, part), Path.Combine(above, "images"), Path.Combine(above, name), Path.Combine(above, part), Path.Combine(above, "images", part)];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(place, first))) ?? own;
    }
}
