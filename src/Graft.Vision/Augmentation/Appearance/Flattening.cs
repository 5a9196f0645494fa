using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>A cartoon of the image: flat areas of a few strong colours, with dark outlines or without.</summary>
/// <remarks>Areas are Kuwahara's filter twice, colours the means of 4 to 10 clusters, outlines where the luma's gradient between areas is long.</remarks>
internal static class Flattening
{
    private const int Radius = 3, LeastColours = 4, MostColours = 10;
    private const double Saturation = 2, Outlined = 0.7;

    /// <summary>Draws an image.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        float[] areas = Painting.Strokes(Painting.Strokes(image, side, Radius), side, Radius);
        float[] colours = ColourClusters.Of(areas, LeastColours + random.Index(0, MostColours - LeastColours + 1), random);
        double saturation = Math.Pow(Saturation, random.Uniform(1)), edge = 0.2 + (0.4 * random.Uniform(2));
        bool isOutlined = random.Uniform(3) < Outlined;
        for (int i = 0; i < areas.Length; i += 3)
        {
            int chosen = 3 * ColourClusters.Nearest(colours, areas.AsSpan(i, 3));
            double luma = Luma.Of(colours[chosen], colours[chosen + 1], colours[chosen + 2]);
            for (int c = 0; c < 3; c++) image[i + c] = (float)(luma + (saturation * (colours[chosen + c] - luma)));
        }

        if (!isOutlined) return;
        float[] lumas = Painting.Lumas(areas);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
                if (Painting.Gradient(lumas, side, x, y) > edge) image.Slice(((y * side) + x) * 3, 3).Clear();
        }
    }
}
