using System.Globalization;
using Graft.Formats;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Writes drawn images on all cores, each under its name only when it is complete.</summary>
internal static class ImageWriter
{
    private const int Quality = 88;

    /// <summary>The place of an image: <c>label/label-0001.jpg</c> for the first.</summary>
    public static string Name(string label, int index) => string.Create(CultureInfo.InvariantCulture, $"{label}/{label}-{index + 1:0000}.jpg");

    /// <summary>Writes images; files of the same name are replaced, others are left alone.</summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="folders">The folders in it that images go into.</param>
    /// <param name="total">The number of images.</param>
    /// <param name="image">The place of an image in the folder, and what draws it; called on many threads.</param>
    /// <param name="progress">Told after every image, one call at a time, with a rising count.</param>
    /// <param name="cancellation">Stops the drawing; the images finished so far stay.</param>
    public static void Write(
        string folder, IEnumerable<string> folders, int total, Func<int, (string File, Func<SKBitmap> Draw)> image, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int done = 0;
        Lock turn = new();
        Guard(folder, () =>
        {
            foreach (string name in folders) Directory.CreateDirectory(Path.Combine(folder, name));
            Parallel.For(0, total, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                (string file, Func<SKBitmap> draw) = image(i);
                using (SKBitmap bitmap = draw())
                using (SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality))
                    AtomicFile.Write(Path.Combine(folder, file), data.SaveTo);
                lock (turn)
                    progress?.Report(new Completion(++done, total));
            });
        });
    }

    /// <summary>Runs what writes into a folder, and says what to do where it can't be written.</summary>
    public static void Guard(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (Cause(error) is IOException or UnauthorizedAccessException)
        {
            throw new GraftException(
                $"The sample images go into a folder that can be written, and '{folder}' can't: {Cause(error).Message} Name another folder, or make this one writable.", error);
        }
    }

    private static Exception Cause(Exception error) => error is AggregateException { InnerExceptions: [var first, ..] } ? first : error;
}
