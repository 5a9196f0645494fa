namespace Graft.Vision.Checking;

/// <summary>Images without their colours.</summary>
internal static class Grey
{
    /// <summary>The luma of each pixel (ITU-R BT.601, as PIL's <c>convert("L")</c>).</summary>
    public static void Of(RgbImage image, Span<byte> grey)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i < grey.Length; i++)
        {
            int at = 3 * i;
            grey[i] = (byte)(((pixels[at] * 19595) + (pixels[at + 1] * 38470) + (pixels[at + 2] * 7471) + 32768) >> 16);
        }
    }
}
