using System.Collections.Concurrent;
using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>
/// Epochs of augmented training images, decoded and varied on threads of their own ahead of whoever takes the batches, in order and within a bounded memory.
/// </summary>
/// <remarks>
/// <para>What a batch contains depends on the seed, the list of images, the epoch and the batch's place in it alone: not on threads, time, what is kept in memory, or
/// where the loading began. An epoch is a random order of all the images cut into batches of equal size (to one image); images that cannot be used are left
/// out of their batches, which are then smaller. An image that failed once is not tried again by the same loader.</para>
/// <para>An image whose shorter side is longer than resolution / sqrt(least scale of the random crop), or twice the resolution if that is less, is first reduced to it (379
/// pixels for a resolution of 224 by default), a large JPEG already while it is decoded. So the smallest square crop still has the network's resolution, and what is
/// kept in memory is as small as that allows.</para>
/// </remarks>
internal sealed class TrainingLoader
{
    private readonly ImagePreprocessor preprocessor;
    private readonly AugmentationOptions augmentation;
    private readonly TrainingLoaderOptions options;
    private readonly Augmenter augmenter;
    private readonly ImageCache cache;
    private readonly int classes;
    private readonly ConcurrentDictionary<int, string> unusable = [];

    /// <summary>Prepares to load images. Nothing is read yet.</summary>
    /// <param name="items">The images.</param>
    /// <param name="classes">The number of classes, labels or values.</param>
    /// <param name="preprocessing">The resolution, filter and normalization of the network.</param>
    /// <param name="augmentation">How images are varied; <see langword="null"/> is <see cref="AugmentationOptions.Default"/>.</param>
    /// <param name="options">How images are loaded; <see langword="null"/> is the defaults.</param>
    /// <exception cref="ArgumentException">There is no image, or a label is not below <paramref name="classes"/>.</exception>
    public TrainingLoader(
        IReadOnlyList<ImageItem> items, int classes, Preprocessing preprocessing, AugmentationOptions? augmentation = null, TrainingLoaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (items.Count == 0) throw new ArgumentException("Training takes one image at least; the list is empty.", nameof(items));
        foreach (ImageItem item in items)
        {
            if (item.Label == -1 && item.Targets.Length == classes) continue;
            if ((uint)item.Label >= (uint)classes)
                throw new ArgumentException($"Labels must be at least 0 and below the number of classes, {classes}; that of '{item.RelativePath}' is {item.Label}.", nameof(items));
        }

        (Items, this.classes) = (items, classes);
        (this.augmentation, this.options) = (augmentation ?? AugmentationOptions.Default, options ?? new TrainingLoaderOptions());
        preprocessor = new ImagePreprocessor(preprocessing);
        augmenter = new Augmenter(preprocessor, this.augmentation);
        cache = new ImageCache(items.Count, this.options.CacheBytes);
        BatchesPerEpoch = (int)(((long)items.Count + this.options.BatchSize - 1) / this.options.BatchSize);
        LargestBatch = (int)(((long)items.Count + BatchesPerEpoch - 1) / BatchesPerEpoch);
    }

    /// <summary>The images.</summary>
    public IReadOnlyList<ImageItem> Items { get; }

    /// <summary>The number of batches that an epoch is cut into.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The most images that a batch has.</summary>
    public int LargestBatch { get; }

    /// <summary>The images that could not be used so far, each once, in the order of <see cref="Items"/>.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. unusable.OrderBy(pair => pair.Key).Select(pair => new SkippedImage(Items[pair.Key].Path, pair.Value))];

