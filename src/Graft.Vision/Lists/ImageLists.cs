using Graft.Vision.Folders;

namespace Graft.Vision.Lists;

/// <summary>Finds out what kind of list there is, and reads it into its parts.</summary>
internal static class ImageLists
{
    private static readonly string[] Endings = [".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"];

    /// <summary>The parts of a list or of a folder of lists; null where there is only a folder of images.</summary>
    /// <param name="path">A file, or a folder with a list for each part or with VOC's annotations.</param>
    /// <param name="options">What was said of it.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="GraftException">The list cannot be used; the message says why and what to do.</exception>
    public static IReadOnlyDictionary<FolderPart, ImageFolder>? Read(string path, ImageListOptions options, CancellationToken cancel)
    {
        if (File.Exists(path)) return One(path, options, cancel);
        if (!Directory.Exists(path)) return IsList(path) ? throw MissingPath.List(path) : null;
        if (VocFolder.Find(path, cancel) is { } voc) return Of(path, voc, options);
        if (ListsOfParts(path) is { } lists) return Several(path, lists, options, cancel);
        CocoList.RequireFile(path);
        return null;
    }

    /// <summary>Whether a path is read as a list: a file by its name, a folder with VOC's annotations or with a list for each part.</summary>
    public static bool IsListed(string path) => Directory.Exists(path) ? VocFolder.IsOne(path) || ListsOfParts(path) is not null : IsList(path);

    /// <summary>The lists of a folder that has one for each part; null where it has none.</summary>
    public static Dictionary<FolderPart, string>? ListsOfParts(string path)
    {
        if (!Directory.Exists(path)) return null;
        Dictionary<FolderPart, string> lists = [];
        foreach (string file in Directory.EnumerateFiles(path).Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            if (FolderParts.Named(Path.GetFileNameWithoutExtension(file)) is not { } part) continue;
            if (!lists.TryAdd(part, file)) throw new GraftException($"'{Path.GetFileName(lists[part])}' and '{Path.GetFileName(file)}' in '{path}' mean the same part. Rename or remove one.");
        }

        // A folder of classes may have a list of its own beside them.
        return lists.ContainsKey(FolderPart.Train) && !Directory.EnumerateDirectories(path).Any(folder => FolderParts.Named(Path.GetFileName(folder)) == FolderPart.Train) ? lists : null;
    }

    private static IReadOnlyDictionary<FolderPart, ImageFolder> One(string path, ImageListOptions options, CancellationToken cancel)
    {
        if (!IsList(path))
            throw new GraftException($"'{path}' is a file. Images are read from a folder with a folder of images for each class, or from a list that ends in .csv, .tsv, .txt, .json or .jsonl.");
        return Of(path, Open(path, cancel), options);
    }

    /// <summary>Whether a file is a list, by its name.</summary>
    public static bool IsList(string path) => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Opens a list.</summary>
    /// <param name="path">A file, or a folder with VOC's annotations.</param>
    /// <param name="cancel">Stops this and the reading of its rows.</param>
    /// <exception cref="GraftException">There is none, or it cannot be used.</exception>
    public static IImageList Open(string path, CancellationToken cancel) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        _ when VocFolder.Find(path, cancel) is { } voc => voc,
        _ when !File.Exists(path) => throw MissingPath.List(path),
        ".json" => CocoList.Find(path, cancel) ?? (IImageList)new JsonList(path, cancel),
        ".jsonl" or ".ndjson" => new JsonList(path, cancel),
        _ => new CsvList(path, cancel),
    };

    private static IReadOnlyDictionary<FolderPart, ImageFolder> Of(string path, IImageList list, ImageListOptions options) =>
        new ListReader(path, list, ListColumns.Find(Path.GetFileName(path), list, options)).Run();

    private static Dictionary<FolderPart, ImageFolder> Several(string path, Dictionary<FolderPart, string> files, ImageListOptions options, CancellationToken cancel)
    {
        Dictionary<FolderPart, ImageFolder> parts = [];
        (FolderPart Part, string File, IImageList List)[] lists = [.. files.OrderBy(list => list.Key).Select(list => (list.Key, list.Value, Open(list.Value, cancel)))];
        SharedImages shared = SharedImages.Of([.. lists.Select(list => (list.File, list.List))], options);
        foreach ((FolderPart part, string file, IImageList list) in lists)
        {
            ImageListOptions asked = parts.TryGetValue(FolderPart.Train, out ImageFolder? train) ? options with { Task = train.Task } : options;
            IReadOnlyDictionary<FolderPart, ImageFolder> read = new ListReader(file, list, ListColumns.Find(Path.GetFileName(file), list, asked), shared).Run();
            if (read.Count > 1) throw new GraftException($"'{file}' is one list of several, and its column 'split' divides it again. Name that list alone, or remove the column from it.");
            parts.Add(part, read[FolderPart.Train]);
        }

        return parts;
    }
}
