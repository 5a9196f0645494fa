using Graft.Vision.Augmentation;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using SkiaSharp;

namespace Graft.Vision.Tests.Loading;

/// <summary>Large JPEGs decoded at a fraction of their size.</summary>
public class ScaledDecodingTests
{
    private static readonly Preprocessing Exact = new() { Resolution = 56, CropFraction = 0.875 }, Scaled = Exact with { Decoding = JpegDecoding.Scaled };

    [Theory]
    [InlineData(1024, 640, SKEncodedImageFormat.Jpeg)]
    [InlineData(519, 901, SKEncodedImageFormat.Jpeg)]
    public void LargePhotographsBecomeNearlyTheSame(int width, int height, SKEncodedImageFormat format)
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, width, height, format);
        float[] exact = Load(path, Exact), scaled = Load(path, Scaled);
        double deviation = Math.Sqrt(exact.Zip(scaled).Average(pair => Math.Pow(pair.First - pair.Second, 2)));

        // 0.05 of a standard deviation of ImageNet's colours are three values of 255.
        Assert.InRange(deviation, 1e-6, 0.05);
    }

    [Theory]
    [InlineData(127, 300, SKEncodedImageFormat.Jpeg)]
    [InlineData(1024, 640, SKEncodedImageFormat.Png)]
    [InlineData(1024, 640, SKEncodedImageFormat.Webp)]
    public void WhatIsNotTwiceAsLargeAsNeededAndOtherFormatsAreTheSame(int width, int height, SKEncodedImageFormat format)
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, width, height, format);
        Assert.Equal(Load(path, Exact), Load(path, Scaled));
    }

    // 64 pixels are needed; a view of twice that zoom needs 128.
    [Fact]
    public void TheFractionStillHasWhatAViewNeeds()
    {
        Assert.Equal((int.MaxValue, int.MaxValue), (new ImagePreprocessor(Exact).DecodedSide(TestTimeView.Plain), new ImagePreprocessor(Exact).DecodedSide(TestTimeView.Plain with { Zoom = 2 })));
        Assert.Equal((64, 128), (new ImagePreprocessor(Scaled).DecodedSide(TestTimeView.Plain), new ImagePreprocessor(Scaled).DecodedSide(TestTimeView.Plain with { Zoom = 2 })));
        Assert.Equal(56, new ImagePreprocessor(Scaled).DecodedSide(TestTimeView.Plain with { Zoom = 0.5 }));
    }

    [Theory]
    [InlineData(JpegDecoding.Exact)]
    [InlineData(JpegDecoding.Scaled)]
    public void WhatIsNotVariedInTrainingIsWhatPredictionSees(JpegDecoding decoding)
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, 1024, 640, SKEncodedImageFormat.Jpeg);
        Preprocessing preprocessing = Exact with { Decoding = decoding };
        TrainingLoader loader = new([new ImageItem(path, Path.GetFileName(path), 0)], 1, preprocessing, AugmentationOptions.None);
        Assert.Equal(Load(path, preprocessing), Assert.Single(loader.Load(0, 1, cancellation: TestContext.Current.CancellationToken)).Pixels.ToArray());
    }

    [Fact]
    public void FilesBytesAndFoldersAreDecodedAlike()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, 1024, 640, SKEncodedImageFormat.Jpeg);
        foreach (JpegDecoding decoding in Enum.GetValues<JpegDecoding>())
        {
            Model trunk = Model.Builtin();
            using ImageEmbedder embedder = new(trunk with { Preprocessing = trunk.Preprocessing with { Decoding = decoding } });
            float[] features = embedder.Embed(path);
            Assert.Equal(features, embedder.Embed(File.ReadAllBytes(path)));
            using FileStream stream = File.OpenRead(path);
            Assert.Equal(features, embedder.Embed(stream));
        }
    }

    private static float[] Load(string path, Preprocessing preprocessing) =>
        Assert.Single(new ImageLoader(new ImagePreprocessor(preprocessing)).Load([path], cancellation: TestContext.Current.CancellationToken)).Pixels.ToArray();

    // A photograph's kind of image: few edges, all colours.
    private static string Write(TemporaryFolder folder, int width, int height, SKEncodedImageFormat format)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double u = 8.0 * x / width, v = 6.0 * y / height;
                bitmap.SetPixel(x, y, new SKColor(Value(Math.Sin(u) * Math.Cos(v)), Value(Math.Sin((u * 2) + v)), Value(Math.Cos(u - (3 * v)))));
            }
        }

        using SKData data = bitmap.Encode(format, 100);
        return folder.Write($"{width}x{height}.{format}", data.ToArray());
    }

    private static byte Value(double unit) => (byte)Math.Round(127.5 * (1 + unit));
}
