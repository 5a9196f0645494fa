using System.Globalization;
using System.Text;
using Graft.Formats;
using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// Draws images with flowers of several kinds, of one, or with none, and a list that says which kinds are in each and how many flowers: to try several labels and numbers without any data. An image depends on the seed and its
/// index alone.
/// </summary>
internal static class MixedFlowers
{
    /// <summary>The list in the folder: <c>path,labels,flowers,split</c>.</summary>
    public const string ListFile = "list.csv";

    private const string Folder = "images";

    /// <summary>Sets these images apart from those of <see cref="SampleFlowers"/>.</summary>
    private const ulong Stream = 1UL << 60;

    /// <summary>What grows in an image, one entry a flower: of none to three kinds, one or two of each.</summary>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The number of the image.</param>
    public static IReadOnlyList<FlowerKind> Kinds(ulong seed, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        Dice dice = new(seed, Stream | (1UL << 59) | (uint)index);
        List<FlowerKind> left = [.. Enum.GetValues<FlowerKind>()], kinds = [];
        for (int i = dice.Weighted([0.06f, 0.3f, 0.36f, 0.28f]); i > 0; i--)
        {
            FlowerKind kind = left[dice.Int(0, left.Count - 1)];
            left.Remove(kind);
            kinds.AddRange(Enumerable.Repeat(kind, dice.Chance(0.4f) ? 2 : 1));
        }

        return kinds;
    }

    /// <summary>Draws one image.</summary>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The number of the image.</param>
    /// <param name="size">The side in pixels, 32 to 2048; another side shows the same scene.</param>
    /// <returns>An opaque RGBA image <c>[size, size]</c> that the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative, or the size is out of range.</exception>
    public static SKBitmap Draw(ulong seed, int index, int size = 256)
    {
        IReadOnlyList<FlowerKind> kinds = Kinds(seed, index);
        return Image.Draw((canvas, dice) => Scene.Draw(canvas, [.. kinds.Select(kind => (Func<Dice, Flower>)(d => Flower.Grow(kind, d)))], dice, size), seed, Stream | (uint)index, size);
    }

    /// <summary>
    /// Writes a set: <c>folder/images/image-0001.jpg</c> and so on, and <c>folder/list.csv</c> with the kinds and the number of flowers of each; every fifth image is for validation. Files of the same name are replaced, others are
    /// left alone.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="options">How many, how large, and which.</param>
    /// <param name="progress">Told after every image, one call at a time, with a rising count.</param>
    /// <param name="cancellation">Stops the drawing; the images finished so far stay.</param>
    /// <exception cref="GraftException">The folder or a file in it can't be written.</exception>
    /// <exception cref="OperationCanceledException">The drawing was cancelled.</exception>
    public static void Write(string folder, SampleFlowerOptions options, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ImageWriter.Write(folder, [Folder], options.ImagesPerClass, i => (Name(i), () => Draw(options.Seed, i, options.Size)), progress, cancellation);
        StringBuilder list = new("path,labels,flowers,split\n");
        for (int i = 0; i < options.ImagesPerClass; i++)
        {
            IReadOnlyList<FlowerKind> kinds = Kinds(options.Seed, i);
            string labels = string.Join(';', kinds.Distinct().Order().Select(kind => SampleFlowers.Labels[(int)kind]));
            list.Append(CultureInfo.InvariantCulture, $"{Name(i)},{labels},{kinds.Count},{(i % 5 == 4 ? "val" : "train")}\n");
        }

        AtomicFile.Write(Path.Combine(folder, ListFile), stream => stream.Write(Encoding.UTF8.GetBytes(list.ToString())));
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/image-{index + 1:0000}.jpg");
}
