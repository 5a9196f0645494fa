namespace Graft.Vision.Tests;

/// <summary>The images of make_resize.py.</summary>
internal static class TestImage
{
    public static RgbImage Make(int width, int height, string kind)
    {
        RgbImage image = new(width, height);
        Span<byte> pixels = image.Pixels;
        int i = 0;
        for (long y = 0; y < height; y++)
        {
            for (long x = 0; x < width; x++)
            {
                for (long c = 0; c < 3; c++)
                {
                    pixels[i++] = (byte)(kind switch
                    {
                        "smooth" => (x * 255 / width) + (y * 127 / height) + (c * 40),
                        "noise" => ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) / 64,
                        _ => ((x / 3) + (y / 2) + c) % 2 * 255,
                    });
                }
            }
        }

        return image;
    }
}
