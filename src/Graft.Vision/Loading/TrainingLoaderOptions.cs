using Graft.Vision.Decoding;

namespace Graft.Vision.Loading;

/// <summary>Which images an epoch consists of.</summary>
public enum Sampling
{
    /// <summary>Every image once.</summary>
    Uniform,

    /// <summary>
    /// As many places as there are images, the same number for each class that has any, to one. Images of rare classes come again, varied anew; of frequent ones each epoch has others.
    /// </summary>
    Balanced,
}

/// <summary>How training images are loaded.</summary>
internal sealed record TrainingLoaderOptions
{
    private const long LargestCache = 2L << 30;

    /// <summary>The most images in a batch: 32. An epoch is cut into as few batches as that allows, all of one size or one image less.</summary>
    public int BatchSize { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "The batch size must be positive."); } = 32;

    /// <summary>Threads that decode and augment: one for each processor. They change nothing in what the batches contain.</summary>
    public int Threads { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must be positive."); } = Environment.ProcessorCount;

    /// <summary>Batches that may be ready or in the making beyond the one in use: 2. Each takes batch size x resolution x resolution x 12 bytes.</summary>
    public int BatchesAhead { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(BatchesAhead), value, "The number of batches ahead must be positive."); } = 2;

    /// <summary>
    /// The memory that decoded images may be kept in, in bytes: a quarter of the machine's, at most 2 GiB. It changes nothing in what the batches contain.
    /// </summary>
    public long CacheBytes { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(CacheBytes), value, "The cache must have 0 bytes or more."); } =
        Math.Min(LargestCache, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>Which images an epoch consists of: every one once.</summary>
    public Sampling Sampling { get; init; }

    /// <summary>The seed of the order and of all that is drawn.</summary>
    public ulong Seed { get; init; }

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ImageLimits.Default;
}
