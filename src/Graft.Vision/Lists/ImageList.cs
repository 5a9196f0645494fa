namespace Graft.Vision.Lists;

/// <summary>Lists of images that are taken as they are, row by row.</summary>
internal static class ImageList
{
    /// <summary>The file of each row, in order, whether or not it is there, and as often as it is named.</summary>
    /// <param name="path">A list: .csv, .tsv, .txt, .json or .jsonl, or a text with a path a line.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="GraftException">It is no list, there is none, or it names no image.</exception>
    public static IReadOnlyList<string> Paths(string path, ImageListOptions? options = null, CancellationToken cancel = default)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IImageList list = ImageLists.Open(path, cancel);
        int column = ListColumns.Find(Path.GetFileName(path), list, (options ?? new ImageListOptions()) with { IsUnlabelled = true, Task = ModelTask.Classify }).Path;
        string[] paths = [.. list.Rows().Select(row => row.Cells[column].Text).Where(file => file.Length > 0).Select(file => Path.Combine(folder, file.Replace('\\', '/')))];
        return paths.Length > 0 ? paths : throw new GraftException($"'{path}' has no rows: it names no image.");
    }

    /// <summary>Whether a file is a list, by its name.</summary>
    /// <param name="path">The file.</param>
    public static bool IsList(string path) => ImageLists.IsList(path);

    /// <summary>Whether a path is read as a list, not as a folder of classes: a file by its name, a folder with VOC's annotations or with a list for each part.</summary>
    /// <param name="path">The file or the folder.</param>
    public static bool IsListed(string path) => ImageLists.IsListed(path);

    /// <summary>What a model of a list is called: the list's name without its ending; of COCO's annotations, which are called alike in every set, the name of the set's folder.</summary>
    /// <param name="path">The list, or a folder.</param>
    public static string NameOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return IsList(full) && !Directory.Exists(full) ? CocoList.SetOf(full) ?? Path.GetFileNameWithoutExtension(full) : Path.GetFileName(full);
    }
}
