namespace Graft.Vision.Augmentation.Operations;

/// <summary>
/// Operations that mix a picture with a poorer one: <c>clip(trunc(poor + factor (value - poor)))</c> in float32, 1 leaving it as it is; PIL 9.4's
/// <c>ImageEnhance</c>. All work in place.
/// </summary>
internal static class Blending
{
    /// <summary>Towards or away from black.</summary>
    public static void Brightness(RgbImage image, float factor) => Towards(image, 0, factor);

    /// <summary>Towards or away from the mean grey.</summary>
    public static void Contrast(RgbImage image, float factor)
    {
        long sum = 0;
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3) sum += Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
        Towards(image, (int)(((double)sum / (image.Width * image.Height)) + 0.5), factor);
    }

    /// <summary>Towards or away from each pixel's own grey.</summary>
    public static void Saturation(RgbImage image, float factor)
    {
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            int red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2], grey = Grey(red, green, blue);
            pixels[i] = Mix(grey, red, factor);
            pixels[i + 1] = Mix(grey, green, factor);
            pixels[i + 2] = Mix(grey, blue, factor);
        }
    }

    /// <summary>The value that a factor makes of a poorer one and the picture's own.</summary>
    public static byte Mix(int poor, int value, float factor)
    {
        float mixed = poor + (factor * (value - poor));
        return (byte)(int)MathF.Min(MathF.Max(mixed, 0), 255);
    }

    // ITU-R 601-2 luma in 16 fraction bits, as PIL rounds it.
    private static int Grey(int red, int green, int blue) => ((red * 19595) + (green * 38470) + (blue * 7471) + 0x8000) >> 16;

    private static void Towards(RgbImage image, int poor, float factor)
    {
        Span<byte> table = stackalloc byte[256];
        for (int i = 0; i < table.Length; i++) table[i] = Mix(poor, i, factor);
        Tables.Apply(image, table);
    }
}
