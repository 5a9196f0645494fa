namespace Graft.Vision.Lists;

/// <summary>Lists of images that are taken as they are, row by row.</summary>
public static class ImageList
{
    /// <summary>The file of each row, in order, whether or not it is there, and as often as it is named.</summary>
    /// <param name="path">A list: .csv, .tsv, .txt, .json or .jsonl, or a text with a path a line.</param>
    /// <param name="options">How it is read.</param>
    /// <exception cref="GraftException">It is no list.</exception>
    public static IReadOnlyList<string> Paths(string path, ImageListOptions? options = null)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IImageList list = ImageLists.Open(path);
        int column = ListColumns.Find(Path.GetFileName(path), list, (options ?? new ImageListOptions()) with { IsUnlabelled = true, Task = ModelTask.Classify }).Path;
        return [.. list.Rows().Select(row => row.Cells[column]).Where(file => file.Length > 0).Select(file => Path.Combine(folder, file.Replace('\\', '/')))];
    }

    /// <summary>Whether a file is a list, by its name.</summary>
    /// <param name="path">The file.</param>
    public static bool IsList(string path) => ImageLists.IsList(path);
}
