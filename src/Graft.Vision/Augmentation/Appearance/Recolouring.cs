using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>Other colours under the same light: hues are turned, and colours are paler or stronger.</summary>
internal static class Recolouring
{
    // Of the whole circle. More would make a rose of what is a dandelion to people, too.
    private const double Turn = 0.12, Saturation = 1.8;

    /// <summary>Each pixel keeps its luma; its distance to grey is turned around the grey axis and stretched.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        double angle = 2 * Math.PI * Turn * ((2 * random.Uniform(0)) - 1), factor = Math.Pow(Saturation, (2 * random.Uniform(1)) - 1);
        double along = (1 + (2 * Math.Cos(angle))) / 3, before = ((1 - Math.Cos(angle)) / 3) - (Math.Sin(angle) / Math.Sqrt(3)), after = ((1 - Math.Cos(angle)) / 3) + (Math.Sin(angle) / Math.Sqrt(3));
        for (int i = 0; i < image.Length; i += 3)
        {
            double red = image[i], green = image[i + 1], blue = image[i + 2], luma = Luma.Of(red, green, blue);
            double turnedRed = (along * red) + (before * green) + (after * blue);
            double turnedGreen = (after * red) + (along * green) + (before * blue);
            double turnedBlue = (before * red) + (after * green) + (along * blue);
            double turnedLuma = Luma.Of(turnedRed, turnedGreen, turnedBlue);
            image[i] = (float)(luma + (factor * (turnedRed - turnedLuma)));
            image[i + 1] = (float)(luma + (factor * (turnedGreen - turnedLuma)));
            image[i + 2] = (float)(luma + (factor * (turnedBlue - turnedLuma)));
        }
    }
}
