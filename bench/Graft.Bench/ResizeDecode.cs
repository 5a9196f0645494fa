using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Bench;

/// <summary>Decodes and resizes the JPEGs of a folder on one thread, as bench/peers/resize_decode.py does with PIL; equal digests mean equal bits.</summary>
internal static class ResizeDecode
{
    private const int Short = 256, Rounds = 5;

    /// <summary>Prints the milliseconds an image as one JSON object.</summary>
    /// <param name="arguments"><c>--folder</c>: a folder with JPEGs in it or in its folders; <c>--most</c>: how many to take, evenly spread over the sorted list.</param>
    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("folder", ".");
        int most = arguments.Number("most", 300);
        string[] paths = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg").Order(StringComparer.Ordinal)];
        int step = Math.Max(1, paths.Length / most);
        byte[][] files = [.. paths.Where((_, i) => i % step == 0).Take(most).Select(File.ReadAllBytes)];
        RgbImage[] images = [.. files.Select(file => ImageDecoder.Decode(file))];
        ImagePreprocessor cubic = new(new Preprocessing());
        ImagePreprocessor linear = new(new Preprocessing { Interpolation = Interpolation.Bilinear });
        float[] values = new float[cubic.Length];

        using IncrementalHash decoded = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash cropped = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (RgbImage image in images)
        {
            decoded.AppendData(image.Pixels);
            foreach (ImagePreprocessor preprocessor in new[] { linear, cubic })
            {
                using RgbImage square = preprocessor.ResizeAndCrop(image);
                cropped.AppendData(square.Pixels);
            }
        }

        (string Name, double Milliseconds)[] results =
        [
            ("decode_ms", Median(files, file => ImageDecoder.Decode(file).Dispose())),
            ("bilinear_ms", Median(images, image => Resize(image, Interpolation.Bilinear))),
            ("bicubic_ms", Median(images, image => Resize(image, Interpolation.Bicubic))),
            ("bicubic_crop_ms", Median(images, image => cubic.ResizeAndCrop(image).Dispose())),
            ("bicubic_64_ms", Median(images, image => Resizer.Resize(image, 64, 64, Interpolation.Bicubic).Dispose())),
            ("preprocess_ms", Median(images, image => cubic.Apply(image, values))),
        ];
        string times = string.Join(", ", results.Select(result => string.Create(CultureInfo.InvariantCulture, $"\"{result.Name}\": {result.Milliseconds:0.####}")));
        double megapixels = images.Sum(image => (double)image.Width * image.Height) / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"peer": "Graft", "images": {{images.Length}}, "megapixels": {{megapixels:0.##}}, {{times}}, "decoded_sha256": "{{Convert.ToHexStringLower(decoded.GetHashAndReset())}}", "cropped_sha256": "{{Convert.ToHexStringLower(cropped.GetHashAndReset())}}"}"""));
        return 0;
    }

    private static void Resize(RgbImage image, Interpolation interpolation)
    {
        (int width, int height) = image.Width <= image.Height
            ? (Short, (int)((long)Short * image.Height / image.Width))
            : ((int)((long)Short * image.Width / image.Height), Short);
        Resizer.Resize(image, width, height, interpolation).Dispose();
    }

    private static double Median<T>(T[] items, Action<T> work)
    {
        foreach (T item in items) work(item);
        double[] times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            foreach (T item in items) work(item);
            times[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / items.Length;
        }

        Array.Sort(times);
        return times[Rounds / 2];
    }
}
