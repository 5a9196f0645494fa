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

    /// <summary>Refuses to go on where there are images that the training does not know: it would pass for one on these. Images that are gone are told by the training.</summary>
    /// <param name="checkpoint">The checkpoint's file.</param>
    /// <param name="kept">Its images.</param>
    /// <param name="skipped">What it left out.</param>
    /// <param name="now">The images as they are given now.</param>
    /// <exception cref="GraftException">There are others.</exception>
    public static void RequireSame(string checkpoint, IEnumerable<ImageItem> kept, IReadOnlyList<SkippedImage> skipped, IReadOnlyCollection<ImageItem> now)
    {
        HashSet<string> known = new(kept.Select(item => item.RelativePath), StringComparer.Ordinal);
        ImageItem[] others = [.. now.Where(item => !known.Contains(item.RelativePath) && !skipped.Any(file => file.Path.Replace('\\', '/').EndsWith(item.RelativePath, StringComparison.Ordinal)))];
        if (others.Length == 0) return;
        throw new GraftException(
            $"The checkpoint '{checkpoint}' is of a training on {Amount.Of(known.Count, "image")}, and {Amount.Of(others.Length, "image is", "images are")} not among them, such as '{others[0].RelativePath}'. "
            + "Give the images that it began with; to train on these, delete the checkpoint or name another.");
    }

    // Several folders may hold an image of the same name: the path that ends most alike is the one.
    private static int Shared(string path, string kept)
    {
        int length = 0;
        while (length < Math.Min(path.Length, kept.Length) && path[^(length + 1)] == kept[^(length + 1)]) length++;
        return length;
    }
}
