namespace Graft.Models;

/// <summary>The width multiplier's rounding.</summary>
internal static class Channels
{
    /// <summary>
    /// The channels of a layer under a width multiplier: the nearest multiple of 8, at least 8, and not more than a tenth below the exact number
    /// (<c>make_divisible</c> of the MobileNet authors).
    /// </summary>
    public static int Scale(int channels, double width)
    {
        double exact = channels * width;
        int rounded = Math.Max(8, (int)(exact + 4) / 8 * 8);
        return rounded < 0.9 * exact ? rounded + 8 : rounded;
    }
}
