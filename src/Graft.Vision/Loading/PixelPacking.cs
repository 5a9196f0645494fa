using System.Runtime.Intrinsics;

namespace Graft.Vision.Loading;

/// <summary>From the four bytes a pixel that the decoder writes to three.</summary>
internal static unsafe class PixelPacking
{
    /// <summary>The grey of what could not be decoded.</summary>
    public const byte Missing = 128;

    /// <summary>Keeps red, green and blue. May work in place; writes up to 4 bytes past the last pixel.</summary>
    public static void DropAlpha(byte* rgba, byte* rgb, int pixels)
    {
        int done = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<byte> order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
            for (; done + 4 <= pixels; done += 4) Vector128.Shuffle(Vector128.Load(rgba + (4L * done)), order).Store(rgb + (3L * done));
        }

        for (; done < pixels; done++)
            (rgb[3L * done], rgb[(3L * done) + 1], rgb[(3L * done) + 2]) = (rgba[4L * done], rgba[(4L * done) + 1], rgba[(4L * done) + 2]);
    }

    /// <summary>c = round((a c + (255 - a) 255) / 255) for each colour, a being the opacity, not yet multiplied into c.</summary>
    public static void LayOverWhite(byte* rgba, int pixels)
    {
        for (byte* end = rgba + (4L * pixels); rgba < end; rgba += 4)
        {
            uint opacity = rgba[3], white = ((255 - opacity) * 255) + 127;
            if (opacity == 255) continue;
            rgba[0] = (byte)(((opacity * rgba[0]) + white) / 255);
            rgba[1] = (byte)(((opacity * rgba[1]) + white) / 255);
            rgba[2] = (byte)(((opacity * rgba[2]) + white) / 255);
        }
    }

    /// <summary>Makes the rows that the decoder left wholly transparent grey, and counts the others.</summary>
    public static int FillMissingRows(byte* rgba, int width, int height)
    {
        int present = 0;
        for (int y = 0; y < height; y++)
        {
            Span<uint> row = new(rgba + (4L * y * width), width);
            if (row.ContainsAnyExcept(0u)) present++;
            else row.Fill(0xFF000000u | (Missing << 16) | (Missing << 8) | Missing);
        }

        return present;
    }
}
