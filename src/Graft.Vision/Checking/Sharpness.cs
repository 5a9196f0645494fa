using Graft.Vision.Loading;

namespace Graft.Vision.Checking;

/// <summary>
/// How sharp an image is where it is sharpest: a flower before a background out of focus is a sharp image.
/// </summary>
/// <remarks>
/// The image is made as small as a network sees it. In each tile of it the finest details, what a mean over 3 x 3 pixels takes away, are compared with those twice as coarse, what a mean over
/// 5 x 5 takes from that: their standard deviations' ratio does not depend on contrast, and falls when an image is blurred, since blur takes the finest away first. The sharpest of the tiles that have
/// contrast decide.
/// </remarks>
internal static class Sharpness
{
    // What is longer than any image is pressed together: it must not take more memory.
    private const int ShorterSide = 224, LongerSide = 2048, Tiles = 6;

    // The least deviation of a tile to judge by, in steps of 255, and the square of what rounding and compression leave of nothing.
    private const double LeastContrast = 6, Rounding = 1;

    /// <summary>Measures an image.</summary>
    /// <returns>A ratio: around 1 where single pixels differ, under 0.3 where nothing is in focus; 1 where there is no contrast to judge by.</returns>
    public static float Of(RgbImage image)
    {
        using RgbImage? small = Shrunk(image);
        RgbImage judged = small ?? image;
        int width = judged.Width, height = judged.Height;
        byte[] values = new byte[width * height];
        Grey.Of(judged, values);
        float[] grey = Array.ConvertAll(values, value => (float)value), fine = Mean(grey, width, height, 1), coarse = Mean(fine, width, height, 2);
        List<double> ratios = [];
        for (int row = 0; row < Tiles; row++)
        {
            for (int column = 0; column < Tiles; column++)
            {
                double details = 0, forms = 0, sum = 0, squares = 0;
                int top = row * height / Tiles, bottom = (row + 1) * height / Tiles, left = column * width / Tiles, right = (column + 1) * width / Tiles;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        int i = (y * width) + x;
                        double detail = grey[i] - fine[i], form = fine[i] - coarse[i];
                        details += detail * detail;
                        forms += form * form;
                        sum += fine[i];
                        squares += fine[i] * (double)fine[i];
                    }
                }

                int pixels = Math.Max(1, (bottom - top) * (right - left));
                if ((squares / pixels) - (sum / pixels * (sum / pixels)) >= LeastContrast * LeastContrast) ratios.Add(Math.Sqrt(details / (forms + (Rounding * pixels))));
            }
        }

        if (ratios.Count == 0) return 1;

        // Not the sharpest alone: a caption or a logo laid over an image is sharp.
        ratios.Sort((a, b) => b.CompareTo(a));
        return (float)ratios[Math.Min(ratios.Count - 1, 2)];
    }

    private static RgbImage? Shrunk(RgbImage image)
    {
        double scale = Math.Min(1, (double)ShorterSide / Math.Min(image.Width, image.Height));
        int width = Math.Min(LongerSide, (int)(image.Width * scale)), height = Math.Min(LongerSide, (int)(image.Height * scale));
        return width == image.Width && height == image.Height ? null : Resizer.Resize(image, width, height, Interpolation.Bilinear);
    }

    /// <summary>The mean over the square around each pixel, as far as it lies in the image.</summary>
    private static float[] Mean(float[] from, int width, int height, int radius)
    {
        float[] rows = new float[from.Length], result = new float[from.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int first = Math.Max(0, x - radius), last = Math.Min(width - 1, x + radius);
                float sum = 0;
                for (int k = first; k <= last; k++) sum += from[(y * width) + k];
                rows[(y * width) + x] = sum / (last - first + 1);
            }
        }

        for (int y = 0; y < height; y++)
        {
            int first = Math.Max(0, y - radius), last = Math.Min(height - 1, y + radius);
            Span<float> to = result.AsSpan(y * width, width);
            for (int k = first; k <= last; k++)
            {
                ReadOnlySpan<float> row = rows.AsSpan(k * width, width);
                for (int x = 0; x < to.Length; x++) to[x] += row[x];
            }

            for (int x = 0; x < to.Length; x++) to[x] /= last - first + 1;
        }

        return result;
    }
}
