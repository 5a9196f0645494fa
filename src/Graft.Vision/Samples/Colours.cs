using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Arithmetic on colours.</summary>
internal static class Colours
{
    /// <summary>A colour from hue in degrees, and saturation, value and opacity in [0, 1].</summary>
    public static SKColor Hsv(float hue, float saturation, float value, float alpha = 1)
    {
        float wrapped = hue - (360 * MathF.Floor(hue / 360));
        return Fade(SKColor.FromHsv(wrapped, 100 * Math.Clamp(saturation, 0, 1), 100 * Math.Clamp(value, 0, 1)), alpha);
    }

    public static SKColor Fade(SKColor colour, float alpha) => colour.WithAlpha((byte)Math.Clamp((255 * alpha) + 0.5f, 0, 255));

    public static SKColor Mix(SKColor a, SKColor b, float t) =>
        new(Level(a.Red, b.Red, t), Level(a.Green, b.Green, t), Level(a.Blue, b.Blue, t), Level(a.Alpha, b.Alpha, t));

    /// <summary>Darker for a factor below 1; above 1, mixed with white.</summary>
    public static SKColor Shade(SKColor colour, float factor) => factor <= 1
        ? Mix(SKColors.Black, colour, Math.Max(factor, 0)).WithAlpha(colour.Alpha)
        : Mix(colour, SKColors.White, Math.Min(factor - 1, 1)).WithAlpha(colour.Alpha);

    /// <summary>A neighbour of a colour: amount 1 is about as far as petals of one plant differ.</summary>
    public static SKColor Vary(Dice dice, SKColor colour, float amount)
    {
        colour.ToHsv(out float hue, out float saturation, out float value);
        return Hsv(
            hue + dice.Normal(0, 3 * amount),
            (saturation / 100) + dice.Normal(0, 0.03f * amount),
            (value / 100) + dice.Normal(0, 0.035f * amount),
            colour.Alpha / 255f);
    }

    /// <summary>A green of leaves, from yellowish through grass to blue-grey.</summary>
    public static SKColor Leaf(Dice dice) => Hsv(dice.Range(70, 135), dice.Range(0.3f, 0.75f), dice.Range(0.25f, 0.62f));

    private static byte Level(byte a, byte b, float t) => (byte)Math.Clamp(a + ((b - a) * t) + 0.5f, 0, 255);
}
