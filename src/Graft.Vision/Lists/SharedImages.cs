namespace Graft.Vision.Lists;

/// <summary>Images that are in several lists, each of which is a part: on both sides they would judge themselves.</summary>
internal sealed class SharedImages
{
    // The lists that an image is in, where these are several.
    private readonly Dictionary<string, List<string>> shared = new(StringComparer.Ordinal);

    /// <summary>Looks for images that are in several lists.</summary>
    /// <exception cref="GraftException">A list has no column of files.</exception>
    public static SharedImages Of((string File, IImageList List)[] lists, ImageListOptions options)
    {
        SharedImages found = new();
        Dictionary<string, int> first = new(StringComparer.Ordinal);
        for (int i = 0; i < lists.Length; i++)
        {
            (string file, IImageList list) = lists[i];
            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            int column = ListColumns.Find(Path.GetFileName(file), list, options with { IsUnlabelled = true, LabelColumns = [], Task = ModelTask.Classify }).Path;
            foreach ((_, ListCell[] cells) in list.Rows())
            {
                if (ListPaths.Full(cells[column].Text, folder) is not { } full || first.TryAdd(full, i) || first[full] == i) continue;
                if (!found.shared.TryGetValue(full, out List<string>? of)) found.shared.Add(full, of = [Path.GetFileName(lists[first[full]].File)]);
                if (of[^1] != Path.GetFileName(file)) of.Add(Path.GetFileName(file));
            }
        }

        return found;
    }

    /// <summary>The lists that an image is in, where these are several; otherwise null.</summary>
    public IReadOnlyList<string>? ListsOf(string full) => shared.GetValueOrDefault(full);
}
