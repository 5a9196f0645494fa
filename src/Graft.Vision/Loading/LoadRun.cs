using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>One enumeration of an <see cref="ImageLoader"/>.</summary>
internal sealed class LoadRun(ImagePreprocessor preprocessor, ImageLoaderOptions options, IReadOnlyList<string> paths, Func<ContentHash, bool>? isKnown) : IBatchWork<LoadRun.Slot>
{
    public int Batches { get; } = (int)(((long)paths.Count + options.BatchSize - 1) / options.BatchSize);

    public int CountOf(int batch) => Math.Min(paths.Count - (batch * options.BatchSize), options.BatchSize);

    public Slot MakeSlot() => new(Math.Min(options.BatchSize, paths.Count), preprocessor.Length);

    public void Begin(Slot slot, int batch)
    {
    }

    public void Fill(Slot slot, int batch, int row, FileReader reader)
    {
        int index = (batch * options.BatchSize) + row;
        slot.Images[row] = Load(reader, index, row, slot.Pixels.AsSpan(row * preprocessor.Length, preprocessor.Length));
    }

    // Closes the gaps that known and failed images left.
    public void Finish(Slot slot, int batch)
    {
        int length = preprocessor.Length, rows = 0;
        LoadedImage[] images = new LoadedImage[CountOf(batch)];
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = slot.Images[i]!;
            if (images[i].Row < 0) continue;
            if (rows != i)
            {
                Array.Copy(slot.Pixels, (long)i * length, slot.Pixels, (long)rows * length, length);
                images[i] = images[i] with { Row = rows };
            }

            rows++;
        }

        slot.Batch = new ImageBatch(images, rows, slot.Pixels, length);
    }

    private LoadedImage Load(FileReader reader, int index, int row, Span<float> pixels)
    {
        ContentHash? hash = null;
        try
        {
            ReadOnlySpan<byte> file = reader.Read(paths[index], options.Limits);
            if (isKnown is not null) hash = ContentHash.Of(file);
            if (hash is { } content && isKnown!(content)) return new LoadedImage(index, paths[index], hash, -1, null, null);
            using DecodeLease lease = new(options.Budget);
            int side = options.Seen is null ? preprocessor.DecodedSide(options.View) : int.MaxValue;
            using RgbImage image = ImageDecoder.Decode(file, new DecodeRequest(options.Limits, side, lease), out string? notice);
            options.Seen?.Invoke(index, image);
            preprocessor.Apply(image, pixels, options.View);
            return new LoadedImage(index, paths[index], hash, row, null, notice);
        }
        catch (ImageException error)
        {
            return new LoadedImage(index, paths[index], hash, -1, error.Message, null);
        }
    }

    internal sealed class Slot(int batch, int length)
    {
        public float[] Pixels { get; } = GC.AllocateUninitializedArray<float>(checked(batch * length));

        public LoadedImage?[] Images { get; } = new LoadedImage?[batch];

        public ImageBatch? Batch { get; set; }
    }
}
