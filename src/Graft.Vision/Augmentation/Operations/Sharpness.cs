namespace Graft.Vision.Augmentation.Operations;

/// <summary>Towards or away from a smoothed image: PIL 9.4's <c>ImageEnhance.Sharpness</c>, in place.</summary>
internal static class Sharpness
{
    /// <summary>0 smooths, 1 leaves the image as it is, more sharpens. The outermost pixels stay.</summary>
    /// <remarks>The filter is [1 1 1; 1 5 1; 1 1 1] / 13 (PIL's <c>ImageFilter.SMOOTH</c>), rounded.</remarks>
    public static void Apply(RgbImage image, float factor)
    {
        if (image.Width < 3 || image.Height < 3) return;
        int stride = image.Width * 3;
        byte[] above = image.Row(0).ToArray(), here = new byte[stride];
        for (int y = 1; y < image.Height - 1; y++)
        {
            Span<byte> row = image.Row(y);
            ReadOnlySpan<byte> below = image.Row(y + 1);
            row.CopyTo(here);
            for (int i = 3; i < stride - 3; i++)
            {
                int sum = above[i - 3] + above[i] + above[i + 3] + here[i - 3] + (5 * here[i]) + here[i + 3] + below[i - 3] + below[i] + below[i + 3];
                row[i] = Blending.Mix(((2 * sum) + 13) / 26, here[i], factor);
            }

            (above, here) = (here, above);
        }
    }
}
