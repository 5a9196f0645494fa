using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>
/// What is in the middle, on a plain sheet of white or of another colour. A network that learns from photographs learns what is behind things, too: where guitars alone were photographed before white, all that
/// is before white is a guitar.
/// </summary>
/// <remarks>
/// A pixel is kept by how much more often colours like its own are found in the middle than along the border, and by how near to the middle it is: Bayes' rule for two classes, smoothed. It is no segmentation, but
/// what is left out is mostly background.
/// </remarks>
internal static class Isolation
{
    private const int Colours = 10;
    private const double White = 0.6, Border = 0.85, Middle = 0.5, AtMiddle = 0.97, Falls = 0.75, AtLeast = 0.03, From = 0.4, To = 0.6, Sure = 1e-3;

    /// <summary>Isolates what is in the middle of an image.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        float[] colours = ColourClusters.Of(image, Colours, random);
        float[] kept = Smooth(Smooth(Kept(image, side, colours), side), side);
        float[] sheet = random.Uniform(3) < White ? [1, 1, 1] : [(float)random.Uniform(4), (float)random.Uniform(5), (float)random.Uniform(6)];
        for (int i = 0; i < kept.Length; i++)
        {
            double part = Math.Clamp((kept[i] - From) / (To - From), 0, 1);
            for (int c = 0; c < 3; c++) image[(3 * i) + c] = (float)((part * image[(3 * i) + c]) + ((1 - part) * sheet[c]));
        }
    }

    /// <summary>The probability that a pixel is part of what is in the middle.</summary>
    private static float[] Kept(ReadOnlySpan<float> image, int side, float[] colours)
    {
        int[] number = new int[side * side];
        double[] along = new double[Colours], amid = new double[Colours];
        for (int i = 0; i < number.Length; i++)
        {
            number[i] = ColourClusters.Nearest(colours, image.Slice(3 * i, 3));
            (double u, double v) = Place(i, side);
            if (Math.Max(Math.Abs(u), Math.Abs(v)) > Border) along[number[i]]++;
            else if ((u * u) + (v * v) < Middle * Middle) amid[number[i]]++;
        }

        (double ofBorder, double ofMiddle) = (Math.Max(1, along.Sum()), Math.Max(1, amid.Sum()));
        float[] kept = new float[number.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            (double u, double v) = Place(i, side);
            double prior = Math.Clamp(AtMiddle - (Falls * ((u * u) + (v * v))), AtLeast, AtMiddle);
            double like = prior * ((amid[number[i]] / ofMiddle) + Sure), unlike = (1 - prior) * ((along[number[i]] / ofBorder) + Sure);
            kept[i] = (float)(like / (like + unlike));
        }

        return kept;
    }

    /// <summary>A pixel's place, -1 to 1 from left to right and from top to bottom.</summary>
    private static (double U, double V) Place(int i, int side) => ((2 * ((i % side) + 0.5) / side) - 1, (2 * ((i / side) + 0.5) / side) - 1);

    /// <summary>The mean of the square around each pixel.</summary>
    private static float[] Smooth(float[] values, int side)
    {
        int radius = Math.Max(1, side / 28);
        float[] rows = new float[values.Length], both = new float[values.Length];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++) rows[(y * side) + x] = Mean(values, y * side, 1, x);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++) both[(y * side) + x] = Mean(rows, x, side, y);
        return both;

        float Mean(float[] line, int start, int step, int at)
        {
            float sum = 0;
            int first = Math.Max(0, at - radius), last = Math.Min(side - 1, at + radius);
            for (int k = first; k <= last; k++) sum += line[start + (k * step)];
            return sum / (last - first + 1);
        }
    }
}
