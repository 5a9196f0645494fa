using Graft.Vision.Loading;

namespace Graft.Vision.Augmentation;

/// <summary>A crop of random size, shape and place, resized to the network's resolution: torchvision's <c>RandomResizedCrop</c>.</summary>
/// <remarks>
/// Up to ten times a part of the area is drawn uniformly and an aspect ratio uniformly in its logarithm; the first box that fits is put at a random place. Where none
/// fits, the largest middle box of an allowed shape is taken. Source: Szegedy et al., "Going deeper with convolutions", arXiv:1409.4842, section 6;
/// torchvision 0.14, transforms/transforms.py.
/// </remarks>
public sealed record RandomCrop
{
    private const int Tries = 10;

    /// <summary>The part of the image's area to keep, in (0, 1]: 0.35 to 1. ImageNet is trained from 0.08 on, which hides the object of a small set's image too often.</summary>
    public Interval Scale { get; init => field = value.Within(0.001, 1, nameof(Scale)); } = new(0.35, 1);

    /// <summary>Width over height of the crop: 3/4 to 4/3.</summary>
    public Interval Ratio { get; init => field = value.Positive(nameof(Ratio)); } = new(3 / 4.0, 4 / 3.0);

    internal PixelBox Draw(int width, int height, ref RandomStream draws)
    {
        double area = (double)width * height;
        for (int i = 0; i < Tries; i++)
        {
            double part = area * draws.Uniform(Scale), ratio = draws.LogUniform(Ratio);
            int w = (int)Math.Round(Math.Sqrt(part * ratio)), h = (int)Math.Round(Math.Sqrt(part / ratio));
            if (w <= 0 || w > width || h <= 0 || h > height) continue;
            int y = draws.Index(height - h + 1), x = draws.Index(width - w + 1);
            return new PixelBox(x, y, w, h);
        }

        return Middle(width, height);
    }

    private PixelBox Middle(int width, int height)
    {
        double ratio = (double)width / height;
        (int w, int h) = ratio < Ratio.Low
            ? (width, Math.Max(1, (int)Math.Round(width / Ratio.Low)))
            : ratio > Ratio.High ? (Math.Max(1, (int)Math.Round(height * Ratio.High)), height) : (width, height);
        return new PixelBox((width - w) / 2, (height - h) / 2, w, h);
    }
}
