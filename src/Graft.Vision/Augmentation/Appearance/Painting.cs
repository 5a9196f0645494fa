using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>A painting of the image: flat strokes, few tones, dark outlines. Nothing is drawn at random.</summary>
/// <remarks>
/// The strokes are Kuwahara's filter (Kuwahara et al. 1976): of the four squares that meet in a pixel, the mean of the one whose luma varies least. Outlines are where the luma's gradient (Sobel) of that is long.
/// </remarks>
internal static class Painting
{
    // Radius of the squares; tones of each channel; how much of the light a gradient of 1 takes away.
    private const int Radius = 2, Tones = 5;
    private const float Ink = 0.5f;

    /// <summary>Paints an image.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        float[] painted = Strokes(image, side, Radius), luma = Lumas(painted);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                float light = 1 - (Ink * Math.Min(1, Gradient(luma, side, x, y)));
                for (int c = 0; c < 3; c++)
                {
                    int i = (((y * side) + x) * 3) + c;
                    image[i] = MathF.Round(painted[i] * (Tones - 1)) / (Tones - 1) * light;
                }
            }
        }
    }

    /// <summary>Kuwahara's filter.</summary>
    public static float[] Strokes(ReadOnlySpan<float> image, int side, int radius)
    {
        float[] result = new float[image.Length], luma = Lumas(image);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                float least = float.MaxValue;
                (int left, int top) chosen = (x, y);
                foreach ((int left, int top) in ((int, int)[])[(x - radius, y - radius), (x, y - radius), (x - radius, y), (x, y)])
                {
                    float sum = 0, squares = 0;
                    for (int v = top; v <= top + radius; v++)
                    {
                        for (int u = left; u <= left + radius; u++)
                        {
                            float value = luma[At(u, v, side)];
                            sum += value;
                            squares += value * value;
                        }
                    }

                    float variance = squares - (sum * sum / ((radius + 1) * (radius + 1)));
                    if (variance < least) (least, chosen) = (variance, (left, top));
                }

                for (int c = 0; c < 3; c++)
                {
                    float sum = 0;
                    for (int v = chosen.top; v <= chosen.top + radius; v++)
                        for (int u = chosen.left; u <= chosen.left + radius; u++) sum += image[(At(u, v, side) * 3) + c];
                    result[(((y * side) + x) * 3) + c] = sum / ((radius + 1) * (radius + 1));
                }
            }
        }

        return result;
    }

    /// <summary>The length of the luma's gradient at a pixel.</summary>
    public static float Gradient(float[] luma, int side, int x, int y)
    {
        float across = Of(1, -1) + (2 * Of(1, 0)) + Of(1, 1) - Of(-1, -1) - (2 * Of(-1, 0)) - Of(-1, 1);
        float down = Of(-1, 1) + (2 * Of(0, 1)) + Of(1, 1) - Of(-1, -1) - (2 * Of(0, -1)) - Of(1, -1);
        return MathF.Sqrt((across * across) + (down * down));

        float Of(int dx, int dy) => luma[At(x + dx, y + dy, side)];
    }

    /// <summary>The luma of each pixel.</summary>
    public static float[] Lumas(ReadOnlySpan<float> image)
    {
        float[] luma = new float[image.Length / 3];
        for (int i = 0; i < luma.Length; i++) luma[i] = (float)Luma.Of(image[i * 3], image[(i * 3) + 1], image[(i * 3) + 2]);
        return luma;
    }

    // Beyond the border the border goes on.
    private static int At(int x, int y, int side) => (Math.Clamp(y, 0, side - 1) * side) + Math.Clamp(x, 0, side - 1);
}
