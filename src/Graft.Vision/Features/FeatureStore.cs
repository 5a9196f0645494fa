using Graft.Vision.Folders;

namespace Graft.Vision.Features;

/// <summary>The cached features of one trunk under one preprocessing. Only <see cref="WasKnown"/> may be asked from several threads at once.</summary>
internal sealed class FeatureStore : IDisposable
{
    // A killed run loses at most so many images' features.
    private const int ImagesPerSegment = 1024;

    private readonly string folder;
    private readonly FeatureCache cache;
    private readonly List<FeatureSegment> segments = [];
    private readonly Dictionary<ContentHash, (FeatureSegment Segment, int Index)> saved = [];
    private readonly Dictionary<ContentHash, float[]> unsaved = [];

    internal FeatureStore(string folder, int length, FeatureCache cache)
    {
        (this.folder, this.cache, Length) = (folder, cache, length);
        if (cache.MaximumBytes == 0) return;
        IsUsable = FeatureCache.Quietly(() =>
        {
            Directory.CreateDirectory(folder);
            foreach (string path in Directory.EnumerateFiles(folder, "*" + FeatureSegment.Extension).Order(StringComparer.Ordinal))
                FeatureCache.Quietly(() => Open(path));
        });
    }

    /// <summary>The number of features of an image.</summary>
    public int Length { get; }

    /// <summary>Whether its folder could be opened, so that features are kept.</summary>
    public bool IsUsable { get; }

    /// <summary>Whether the features of an image were known when the store was opened.</summary>
    /// <param name="image">The hash of the image file's bytes.</param>
    public bool WasKnown(ContentHash image) => saved.ContainsKey(image);

    /// <summary>The features of an image that were known when the store was opened, or null.</summary>
    /// <param name="image">The hash of the image file's bytes.</param>
    public float[]? Find(ContentHash image)
    {
        float[]? features = null;
        if (saved.TryGetValue(image, out (FeatureSegment Segment, int Index) place))
            FeatureCache.Quietly(() => features = place.Segment.Read(place.Index));
        return features;
    }

    /// <summary>Remembers the features of an image.</summary>
    /// <param name="image">The hash of the image file's bytes.</param>
    /// <param name="features">As many numbers as <see cref="Length"/>.</param>
    /// <exception cref="ArgumentException">The number of features is another.</exception>
    public void Add(ContentHash image, float[] features)
    {
        if (features.Length != Length) throw new ArgumentException($"This store holds {Length} features for each image, not {features.Length}.", nameof(features));
        if (!IsUsable || saved.ContainsKey(image)) return;
        unsaved[image] = features;
        if (unsaved.Count >= ImagesPerSegment) Save();
    }

    /// <summary>Writes what was added. A full or read-only disk is no error: the features are then computed again next time.</summary>
    public void Save()
    {
        if (unsaved.Count == 0) return;
        FeatureCache.Quietly(() =>
        {
            FeatureSegment.Write(folder, Length, unsaved);
            cache.Trim();
        });
        unsaved.Clear();
    }

    /// <summary>Writes what was added and closes the files.</summary>
    public void Dispose()
    {
        Save();
        foreach (FeatureSegment segment in segments) segment.Dispose();
        segments.Clear();
        saved.Clear();
    }

    private void Open(string path)
    {
        if (FeatureSegment.Open(path, Length) is not { } segment)
        {
            File.Delete(path);
            return;
        }

        segments.Add(segment);
        for (int i = 0; i < segment.Images.Length; i++) saved.TryAdd(segment.Images[i], (segment, i));

        // The time of last use decides which segments are deleted first.
        FeatureCache.Quietly(() => File.SetLastWriteTimeUtc(path, DateTime.UtcNow));
    }
}
