namespace Graft.Vision.Augmentation.Operations;

/// <summary>Turns the hues in PIL 9.4's 8-bit HSV (src/libImaging/Convert.c), in place.</summary>
internal static class Hue
{
    /// <summary>Turns by a part of the whole circle, in [-0.5, 0.5].</summary>
    public static void Turn(RgbImage image, double part)
    {
        int turn = (int)(part * 255);
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            (byte hue, byte saturation, byte value) = ToHsv(pixel[0], pixel[1], pixel[2]);
            (pixel[0], pixel[1], pixel[2]) = ToRgb((byte)(hue + turn), saturation, value);
        }
    }

    private static (byte Hue, byte Saturation, byte Value) ToHsv(byte red, byte green, byte blue)
    {
        byte most = Math.Max(red, Math.Max(green, blue)), least = Math.Min(red, Math.Min(green, blue));
        if (most == least) return (0, 0, most);
        float range = most - least, r = (most - red) / range, g = (most - green) / range, b = (most - blue) / range;
        float hue = red == most ? b - g : green == most ? (float)(2.0 + r - b) : (float)(4.0 + g - r);
        double turned = (hue / 6.0) + 1.0;
        hue = (float)(turned >= 1 ? turned - 1 : turned);
        return ((byte)(int)(hue * 255.0), (byte)(int)(range / most * 255.0), most);
    }

    private static (byte Red, byte Green, byte Blue) ToRgb(byte hue, byte saturation, byte value)
    {
        if (saturation == 0) return (value, value, value);
        double place = hue * 6.0 / 255.0;
        int sector = (int)place;
        float rest = (float)(place - sector), s = (float)(saturation / 255.0);
        byte p = Round(value * (1.0 - s)), q = Round(value * (1.0 - (s * rest))), t = Round(value * (1.0 - (s * (1.0 - rest))));
        return (sector % 6) switch
        {
            0 => (value, t, p),
            1 => (q, value, p),
            2 => (p, value, t),
            3 => (p, q, value),
            4 => (t, p, value),
            _ => (value, p, q),
        };
    }

    private static byte Round(double value) => (byte)(int)(value + 0.5);
}
