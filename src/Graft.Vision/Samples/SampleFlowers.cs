using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// Draws labelled pictures of five kinds of flowers, to try Graft without any data: daisy, dandelion, rose, sunflower, tulip, with
/// varied colour, light, background, scale, pose, occlusion and clutter. A picture depends on the seed, its kind and its index alone.
/// </summary>
public static class SampleFlowers
{
    /// <summary>The labels, which are the names of the folders, in the order of <see cref="FlowerKind"/>.</summary>
    public static IReadOnlyList<string> Labels { get; } = [.. Enum.GetNames<FlowerKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Draws one picture.</summary>
    /// <param name="kind">The kind of the flowers in it.</param>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The number of the picture among those of its kind.</param>
    /// <param name="size">The side in pixels, 32 to 2048; another side shows the same scene.</param>
    /// <returns>An opaque RGBA picture <c>[size, size]</c> that the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not one of <see cref="FlowerKind"/>, the index is negative, or the size is out of range.</exception>
    public static SKBitmap Draw(FlowerKind kind, ulong seed, int index, int size = 256)
    {
        if (!Enum.IsDefined(kind))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of flower.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Picture.Draw(dice => Flower.Grow(kind, dice), seed, ((ulong)kind << 32) | (uint)index, size);
    }

    /// <summary>
    /// Writes a set as <c>folder/label/label-0001.jpg</c> and so on. Each file appears under its name only when it is complete; files of
    /// the same name are replaced, others are left alone. The pictures are drawn on all cores and do not depend on how many there are.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="options">How many, how large, and which.</param>
    /// <param name="progress">Told after every picture, one call at a time, with a rising count.</param>
    /// <param name="cancellation">Stops the drawing; the pictures finished so far stay.</param>
    /// <exception cref="GraftException">The folder or a file in it can't be written.</exception>
    /// <exception cref="OperationCanceledException">The drawing was cancelled.</exception>
    public static void Write(
        string folder, SampleFlowerOptions options, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        PictureWriter.Write(folder, Labels, Labels.Count * options.ImagesPerClass, i =>
        {
            var kind = (FlowerKind)(i % Labels.Count);
            int index = i / Labels.Count;
            return (PictureWriter.Name(Labels[(int)kind], index), () => Draw(kind, options.Seed, index, options.Size));
        }, progress, cancellation);
    }
}
