using System.Globalization;
using Graft.Formats;
using Graft.Numerics;
using Graft.Vision.Samples.Backgrounds;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// Draws labelled pictures of five kinds of flowers, to try Graft without any data: daisy, dandelion, rose, sunflower, tulip, with
/// varied colour, light, background, scale, pose, occlusion and clutter. A picture depends on the seed, its kind and its index alone.
/// </summary>
public static class SampleFlowers
{
    private const int Quality = 88;

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
        if (size is < 32 or > 2048)
            throw new ArgumentOutOfRangeException(nameof(size), size, "The side of a picture must be from 32 to 2048 pixels.");
        ulong stream = ((ulong)kind << 32) | (uint)index;
        var dice = new Dice(seed, stream);
        var bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Scale(size / Backdrop.Side);
            Scene.Draw(canvas, kind, dice, size);
        }

        bitmap = Camera.Focus(bitmap, dice);
        Camera.Develop(bitmap, dice, new Philox(seed, stream | (1UL << 63)));
        return bitmap;
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
        cancellation.ThrowIfCancellationRequested();
        int total = Labels.Count * options.ImagesPerClass, done = 0;
        var turn = new Lock();
        try
        {
            foreach (string label in Labels)
                Directory.CreateDirectory(Path.Combine(folder, label));
            Parallel.For(0, total, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                WriteOne(folder, options, (FlowerKind)(i % Labels.Count), i / Labels.Count);
                lock (turn)
                    progress?.Report(new Completion(++done, total));
            });
        }
        catch (Exception error) when (Cause(error) is IOException or UnauthorizedAccessException)
        {
            string reason = Cause(error).Message;
            throw new GraftException(
                $"The sample pictures go into a folder that can be written, and '{folder}' can't: {reason} Name another folder, or make this one writable.",
                error);
        }
    }

    private static Exception Cause(Exception error) => error is AggregateException { InnerExceptions: [var first, ..] } ? first : error;

    private static void WriteOne(string folder, SampleFlowerOptions options, FlowerKind kind, int index)
    {
        string label = Labels[(int)kind], name = string.Create(CultureInfo.InvariantCulture, $"{label}-{index + 1:0000}.jpg");
        using SKBitmap bitmap = Draw(kind, options.Seed, index, options.Size);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        AtomicFile.Write(Path.Combine(folder, label, name), data.SaveTo);
    }
}
