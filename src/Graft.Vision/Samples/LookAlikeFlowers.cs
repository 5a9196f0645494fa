using System.Text;
using Graft.Formats;
using Graft.Vision.Samples.LookAlikes;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// Draws images of five kinds of flowers that look alike: anemone, clematis, cosmos, daisy, gerbera. They have the same colours, sizes, backgrounds, light and
/// clutter, and differ in what a botanist would look at: how the petals are shaped and arranged, what stands in the middle, and the leaves. A few of the images to learn
/// from have a wrong label, which the set knows; those to judge by have none. An image depends on the seed, its kind and its index alone.
/// </summary>
internal static class LookAlikeFlowers
{
    /// <summary>The folder of the images to learn from.</summary>
    public const string TrainFolder = "train";

    /// <summary>The folder of the images to judge by.</summary>
    public const string HeldOutFolder = "val";

    /// <summary>The file that names the images with a wrong label.</summary>
    public const string MislabelledFile = "mislabelled.csv";

    /// <summary>Sets these images apart from those of <see cref="SampleFlowers"/>.</summary>
    internal const ulong Stream = 1UL << 61;

    /// <summary>The labels, which are the names of the folders, in the order of <see cref="LookAlikeKind"/>.</summary>
    public static IReadOnlyList<string> Labels { get; } = [.. Enum.GetNames<LookAlikeKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Draws one image.</summary>
    /// <param name="kind">The kind of the flowers in it.</param>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The number of the image among those of its kind.</param>
    /// <param name="size">The side in pixels, 32 to 2048; another side shows the same scene.</param>
    /// <returns>An opaque RGBA image <c>[size, size]</c> that the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not one of <see cref="LookAlikeKind"/>, the index is negative, or the size is out of range.</exception>
    public static SKBitmap Draw(LookAlikeKind kind, ulong seed, int index, int size = 256)
    {
        if (!Enum.IsDefined(kind)) throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of flower.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Image.Draw(dice => LookAlike.Grow(kind, dice), seed, Stream | ((ulong)kind << 32) | (uint)index, size);
    }

    /// <summary>The images to learn from that have a wrong label, in the order of their paths.</summary>
    /// <param name="options">The set.</param>
    public static IReadOnlyList<MislabelledImage> Mislabelled(LookAlikeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return
        [
            .. from wrong in new WrongLabels(options).All
               let label = Labels[(int)wrong.Folder]
               select new MislabelledImage($"{TrainFolder}/{ImageWriter.Name(label, wrong.Number)}", label, wrong.Kind),
        ];
    }

    /// <summary>
    /// Writes a set: <c>folder/train/label/label-0001.jpg</c> and so on to learn from, <c>folder/val</c> in the same way to judge by, and <c>folder/mislabelled.csv</c>, which
    /// names the images with a wrong label and says what they are. Each file appears under its name only when it is complete; files of the same name are replaced, others are left alone.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="options">How many, how large, and which.</param>
    /// <param name="progress">Told after every image, one call at a time, with a rising count.</param>
    /// <param name="cancellation">Stops the drawing; the images finished so far stay.</param>
    /// <exception cref="GraftException">The folder or a file in it can't be written.</exception>
    /// <exception cref="OperationCanceledException">The drawing was cancelled.</exception>
    public static void Write(string folder, LookAlikeOptions options, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        WrongLabels wrong = new(options);
        int kinds = Labels.Count, train = kinds * options.ImagesPerClass, total = train + (kinds * options.HeldOutPerClass);
        string[] parts = options.HeldOutPerClass > 0 ? [TrainFolder, HeldOutFolder] : [TrainFolder];
        ImageWriter.Write(folder, parts.SelectMany(part => Labels.Select(label => $"{part}/{label}")), total, i =>
        {
            bool heldOut = i >= train;
            int place = heldOut ? i - train : i, number = place / kinds;
            LookAlikeKind label = (LookAlikeKind)(place % kinds);
            (LookAlikeKind kind, int index) = heldOut ? (label, SampleLimits.MostImages + number) : wrong.At(label, number);
            return ($"{(heldOut ? HeldOutFolder : TrainFolder)}/{ImageWriter.Name(Labels[(int)label], number)}", () => Draw(kind, options.Seed, index, options.Size));
        }, progress, cancellation);

        StringBuilder table = new("image,label,kind\n");
        foreach (MislabelledImage image in Mislabelled(options)) table.Append($"{image.Path},{image.Label},{Labels[(int)image.Kind]}\n");
        byte[] text = Encoding.UTF8.GetBytes(table.ToString());
        ImageWriter.Guard(folder, () => AtomicFile.Write(Path.Combine(folder, MislabelledFile), stream => stream.Write(text)));
    }
}
