
namespace Graft.Vision.Augmentation.Operations;

/// <summary>Shears, shifts and rotations, bilinear: PIL 9.4's <c>Image.transform(AFFINE, BILINEAR)</c> (src/libImaging/Geometry.c).</summary>
/// <remarks>The pixel (x, y) comes from (A (x + 1/2) + B (y + 1/2) + C, D (x + 1/2) + E (y + 1/2) + F), where pixel centres lie at halves.</remarks>
internal readonly record struct Affine(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Moves rows sideways by <paramref name="slope"/> times their distance from the top, as torchvision does.</summary>
    public static Affine ShearX(double slope) => new(1, slope, 0, 0, 1, 0);

    /// <summary>Moves columns by <paramref name="slope"/> times their distance from the left.</summary>
    public static Affine ShearY(double slope) => new(1, 0, 0, slope, 1, 0);

    /// <summary>Moves the image right and down.</summary>
    public static Affine Translate(int right, int down) => new(1, 0, -right, 0, 1, -down);

    /// <summary>Turns the image counter-clockwise about its middle.</summary>
    public static Affine Rotate(double degrees, int width, int height)
    {
        (double sin, double cos) = Math.SinCos(-degrees * Math.PI / 180);
        double x = width / 2.0, y = height / 2.0;
        return new(cos, sin, x - (cos * x) - (sin * y), -sin, cos, y + (sin * x) - (cos * y));
    }

    /// <summary>A new image in place of <paramref name="image"/>, which is disposed of.</summary>
    public static RgbImage Replace(RgbImage image, Affine map, Colour fill)
    {
        RgbImage result = map.Apply(image, fill);
        image.Dispose();
        return result;
    }

    /// <summary>The image moved; what lies outside it is filled.</summary>
    public unsafe RgbImage Apply(RgbImage image, Colour fill)
    {
        int width = image.Width, height = image.Height, stride = width * 3;
        RgbImage result = new(width, height);
        fixed (byte* source = image.Buffer, target = result.Buffer)
        {
            byte* to = target;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++, to += 3)
                {
                    double fromX = (A * (x + 0.5)) + (B * (y + 0.5)) + C, fromY = (D * (x + 0.5)) + (E * (y + 0.5)) + F;
                    if (!(fromX >= 0 && fromX < width && fromY >= 0 && fromY < height))
                    {
                        (to[0], to[1], to[2]) = (fill.Red, fill.Green, fill.Blue);
                        continue;
                    }

                    fromX -= 0.5;
                    fromY -= 0.5;
                    int left = (int)Math.Floor(fromX), top = (int)Math.Floor(fromY);
                    double right = fromX - left, down = fromY - top;
                    byte* upper = source + (Math.Max(top, 0) * stride), lower = source + (Math.Min(top + 1, height - 1) * stride);
                    int near = Math.Max(left, 0) * 3, far = Math.Min(left + 1, width - 1) * 3;
                    for (int c = 0; c < 3; c++)
                    {
                        double first = upper[near + c] + ((upper[far + c] - upper[near + c]) * right);
                        double second = lower[near + c] + ((lower[far + c] - lower[near + c]) * right);
                        to[c] = (byte)(first + ((second - first) * down));
                    }
                }
            }
        }

        return result;
    }
}
