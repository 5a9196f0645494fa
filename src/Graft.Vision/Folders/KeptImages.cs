namespace Graft.Vision.Folders;

/// <summary>
/// The images of a checkpoint, found again. What counts of a kept image is its name in the folder that was given; the path beside it was that of the day, and depends on where one stood then and
/// where the folder lay.
/// </summary>
internal static class KeptImages
{
    /// <summary>Gives kept images the paths that they have now. One that is not there any more keeps its path, so that the training says which.</summary>
    /// <param name="kept">The images of the checkpoint.</param>
    /// <param name="now">The images of the folders as they are given now.</param>
    public static ImageItem[] Find(IReadOnlyList<ImageItem> kept, IEnumerable<ImageItem> now)
    {
        ILookup<string, string> paths = now.ToLookup(item => item.RelativePath, item => item.Path, StringComparer.Ordinal);
        return [.. kept.Select(item => item with { Path = paths[item.RelativePath].MaxBy(path => Shared(path, item.Path)) ?? item.Path })];
    }

    // Several folders may hold an image of the same name: the path that ends most alike is the one.
    private static int Shared(string path, string kept)
    {
        int length = 0;
        while (length < Math.Min(path.Length, kept.Length) && path[^(length + 1)] == kept[^(length + 1)]) length++;
        return length;
    }
}
