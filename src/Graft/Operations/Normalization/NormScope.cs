namespace Graft.Operations.Normalization;

/// <summary>
/// Which values share a statistic: of whole images, which are a <em>cell</em> together, the values of some neighbouring channels. Where a pixel has
/// statistics of its own, they stay in registers: <see cref="PixelRule"/>.
/// </summary>
/// <param name="Images">The images of a cell; the last one of a batch may have fewer.</param>
/// <param name="Neighbours">The number of neighbouring channels.</param>
internal readonly record struct NormScope(int Images, int Neighbours = 1)
{
    /// <summary>The whole batch, each channel by itself.</summary>
    public static NormScope Batch { get; } = new(int.MaxValue);

    /// <summary>An image, each channel by itself.</summary>
    public static NormScope Image { get; } = new(1);

    /// <summary>Images of a part of the batch, each channel by itself.</summary>
    public static NormScope VirtualBatch(int images) => new(images);

    /// <summary>An image and a group of neighbouring channels; all of them for the whole image.</summary>
    public static NormScope Group(int channels) => new(1, channels);

    /// <summary>The number of cells of a batch.</summary>
    public int Cells(int batch) => (int)(((long)batch + Images - 1) / Images);
}
