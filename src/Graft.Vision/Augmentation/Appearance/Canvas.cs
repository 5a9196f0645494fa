using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>The image smaller, on a plain sheet of white or of another colour: as drawings and products are shown.</summary>
internal static class Canvas
{
    private const double Least = 0.5, White = 0.6;

    /// <summary>Puts an image on a sheet.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        int size = Math.Max(1, (int)(side * (Least + ((1 - Least) * random.Uniform(0)))));
        int left = random.Index(1, side - size + 1), top = random.Index(2, side - size + 1);
        bool isWhite = random.Uniform(3) < White;
        float[] sheet = isWhite ? [1, 1, 1] : [(float)random.Uniform(4), (float)random.Uniform(5), (float)random.Uniform(6)], before = image.ToArray();
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                Span<float> pixel = image.Slice(((y * side) + x) * 3, 3);
                if (x < left || y < top || x >= left + size || y >= top + size) sheet.CopyTo(pixel);
                else Mean(before, side, (x - left) * side / (double)size, (y - top) * side / (double)size, side / (double)size, pixel);
            }
        }
    }

    /// <summary>The mean of the pixels that a smaller one covers.</summary>
    private static void Mean(float[] image, int side, double left, double top, double extent, Span<float> pixel)
    {
        int x0 = (int)left, y0 = (int)top, x1 = Math.Min(side, Math.Max(x0 + 1, (int)Math.Round(left + extent))), y1 = Math.Min(side, Math.Max(y0 + 1, (int)Math.Round(top + extent)));
        pixel.Clear();
        for (int y = y0; y < y1; y++)
        {
            for (int x = x0; x < x1; x++)
                for (int c = 0; c < 3; c++) pixel[c] += image[(((y * side) + x) * 3) + c];
        }

        for (int c = 0; c < 3; c++) pixel[c] /= (x1 - x0) * (y1 - y0);
    }
}
