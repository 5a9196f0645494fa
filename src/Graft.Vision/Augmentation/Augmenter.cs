using Graft.Vision.Augmentation.Operations;
using Graft.Vision.Loading;

namespace Graft.Vision.Augmentation;

/// <summary>Makes training images of decoded ones. Thread-safe.</summary>
internal sealed class Augmenter
{
    // Beyond twice the resolution an image costs more memory than its smallest crops gain in sharpness.
    private const double LargestWorkingSide = 2;

    private readonly ImagePreprocessor preprocessor;
    private readonly AugmentationOptions options;
    private readonly Colour fill;

    public Augmenter(ImagePreprocessor preprocessor, AugmentationOptions options)
    {
        (this.preprocessor, this.options) = (preprocessor, options);
        int resolution = preprocessor.Preprocessing.Resolution;
        WorkingSide = options.Crop is { } crop ? (int)Math.Ceiling(resolution * Math.Min(LargestWorkingSide, 1 / Math.Sqrt(crop.Scale.Low))) : preprocessor.ShorterSide;
        fill = Colour.MeanOf(preprocessor.Preprocessing);
    }

    /// <summary>The shorter side that an image is reduced to before anything else, if it is longer: the smallest square crop then still has the resolution.</summary>
    public int WorkingSide { get; }

    /// <summary>Reduces an image to the working size. Gives the same image back where it is no larger.</summary>
    public RgbImage Reduce(RgbImage image)
    {
        int shorter = Math.Min(image.Width, image.Height);
        if (shorter <= WorkingSide) return image;

        // A crop resizes once more: the sharper filter keeps what two bilinear ones would blur.
        Interpolation filter = options.Crop is null ? preprocessor.Preprocessing.Interpolation : Interpolation.Bicubic;
        return Resizer.Resize(image, Scaled(image.Width, shorter), Scaled(image.Height, shorter), filter);
    }

    /// <summary>Varies an image and normalizes it.</summary>
    /// <param name="image">The image, which is not changed.</param>
    /// <param name="draws">The random numbers.</param>
    /// <param name="destination">The values, <c>[resolution, resolution, 3]</c>.</param>
    public void Apply(RgbImage image, RandomStream draws, Span<float> destination)
    {
        int resolution = preprocessor.Preprocessing.Resolution;
        RgbImage square = options.Crop is { } crop
            ? Resizer.Resize(image, crop.Draw(image.Width, image.Height, ref draws), resolution, resolution, preprocessor.Preprocessing.Interpolation)
            : preprocessor.ResizeAndCrop(image);
        if (options.RandAugment is { } operations) square = operations.Apply(square, ref draws, fill);
        options.Colours?.Apply(square, ref draws);
        bool mirrored = draws.Chance(options.Mirror), upsideDown = draws.Chance(options.UpsideDown);
        preprocessor.Normalize(square, destination, mirrored, upsideDown);
        square.Dispose();
        options.Appearance?.Apply(destination, resolution, preprocessor.Preprocessing, draws);
        options.Erasing?.Apply(destination, resolution, ref draws);
    }

    // The same rule as the preprocessor's, so that without a random crop an image becomes what it is in evaluation.
    private int Scaled(int side, int shorter) => side == shorter ? WorkingSide : (int)((double)WorkingSide * side / shorter);
}
