namespace Graft.Vision.Features;

/// <summary>
/// Trunk features kept between runs, so that the second training on the same images is instant. Features are found by the content of the image,
/// the trunk and the preprocessing; names and places of files do not matter.
/// </summary>
/// <remarks>
/// A folder for each trunk and preprocessing holds segments (<see cref="FeatureSegment"/>), each written once, atomically, with a checksum. Several
/// processes may use the folder at the same time. When the whole grows beyond its limit, the segments that went unused for longest are deleted.
/// </remarks>
public sealed class FeatureCache
{
    /// <summary>Opens a cache; nothing is read or written yet.</summary>
    /// <param name="folder">Its folder, by default <see cref="DefaultFolder"/>.</param>
    public FeatureCache(string? folder = null) => Folder = Path.GetFullPath(folder ?? DefaultFolder);

    /// <summary>The folder that holds the cache.</summary>
    public string Folder { get; }

    /// <summary>How many bytes the cache may take on disk. 0 keeps nothing.</summary>
    public long MaximumBytes { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaximumBytes), value, "The cache's size must not be negative."); } = 2L << 30;

    /// <summary>
    /// <c>features</c> within the folder named by the environment variable GRAFT_CACHE, or else within the user's cache folder
    /// (<c>$XDG_CACHE_HOME/graft</c>, <c>~/.cache/graft</c>, <c>~/Library/Caches/graft</c> or <c>%LOCALAPPDATA%\graft</c>).
    /// </summary>
    public static string DefaultFolder => Path.Combine(CacheFolders.Root, "features");

    /// <summary>The features of one trunk under one preprocessing.</summary>
    /// <param name="key">A name made of hexadecimal digits that stands for trunk and preprocessing.</param>
    /// <param name="length">The number of features of an image.</param>
    internal FeatureStore Open(string key, int length) => new(Path.Combine(Folder, key), length, this);

    /// <summary>Deletes the segments that went unused for longest until the rest fits <see cref="MaximumBytes"/>.</summary>
    internal void Trim()
    {
        long total = 0;
        foreach (FileInfo segment in new DirectoryInfo(Folder).EnumerateFiles("*" + FeatureSegment.Extension, SearchOption.AllDirectories).OrderByDescending(f => f.LastWriteTimeUtc))
        {
            total += segment.Length;
            if (total > MaximumBytes) Quietly(() => segment.Delete());
        }
    }

    /// <summary>Runs something that may fail without harm: the cache saves time, it must never cost a result.</summary>
    /// <returns>Whether it succeeded.</returns>
    internal static bool Quietly(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
