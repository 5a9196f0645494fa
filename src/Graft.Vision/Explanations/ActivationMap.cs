using System.Collections.Immutable;

namespace Graft.Vision.Explanations;

/// <summary>Where a network looked for a class, over the square of the image that entered it.</summary>
/// <param name="Class">The class.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Values"><c>[height, width]</c>: 0 where nothing speaks for the class, more where more does, in units of the logit.</param>
public sealed record ActivationMap(int Class, int Height, int Width, ImmutableArray<float> Values)
{
    // At the peak a little of the image still shines through.
    private const float Opacity = 0.75f;

    /// <summary>The largest value.</summary>
    public float Peak => Values.IsDefaultOrEmpty ? 0 : Values.Max();

    /// <summary>The value at a place between the cells, bilinearly; outside the middles of the outermost cells, theirs.</summary>
    /// <param name="x">The horizontal place, 0 to 1.</param>
    /// <param name="y">The vertical place, 0 to 1.</param>
    public float At(double x, double y)
    {
        (int left, int right, float across) = Cells(x, Width);
        (int top, int bottom, float down) = Cells(y, Height);
        float upper = Values[(top * Width) + left] + (across * (Values[(top * Width) + right] - Values[(top * Width) + left]));
        float lower = Values[(bottom * Width) + left] + (across * (Values[(bottom * Width) + right] - Values[(bottom * Width) + left]));
        return upper + (down * (lower - upper));
    }

    /// <summary>Lays the map over an image: the more there is, the more of the colour and the less of the image; where there is nothing, the image in grey.</summary>
    /// <param name="image">The square that entered the network, at any size.</param>
    /// <returns>A new image of the same size.</returns>
    public RgbImage Over(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbImage result = new(image.Width, image.Height);
        float scale = Peak > 0 ? 1 / Peak : 0;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> from = image.Row(y);
            Span<byte> to = result.Row(y);
            for (int x = 0; x < image.Width; x++)
            {
                float value = At((x + 0.5) / image.Width, (y + 0.5) / image.Height) * scale;
                // Rec. 601: how bright a colour looks.
                float grey = (0.299f * from[x * 3]) + (0.587f * from[(x * 3) + 1]) + (0.114f * from[(x * 3) + 2]);
                (float red, float green, float blue) = ColourMap.Inferno(value);
                float strength = Opacity * MathF.Sqrt(value);
                to[x * 3] = Blend(grey, red, strength);
                to[(x * 3) + 1] = Blend(grey, green, strength);
                to[(x * 3) + 2] = Blend(grey, blue, strength);
            }
        }

        return result;
    }

    private static byte Blend(float below, float above, float strength) => (byte)Math.Clamp(MathF.Round(below + (strength * (above - below))), 0, 255);

    /// <summary>The two cells whose middles lie around a place, and how far it is from the first to the second.</summary>
    private static (int Low, int High, float Part) Cells(double place, int cells)
    {
        double position = Math.Clamp((place * cells) - 0.5, 0, cells - 1);
        int low = Math.Min((int)position, Math.Max(0, cells - 2));
        return (low, Math.Min(low + 1, cells - 1), (float)(position - low));
    }
}
