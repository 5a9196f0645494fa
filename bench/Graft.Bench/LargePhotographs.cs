using System.Diagnostics;
using System.Globalization;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;
using SkiaSharp;

namespace Graft.Bench;

/// <summary>Classifies large photographs, decoded whole and at a fraction of their size: milliseconds an image in turn, and how often the first label is the same.</summary>
internal static class LargePhotographs
{
    private const int Rounds = 3, Quality = 90;

    /// <summary>Prints one JSON object.</summary>
    /// <param name="arguments">
    /// <c>--folder</c>: a folder with JPEGs in it or in its folders; <c>--most</c>: how many to take, evenly spread over the sorted list; <c>--megapixels</c>: what they are enlarged to; <c>--model</c>: a
    /// model with labels, or the name of one that comes with Graft; <c>--threads</c>.
    /// </param>
    public static int Run(Arguments arguments)
    {
        int most = arguments.Number("most", 200), megapixels = arguments.Number("megapixels", 12), threads = arguments.Number("threads", 1);
        string[] paths = [.. Directory.EnumerateFiles(arguments.Text("folder", "."), "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg").Order(StringComparer.Ordinal)];
        double step = Math.Max(1, (double)paths.Length / most);
        byte[][] files = [.. Enumerable.Range(0, Math.Min(most, paths.Length)).Select(i => Enlarge(paths[(int)(i * step)], megapixels * 1e6))];

        string name = arguments.Text("model", "builtin-large");
        Model model = File.Exists(name) ? Model.Load(name) : Model.Builtin(name);
        using ImageClassifier exact = Of(model, JpegDecoding.Exact, threads), scaled = Of(model, JpegDecoding.Scaled, threads);
        ImagePreprocessor preprocessor = new(scaled.Model.Preprocessing);

        (double Exact, double Scaled, double Decode, double DecodeScaled)[] times = new (double, double, double, double)[Rounds];
        int same = 0;
        double difference = 0;
        foreach (int round in Enumerable.Range(0, Rounds))
        {
            foreach (byte[] file in files)
            {
                string? first = null, other = null;
                times[round].Exact += Milliseconds(() => first = exact.Classify(file, 1)[0].Label);
                times[round].Scaled += Milliseconds(() => other = scaled.Classify(file, 1)[0].Label);
                times[round].Decode += Milliseconds(() => Decode(file, int.MaxValue).Dispose());
                times[round].DecodeScaled += Milliseconds(() => Decode(file, preprocessor.ShorterSide).Dispose());
                if (round > 0) continue;
                if (first == other) same++;
                difference += Difference(file, preprocessor);
            }
        }

        double Median(Func<(double Exact, double Scaled, double Decode, double DecodeScaled), double> part) => times.Select(part).Order().ElementAt(Rounds / 2) / files.Length;
        double whole = Median(t => t.Exact), part = Median(t => t.Scaled);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"images": {{files.Length}}, "megabytes": {{files.Average(file => file.Length) / 1e6:0.00}}, "exact_ms": {{whole:0.00}}, "scaled_ms": {{part:0.00}}, "ratio": {{whole / part:0.00}}, "decode_exact_ms": {{Median(t => t.Decode):0.00}}, "decode_scaled_ms": {{Median(t => t.DecodeScaled):0.00}}, "same_first_label": {{(double)same / files.Length:0.0000}}, "mean_difference_of_255": {{difference / files.Length:0.000}}}"""));
        return 0;
    }

    private static ImageClassifier Of(Model model, JpegDecoding decoding, int threads) => new(model with { Preprocessing = model.Preprocessing with { Decoding = decoding } }, threads);

    private static RgbImage Decode(byte[] file, int side)
    {
        using DecodeLease lease = new();
        return ImageDecoder.Decode(file, new DecodeRequest(ImageLimits.Default, side, lease), out _);
    }

    private static double Difference(byte[] file, ImagePreprocessor preprocessor)
    {
        using RgbImage whole = Decode(file, int.MaxValue), part = Decode(file, preprocessor.ShorterSide);
        using RgbImage first = preprocessor.ResizeAndCrop(whole), second = preprocessor.ResizeAndCrop(part);
        double sum = 0;
        for (int i = 0; i < first.Pixels.Length; i++) sum += Math.Abs(first.Pixels[i] - second.Pixels[i]);
        return sum / first.Pixels.Length;
    }

    private static byte[] Enlarge(string path, double pixels)
    {
        using SKBitmap small = SKBitmap.Decode(path);
        double factor = Math.Sqrt(pixels / ((double)small.Width * small.Height));
        using SKBitmap large = small.Resize(new SKImageInfo((int)(small.Width * factor), (int)(small.Height * factor)), new SKSamplingOptions(SKCubicResampler.Mitchell));
        using SKData data = large.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }

    private static double Milliseconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
