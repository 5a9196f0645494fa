using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Augmentation;

public class TestTimeViewTests
{
    private static readonly ImagePreprocessor Preprocessor = new(new Preprocessing { Resolution = 28 });

    private static float[] Apply(RgbImage image, TestTimeView view)
    {
        float[] result = new float[Preprocessor.Length];
        Preprocessor.Apply(image, result, view);
        return result;
    }

    [Fact]
    public void ViewsAreWindowsOfTheResizedImage()
    {
        // 32 x 48 after resizing by 1, as the shorter side of the preprocessing is 32.
        RgbImage image = TestImage.Make(32, 48, "noise");
        foreach ((double x, double y, int left, int top) in ((double, double, int, int)[])[(0, 0, 2, 10), (-1, -1, 0, 0), (1, 1, 4, 20), (0.5, -0.5, 3, 5)])
        {
            RgbImage window = new(28, 28);
            for (int row = 0; row < 28; row++) image.Row(top + row).Slice(left * 3, 28 * 3).CopyTo(window.Row(row));
            float[] expected = new float[Preprocessor.Length];
            Preprocessor.Normalize(window, expected);
            Assert.Equal(expected, Apply(image, new TestTimeView { X = x, Y = y }));
        }
    }

    [Fact]
    public void ZoomMakesTheImageLargerButNeverTooSmall()
    {
        RgbImage image = TestImage.Make(64, 64, "noise");
        Assert.Equal(Apply(image, new TestTimeView { Zoom = 28 / 32.0 }), Apply(image, new TestTimeView { Zoom = 0.1 }));
        using RgbImage resized = Resizer.Resize(image, 48, 48, Interpolation.Bicubic);
        using RgbImage window = Resizer.Resize(resized, new PixelBox(10, 10, 28, 28), 28, 28, Interpolation.Bicubic);
        float[] expected = new float[Preprocessor.Length];
        Preprocessor.Normalize(window, expected);
        Assert.Equal(expected, Apply(image, new TestTimeView { Zoom = 1.5 }));
    }

    [Fact]
    public void ListsBeginWithThePlainImageOrItsEnlargement()
    {
        Assert.Equal([new TestTimeView(), new TestTimeView { Mirrored = true }], TestTimeView.Flip);
        Assert.Equal(10, TestTimeView.TenCrop.Distinct().Count());
        Assert.Equal(new TestTimeView { Zoom = 8 / 7.0, X = 1, Y = -1, Mirrored = true }, TestTimeView.TenCrop[7]);
        Assert.Equal(new TestTimeView(), TestTimeView.Plain);
    }

    [Fact]
    public void ALoaderTakesAView()
    {
        string[] paths = [Fixtures.PathOf("large.jpg")];
        TestTimeView view = TestTimeView.TenCrop[8];
        using RgbImage image = ImageDecoder.DecodeFile(paths[0]);
        ImageBatch batch = Assert.Single(new ImageLoader(Preprocessor, new ImageLoaderOptions { View = view }).Load(paths, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(Apply(image, view), batch.Pixels.ToArray());
        Assert.NotEqual(Apply(image, TestTimeView.Plain), batch.Pixels.ToArray());
    }

    [Fact]
    public void ProbabilitiesAreAveraged()
    {
        Assert.Equal([0.5f, 0.25f, 0.25f], TestTimeView.Average([[1, 0, 0], [0, 0.5f, 0.5f]]));
        Assert.Equal("Each view must have as many probabilities as the first, 1, not 2. (Parameter 'probabilities')",
            Assert.Throws<ArgumentException>(() => TestTimeView.Average([[1], [0, 1]])).Message);
        Assert.Equal("The mean of no view is not defined; give the probabilities of one at least. (Parameter 'probabilities')",
            Assert.Throws<ArgumentException>(() => TestTimeView.Average([])).Message);
    }
}