    /// <summary>Loads epochs, from any place on with the batches of a loading that began at the first.</summary>
    /// <param name="firstEpoch">The epoch to begin in, from 0.</param>
    /// <param name="endEpoch">The epoch to stop before.</param>
    /// <param name="firstBatch">The batch of the first epoch to begin at, from 0.</param>
    /// <param name="cancellation">Stops the loading.</param>
    /// <returns>The batches, in order; those without a usable image are passed over. Threads run only while they are being enumerated.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such epoch or batch.</exception>
    /// <exception cref="GraftException">Not one of the images can be used, while enumerating.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, while enumerating.</exception>
    public IEnumerable<TrainingBatch> Load(int firstEpoch, int endEpoch, int firstBatch = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstEpoch);
        ArgumentOutOfRangeException.ThrowIfLessThan(endEpoch, firstEpoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)firstBatch, (uint)BatchesPerEpoch, nameof(firstBatch));
        int batches = checked((int)(((long)(endEpoch - firstEpoch) * BatchesPerEpoch) - firstBatch));
        return Enumerate();

        IEnumerable<TrainingBatch> Enumerate()
        {
            if (batches <= 0) yield break;
            using ReadAhead<TrainingRun.Slot> ahead = new(new TrainingRun(this, firstEpoch, firstBatch, batches), options.Threads, options.BatchesAhead, cancellation);
            while (ahead.Next() is { } slot)
            {
                if (slot.Batch.Count > 0) yield return slot.Batch;
                else if (unusable.Count == Items.Count) throw new GraftException(NoneUsable());
            }
        }
    }

    /// <summary>The first place of a batch in its epoch's order.</summary>
    internal int StartOf(int batch) => (int)((long)batch * Items.Count / BatchesPerEpoch);

    internal int[] OrderOf(int epoch)
    {
        int[] order = options.Sampling == Sampling.Balanced ? Balanced(epoch) : [.. Enumerable.Range(0, Items.Count)];
        new RandomStream(options.Seed, RandomStream.Purpose.Order, epoch, 0).Shuffle(order);
        return order;
    }

    /// <summary>As many places as images, the classes (or the images of each label that is the rarest one they have) taking the same number of them: each goes through its own images in a random order, again and again.</summary>
    private int[] Balanced(int epoch)
    {
        int[] strata = Strata.Of(Items, Items[0].Label < 0 ? ModelTask.MultiLabel : ModelTask.Classify);
        IGrouping<int, int>[] byClass = [.. Enumerable.Range(0, Items.Count).GroupBy(item => strata[item]).OrderBy(group => group.Key)];
        int[] places = new int[Items.Count];
        int place = 0;
        for (int c = 0; c < byClass.Length; c++)
        {
            int[] own = [.. byClass[c]];
            new RandomStream(options.Seed, RandomStream.Purpose.Order, epoch, c + 1).Shuffle(own);
            int end = (int)((long)(c + 1) * places.Length / byClass.Length);
            for (int i = 0; place < end; i++) places[place++] = own[i % own.Length];
        }

        return places;
    }

    internal TrainingBatch MakeBatch() => new(LargestBatch, preprocessor.Length, classes, augmentation.Mixing is not null || Items[0].Label < 0);

    /// <summary>Makes the values of an image; <see langword="false"/> if it cannot be used.</summary>
    /// <param name="item">The image.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="place">Its place in the epoch's order: where images come again, each time is varied anew.</param>
    /// <param name="destination">Takes the values.</param>
    /// <param name="reader">Reads files.</param>
    internal bool Fill(int item, int epoch, int place, Span<float> destination, FileReader reader)
    {
        if (unusable.ContainsKey(item)) return false;
        try
        {
            using DecodeLease lease = new();
            using RgbImage image = cache.Find(item) ?? Read(item, reader, lease);
            augmenter.Apply(image, new RandomStream(options.Seed, RandomStream.Purpose.Image, epoch, options.Sampling == Sampling.Balanced ? place : item), destination);
            return true;
        }
        catch (ImageException error)
        {
            unusable.TryAdd(item, error.Message);
            return false;
        }
    }

    internal void Mix(TrainingBatch batch)
    {
        if (augmentation.Mixing is not { } mixing) return;
        RandomStream draws = new(options.Seed, RandomStream.Purpose.Batch, batch.Epoch, batch.Index);
        BatchMixer.Apply(mixing, batch.Pixels, batch.Targets, batch.Count, preprocessor.Preprocessing.Resolution, ref draws);
    }

    private RgbImage Read(int item, FileReader reader, DecodeLease lease)
    {
        // What is not varied is what prediction will see.
        int side = augmentation.Crop is null ? preprocessor.DecodedSide(TestTimeView.Plain) : augmenter.WorkingSide;
        RgbImage decoded = ImageDecoder.Decode(reader.Read(Items[item].Path, options.Limits), new DecodeRequest(options.Limits, side, lease), out _);
        RgbImage image = augmenter.Reduce(decoded);
        if (image != decoded) decoded.Dispose();
        cache.Offer(item, image);
        return image;
    }

    private string NoneUsable()
    {
        SkippedImage first = Skipped[0];
        return $"None of {Amount.Of(Items.Count, "image")} can be used; the first, '{first.Path}': {first.Reason}. Check that the folder is still there and holds images.";
    }
}
