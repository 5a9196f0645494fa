using Graft.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>What a camera does to a scene: focus and shake, exposure, white balance, contrast, vignette and noise.</summary>
internal static class Camera
{
    /// <summary>Softens the image, in one image of seven.</summary>
    public static SKBitmap Focus(SKBitmap sharp, Dice dice)
    {
        if (!dice.Chance(0.15f)) return sharp;
        float sigma = sharp.Width / 256f * dice.Range(0.35f, 1);
        bool shaken = dice.Chance(0.3f);
        SKBitmap soft = new(sharp.Info);
        using SKCanvas canvas = new(soft);
        using SKImageFilter filter = SKImageFilter.CreateBlur(shaken ? 2 * sigma : sigma, shaken ? 0.3f * sigma : sigma, SKShaderTileMode.Clamp);
        using SKPaint paint = new() { ImageFilter = filter };
        canvas.DrawBitmap(sharp, 0, 0, SKSamplingOptions.Default, paint);
        sharp.Dispose();
        return soft;
    }

    /// <summary>Develops the image in place.</summary>
    public static void Develop(SKBitmap bitmap, Dice dice, Philox grain)
    {
        float warmth = dice.Normal(0, 0.3f), tint = dice.Normal(0, 0.025f);
        float exposure = MathF.Exp(dice.Normal(0.05f, 0.1f)), contrast = dice.Range(0.85f, 1.2f), saturation = dice.Range(0.75f, 1.2f);
        float vignette = dice.Chance(0.4f) ? dice.Range(0.1f, 0.5f) : 0, noise = dice.Chance(0.35f) ? dice.Range(1, 5) : 0;
        float red = exposure * (1 + (0.12f * warmth)), green = exposure * (1 + tint), blue = exposure * (1 - (0.16f * warmth));
        int width = bitmap.Width, height = bitmap.Height;
        Span<byte> pixels = bitmap.GetPixelSpan();
        float step = 2f / width;
        (uint X0, uint X1, uint X2, uint X3) bits = default;
        for (int y = 0; y < height; y++)
        {
            float down = (step * y) - 1;
            for (int x = 0; x < width; x++)
            {
                int at = 4 * ((y * width) + x), index = (y * width) + x;
                float right = (step * x) - 1, shade = 1 - (vignette * 0.5f * ((down * down) + (right * right)));
                float r = pixels[at] * red * shade, g = pixels[at + 1] * green * shade, b = pixels[at + 2] * blue * shade;
                float grey = (0.3f * r) + (0.59f * g) + (0.11f * b);
                float lift = (128 * (1 - contrast)) + ((1 - saturation) * contrast * grey), keep = saturation * contrast;
                if (noise > 0)
                {
                    if ((index & 3) == 0) bits = grain.Block((ulong)(index >> 2));
                    uint word = (index & 3) switch { 0 => bits.X0, 1 => bits.X1, 2 => bits.X2, _ => bits.X3 };
                    // The sum of two bytes of one word is nearly normal; a third moves the colour a little.
                    lift += noise * ((int)((word & 255) + ((word >> 8) & 255)) - 255) * (1 / 104f);
                    r += 0.4f * noise * (((word >> 16) & 255) - 127.5f) * (1 / 74f);
                    b += 0.4f * noise * ((word >> 24) - 127.5f) * (1 / 74f);
                }

                pixels[at] = Level((keep * r) + lift);
                pixels[at + 1] = Level((keep * g) + lift);
                pixels[at + 2] = Level((keep * b) + lift);
                pixels[at + 3] = 255;
            }
        }
    }

    private static byte Level(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
