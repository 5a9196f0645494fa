namespace Graft.Vision.Loading;

/// <summary>The next paths of a list, and the pixels of those that were decoded. Valid until the next batch is asked for.</summary>
internal sealed class ImageBatch
{
    private readonly float[] buffer;
    private readonly int imageLength;

    internal ImageBatch(IReadOnlyList<LoadedImage> images, int decoded, float[] buffer, int imageLength) =>
        (Images, Decoded, this.buffer, this.imageLength) = (images, decoded, buffer, imageLength);

    /// <summary>One entry for each path of the batch, in the order of the list.</summary>
    public IReadOnlyList<LoadedImage> Images { get; }

    /// <summary>The number of rows of <see cref="Pixels"/>.</summary>
    public int Decoded { get; }

    /// <summary>The preprocessed images that were decoded, in order and without gaps: <c>[decoded, resolution, resolution, 3]</c>.</summary>
    public Span<float> Pixels => buffer.AsSpan(0, Decoded * imageLength);
}
