using Graft.Vision.Checking;
using Graft.Vision.Decoding;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Checking;

/// <summary>A folder of drawn flowers of which a test plants copies and worse.</summary>
internal sealed class CheckedFolder : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CheckedFolder(int images = 8, int size = 128, ulong seed = 3)
    {
        SampleFlowers.Write(Root, new SampleFlowerOptions { ImagesPerClass = images, Size = size, Seed = seed });
    }

    /// <summary>Makes no images.</summary>
    public static CheckedFolder Empty() => new(new TemporaryFolder());

    private CheckedFolder(TemporaryFolder folder) => this.folder = folder;

    public string Root => folder["images"];

    /// <summary>An image of a class.</summary>
    public string Image(string name, int index) => Directory.GetFiles(Path.Combine(Root, name)).Order(StringComparer.Ordinal).ElementAt(index);

    /// <summary>The name under which a check knows a file.</summary>
    public string NameOf(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    public string Plant(string relative, ReadOnlySpan<byte> content) => NameOf(folder.Write(Path.Combine("images", relative), content));

    public CheckResult Check(int threads = 2, FeatureCache? cache = null, ImageFolder? validation = null, CancellationToken? cancellation = null) => FolderCheck.Run(
        Formats.BuiltinTrunks.Load(), CheckedImages.Of(ImageSets.Scan(Root, requiredClasses: 1), validation), new CheckOptions { Threads = threads, Cache = cache }, cancellation: cancellation ?? TestContext.Current.CancellationToken);

    public void Dispose() => folder.Dispose();

    public static RgbImage Crop(RgbImage image, double left, double right, double top, double bottom)
    {
        int x = (int)(left * image.Width), y = (int)(top * image.Height), width = image.Width - x - (int)(right * image.Width), height = image.Height - y - (int)(bottom * image.Height);
        return Resizer.Resize(image, new PixelBox(x, y, width, height), width, height, Interpolation.Bilinear);
    }

    public static RgbImage Scale(RgbImage image, double factor) => Resizer.Resize(image, (int)(image.Width * factor), (int)(image.Height * factor), Interpolation.Bicubic);

    public static RgbImage Change(RgbImage image, Func<int, int, int, double> value)
    {
        RgbImage result = new(image.Width, image.Height);
        Span<byte> pixels = result.Pixels;
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Clamp(Math.Round(value(i / 3 % image.Width, i / 3 / image.Width, i % 3)), 0, 255);
        return result;
    }

    public static RgbImage Brighter(RgbImage image) => Change(image, (x, y, c) => (1.12 * image.Row(y)[(3 * x) + c]) + 12);

    public static RgbImage Mirror(RgbImage image) => Change(image, (x, y, c) => image.Row(y)[(3 * (image.Width - 1 - x)) + c]);

    public static RgbImage Blur(RgbImage image, double deviation)
    {
        int radius = (int)(3 * deviation);
        double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(k => Math.Exp(-k * k / (2 * deviation * deviation)))];
        double sum = weights.Sum();
        RgbImage rows = Change(image, (x, y, c) => weights.Select((w, k) => w * image.Row(y)[(3 * Math.Clamp(x + k - radius, 0, image.Width - 1)) + c]).Sum() / sum);
        return Change(rows, (x, y, c) => weights.Select((w, k) => w * rows.Row(Math.Clamp(y + k - radius, 0, image.Height - 1))[(3 * x) + c]).Sum() / sum);
    }

    public static RgbImage Read(string path) => ImageDecoder.DecodeFile(path);
}
