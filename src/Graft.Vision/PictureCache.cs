namespace Graft.Vision;

/// <summary>Decoded pictures, kept until the room is full. Thread-safe.</summary>
/// <remarks>Nothing is put out again: pictures that are asked for in a new order each epoch leave no better choice than any part of them.</remarks>
internal sealed class PictureCache(int pictures, long capacity)
{
    private readonly RgbImage?[] kept = new RgbImage?[pictures];
    private long used;

    /// <summary>A kept picture. Disposing of it does nothing.</summary>
    public RgbImage? Find(int index) => Volatile.Read(ref kept[index]);

    /// <summary>Keeps a copy if there is room.</summary>
    public void Offer(int index, RgbImage image)
    {
        long size = image.Pixels.Length + RgbImage.Slack;
        if (Interlocked.Add(ref used, size) > capacity || Interlocked.CompareExchange(ref kept[index], image.Keep(), null) is not null)
            Interlocked.Add(ref used, -size);
    }
}
