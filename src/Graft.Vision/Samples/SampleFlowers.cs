using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// Draws labelled images of five kinds of flowers, to try Graft without any data: daisy, dandelion, rose, sunflower, tulip, with
/// varied colour, light, background, scale, pose, occlusion and clutter. An image depends on the seed, its kind and its index alone.
/// </summary>
public static class SampleFlowers
{
    /// <summary>The labels, which are the names of the folders, in the order of <see cref="FlowerKind"/>.</summary>
    public static IReadOnlyList<string> Labels { get; } = [.. Enum.GetNames<FlowerKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Draws one image.</summary>
    /// <param name="kind">The kind of the flowers in it.</param>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The number of the image among those of its kind.</param>
    /// <param name="size">The side in pixels, 32 to 2048; another side shows the same scene.</param>
    /// <returns>An opaque RGBA image <c>[size, size]</c> that the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not one of <see cref="FlowerKind"/>, the index is negative, or the size is out of range.</exception>
    public static SKBitmap Draw(FlowerKind kind, ulong seed, int index, int size = 256)
    {
        if (!Enum.IsDefined(kind)) throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of flower.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Image.Draw(dice => Flower.Grow(kind, dice), seed, ((ulong)kind << 32) | (uint)index, size);
    }

    /// <summary>
    /// Writes a set as <c>folder/label/label-0001.jpg</c> and so on. Each file appears under its name only when it is complete; files of
    /// the same name are replaced, others are left alone. The images are drawn on all cores and do not depend on how many there are.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="options">How many, how large, and which.</param>
    /// <param name="progress">Told after every image, one call at a time, with a rising count.</param>
    /// <param name="cancellation">Stops the drawing; the images finished so far stay.</param>
    /// <exception cref="GraftException">The folder or a file in it can't be written.</exception>
    /// <exception cref="OperationCanceledException">The drawing was cancelled.</exception>
    public static void Write(
        string folder, SampleFlowerOptions options, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ImageWriter.Write(folder, Labels, Labels.Count * options.ImagesPerClass, i =>
        {
            FlowerKind kind = (FlowerKind)(i % Labels.Count);
            int index = i / Labels.Count;
            return (ImageWriter.Name(Labels[(int)kind], index), () => Draw(kind, options.Seed, index, options.Size));
        }, progress, cancellation);
    }
}
