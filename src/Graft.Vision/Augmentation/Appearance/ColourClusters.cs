using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>A few colours that an image consists of: means of clusters of its pixels (Lloyd 1982).</summary>
internal static class ColourClusters
{
    private const int Rounds = 4;

    /// <summary>The means of clusters of pixels, which begin with pixels at random; red, green and blue of one after the other.</summary>
    public static float[] Of(ReadOnlySpan<float> image, int count, Philox random)
    {
        float[] colours = new float[3 * count];
        for (int k = 0; k < count; k++) image.Slice(3 * random.Index((ulong)(10 + k), image.Length / 3), 3).CopyTo(colours.AsSpan(3 * k));
        for (int round = 0; round < Rounds; round++)
        {
            double[] sums = new double[3 * count];
            int[] pixels = new int[count];

            // Every third pixel tells as much.
            for (int i = 0; i < image.Length; i += 9)
            {
                int k = Nearest(colours, image.Slice(i, 3));
                pixels[k]++;
                for (int c = 0; c < 3; c++) sums[(3 * k) + c] += image[i + c];
            }

            for (int k = 0; k < count; k++)
                for (int c = 0; c < 3 && pixels[k] > 0; c++) colours[(3 * k) + c] = (float)(sums[(3 * k) + c] / pixels[k]);
        }

        return colours;
    }

    /// <summary>The number of the colour that is nearest to a pixel's.</summary>
    public static int Nearest(ReadOnlySpan<float> colours, ReadOnlySpan<float> pixel)
    {
        int nearest = 0;
        float least = float.MaxValue;
        for (int k = 0; k < colours.Length; k += 3)
        {
            (float r, float g, float b) = (colours[k] - pixel[0], colours[k + 1] - pixel[1], colours[k + 2] - pixel[2]);
            float distance = (r * r) + (g * g) + (b * b);
            if (distance < least) (least, nearest) = (distance, k / 3);
        }

        return nearest;
    }
}
