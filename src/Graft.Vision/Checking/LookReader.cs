using Graft.Vision.Decoding;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Loading;

namespace Graft.Vision.Checking;

/// <summary>Looks at images: as their features are computed, from a cache, or by decoding them again.</summary>
/// <param name="images">The number of images.</param>
/// <param name="limits">What an image may cost.</param>
internal sealed class LookReader(int images, ImageLimits limits)
{
    // Looks are kept like the features of a trunk of this name; it changes with what a look is made of.
    private const string Key = "100c0000000000000000000000000001";

    // So many files at a time are on their way.
    private const int Batch = 32;

    private readonly ImageLimits limits = limits;
    private readonly ImageLook?[] looks = new ImageLook?[images];

    /// <summary>Looks at an image that was decoded. From any thread.</summary>
    public void Look(int index, RgbImage image) => looks[index] = ImageLook.Of(image);

    /// <summary>Looks at all that were not looked at yet, and keeps what was seen.</summary>
    /// <param name="loaded">The files and their contents; those with errors are passed over.</param>
    /// <param name="cache">Where looks are kept between runs; null keeps nothing.</param>
    /// <param name="threads">How many threads decode; 0 is one for each processor.</param>
    /// <param name="progress">Told after each image that is decoded.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The look of each image, or null where there is none.</returns>
    public ImageLook?[] Finish(IReadOnlyList<LoadedImage> loaded, FeatureCache? cache, int threads, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        using FeatureStore? store = cache?.Open(Key, ImageLook.Length);
        List<int> missing = [];
        for (int i = 0; i < looks.Length; i++)
        {
            if (loaded[i].Error is not null) continue;
            if (looks[i] is null && loaded[i].Hash is { } known && store?.Find(known) is { } numbers) looks[i] = ImageLook.FromNumbers(numbers);
            if (looks[i] is null) missing.Add(i);
        }

        Decode(loaded, missing, threads, progress, cancellation);
        for (int i = 0; i < looks.Length; i++)
        {
            if (looks[i] is { } look && loaded[i].Hash is { } hash && store?.WasKnown(hash) == false) store.Add(hash, look.ToNumbers());
        }

        return looks;
    }

    private void Decode(IReadOnlyList<LoadedImage> loaded, List<int> missing, int threads, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        if (missing.Count == 0) return;
        using ReadAhead<object> run = new(new Work(this, loaded, missing), Math.Min(threads == 0 ? Environment.ProcessorCount : threads, missing.Count), 2, cancellation);
        for (int done = 0; run.Next() is not null;) progress?.Report(new Completion(done = Math.Min(missing.Count, done + Batch), missing.Count));
    }

    private sealed class Work(LookReader reader, IReadOnlyList<LoadedImage> loaded, List<int> missing) : IBatchWork<object>
    {
        public int Batches => (missing.Count + Batch - 1) / Batch;

        public int CountOf(int batch) => Math.Min(missing.Count - (batch * Batch), Batch);

        public object MakeSlot() => new();

        public void Begin(object slot, int batch)
        {
        }

        public void Finish(object slot, int batch)
        {
        }

        public void Fill(object slot, int batch, int row, FileReader files)
        {
            int index = missing[(batch * Batch) + row];
            try
            {
                ReadOnlySpan<byte> file = files.Read(loaded[index].Path, reader.limits);
                using DecodeLease lease = new();
                using RgbImage image = ImageDecoder.Decode(file, new DecodeRequest(reader.limits, int.MaxValue, lease), out _);
                reader.Look(index, image);
            }
            catch (ImageException)
            {
                // It was there when its features were asked for: whoever changes images while they are checked gets less of a check.
            }
        }
    }
}
