using System.Text.Json;

namespace Graft.Vision.Lists;

/// <summary>
/// COCO's annotations (Lin et al. 2014): one JSON object with <c>images</c>, <c>categories</c> and <c>annotations</c>. Labels of an image are the names of the categories of its annotations; where they are does not count.
/// Images lie in the file's folder, in <c>images</c> beside it, or in a folder named after the file, beside it or beside its folder.
/// </summary>
internal sealed class CocoList : IImageList
{
    private const string Annotations = "annotations", Images = "images", Categories = "categories", Beside = "_annotations.coco.json";

    // An annotation may have a long outline.
    private const int LongestEntry = 1 << 24;
    private const int MostNamed = 3;

    private readonly string file;
    private readonly Dictionary<long, string> categories = [];
    private readonly Dictionary<long, (string Name, int Entry)> files = [];
    private readonly Dictionary<long, SortedSet<string>> labels = [];
    private readonly List<(string Path, SortedSet<string> Labels)> rows = [];
    private readonly CancellationToken cancel;

    private CocoList(string path, CancellationToken cancel)
    {
        (file, this.cancel) = (Path.GetFileName(path), cancel);
        List<(int Entry, long Image, long Category)> annotations = [];
        foreach ((string part, int number, JsonElement entry) in Entries(path))
        {
            if (part == Annotations) annotations.Add((number, Id(part, number, entry, "image_id"), Id(part, number, entry, "category_id")));
            else if (part == Images) AddImage(number, entry);
            else AddCategory(number, entry);
        }

        foreach ((int number, long image, long category) in annotations)
        {
            if (!labels.TryGetValue(image, out SortedSet<string>? of)) throw new GraftException($"'{file}' has an annotation (entry {number:N0}) of the image {image}, which is not among its images.");
            of.Add(categories.TryGetValue(category, out string? name) ? name : throw new GraftException($"'{file}' has an annotation (entry {number:N0}) of the category {category}, which is not among its categories."));
        }

        string folder = Folder(path, files.Values.Select(image => image.Name).FirstOrDefault(""));
        foreach ((long id, (string name, _)) in files.OrderBy(image => image.Key)) rows.Add((Path.Combine(folder, name), labels[id]));
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
    public static CocoList? Find(string path, CancellationToken cancel)
    {
        using JsonPieces json = new(path, LongestEntry, cancel);
        HashSet<string> parts = [];
        if (!json.TryTake('{')) return null;
        while (json.Peek() == '"')
        {
            JsonElement name = json.Value("a name");
            if (!json.TryTake(':')) break;
            if (json.Peek() == '[' && PartOf(name) is { } part) parts.Add(part);
            if (parts.Count == 3) return new CocoList(path, cancel);

            // An object a line is no JSON as a whole: who reads lines says what is wrong with it.
            if (!json.TrySkip() || !json.TryTake(',')) break;
        }

        return null;
    }

    public IEnumerable<(int Number, ListCell[] Cells)> Rows()
    {
        for (int i = 0; i < rows.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            yield return (i + 1, [rows[i].Path, ListCell.Of(rows[i].Labels)]);
        }
    }

    private static string? PartOf(JsonElement name) => Array.Find([Images, Categories, Annotations], part => name.ValueEquals(part));

    /// <summary>The entries of its three parts, in the order of the file.</summary>
    private IEnumerable<(string Part, int Number, JsonElement Entry)> Entries(string path)
    {
        using JsonPieces json = new(path, LongestEntry, cancel);
        HashSet<string> seen = [];
        json.TryTake('{');
        do
        {
            if (json.Peek() != '"') throw json.Unexpected("a name");
            string? part = PartOf(json.Value("a name"));
            if (!json.TryTake(':')) throw json.Unexpected("':'");
            if (part is null || json.Peek() != '[')
            {
                if (!json.TrySkip()) throw json.Unexpected("'}'");
                continue;
            }

            if (!seen.Add(part)) throw new GraftException($"'{file}' has '{part}' twice. Put its entries together.");
            json.TryTake('[');
            for (int number = 1; !json.TryTake(']'); number++)
            {
                if (number > 1 && !json.TryTake(',')) throw json.Unexpected("',' or ']'");
                yield return (part, number, json.Value($"entry {number:N0} of '{part}'"));
            }
        }
        while (json.TryTake(','));

        if (!json.TryTake('}')) throw json.Unexpected("',' or '}'");
        if (json.Peek() >= 0) throw json.Unexpected("the end of the file");
    }

    private void AddImage(int number, JsonElement entry)
    {
        long id = Id(Images, number, entry, "id");
        string name = Text(Images, number, entry, "file_name");
        if (!files.TryAdd(id, (name, number))) throw new GraftException($"'{file}' has two images with the id {id}: '{ListCells.Short(files[id].Name)}' (entry {files[id].Entry:N0}) and '{ListCells.Short(name)}' (entry {number:N0}). Give each its own.");
        labels[id] = new SortedSet<string>(StringComparer.Ordinal);
    }

    private void AddCategory(int number, JsonElement entry)
    {
        long id = Id(Categories, number, entry, "id");
        string name = Text(Categories, number, entry, "name").Trim();
        if (name.Length == 0) throw new GraftException($"'{file}': entry {number:N0} of 'categories', with the id {id}, has an empty 'name'. Give it one.");
        if (!categories.TryAdd(id, name)) throw new GraftException($"'{file}' has two categories with the id {id}: '{ListCells.Short(categories[id])}' and '{ListCells.Short(name)}' (entry {number:N0}). Give each its own.");
    }

    private long Id(string part, int number, JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long id)
            ? id
            : throw new GraftException($"'{file}' is no COCO file: entry {number:N0} of '{part}' has no whole number '{name}'.");

    private string Text(string part, int number, JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? JsonPieces.Text(() => value.GetString()!, () => $"'{file}', entry {number:N0} of '{part}': '{name}'")
        : throw new GraftException($"'{file}' is no COCO file: entry {number:N0} of '{part}' has no text '{name}'.");

    private static string Folder(string path, string first)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(path))!, name = Path.GetFileNameWithoutExtension(path), part = name[(name.IndexOf('_') + 1)..];
        string above = Path.GetDirectoryName(own) ?? own;
        string[] places = [own, Path.Combine(own, "images"), Path.Combine(own, name), Path.Combine(own, part), Path.Combine(above, "images"), Path.Combine(above, name), Path.Combine(above, part), Path.Combine(above, "images", part)];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(place, first))) ?? own;
    }
}
