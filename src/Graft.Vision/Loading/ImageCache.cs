namespace Graft.Vision.Loading;

/// <summary>Decoded images, kept until the room is full. Thread-safe.</summary>
/// <remarks>Nothing is put out again: images that are asked for in a new order each epoch leave no better choice than any part of them.</remarks>
internal sealed class ImageCache(int images, long capacity)
{
    private readonly RgbImage?[] kept = new RgbImage?[images];
    private long used;

    /// <summary>A kept image. Disposing of it does nothing.</summary>
    public RgbImage? Find(int index) => Volatile.Read(ref kept[index]);

    /// <summary>Keeps a copy if there is room.</summary>
    public void Offer(int index, RgbImage image)
    {
        long size = image.Pixels.Length + RgbImage.Slack;
        if (Interlocked.Add(ref used, size) > capacity || Interlocked.CompareExchange(ref kept[index], image.Keep(), null) is not null)
            Interlocked.Add(ref used, -size);
    }
}
