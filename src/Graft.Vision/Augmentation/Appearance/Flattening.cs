using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>A cartoon of the image: flat areas of a few strong colours, with dark outlines or without.</summary>
/// <remarks>Areas are Kuwahara's filter twice, colours the means of 4 to 10 clusters (Lloyd 1982), outlines where the luma's gradient between areas is long.</remarks>
internal static class Flattening
{
    private const int Radius = 3, LeastColours = 4, MostColours = 10, Rounds = 4;
    private const double Saturation = 2, Outlined = 0.7;

    /// <summary>Draws an image.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        float[] areas = Painting.Strokes(Painting.Strokes(image, side, Radius), side, Radius);
        float[] colours = Colours(areas, LeastColours + random.Index(0, MostColours - LeastColours + 1), random);
        double saturation = Math.Pow(Saturation, random.Uniform(1)), edge = 0.2 + (0.4 * random.Uniform(2));
        bool isOutlined = random.Uniform(3) < Outlined;
        for (int i = 0; i < areas.Length; i += 3)
        {
            int chosen = Nearest(colours, areas[i], areas[i + 1], areas[i + 2]);
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

    /// <summary>The means of clusters of pixels, which begin with pixels at random.</summary>
    private static float[] Colours(float[] image, int count, Philox random)
    {
        float[] colours = new float[3 * count];
        for (int k = 0; k < count; k++) image.AsSpan(3 * random.Index((ulong)(10 + k), image.Length / 3), 3).CopyTo(colours.AsSpan(3 * k));
        for (int round = 0; round < Rounds; round++)
        {
            double[] sums = new double[3 * count];
            int[] pixels = new int[count];

            // Every third pixel tells as much.
            for (int i = 0; i < image.Length; i += 9)
            {
                int k = Nearest(colours, image[i], image[i + 1], image[i + 2]);
                pixels[k / 3]++;
                for (int c = 0; c < 3; c++) sums[k + c] += image[i + c];
            }

            for (int k = 0; k < count; k++)
                for (int c = 0; c < 3 && pixels[k] > 0; c++) colours[(3 * k) + c] = (float)(sums[(3 * k) + c] / pixels[k]);
        }

        return colours;
    }

    /// <summary>The place of the nearest colour.</summary>
    private static int Nearest(float[] colours, float red, float green, float blue)
    {
        int nearest = 0;
        float least = float.MaxValue;
        for (int k = 0; k < colours.Length; k += 3)
        {
            (float r, float g, float b) = (colours[k] - red, colours[k + 1] - green, colours[k + 2] - blue);
            float distance = (r * r) + (g * g) + (b * b);
            if (distance < least) (least, nearest) = (distance, k);
        }

        return nearest;
    }
}
