namespace Graft.Vision.Decoding;

/// <summary>Turns an image as its EXIF orientation says.</summary>
internal static class Orientation
{
    /// <summary>The image upright. The one as stored is handed back.</summary>
    /// <param name="image">The image as stored.</param>
    /// <param name="orientation">The EXIF value, 2 to 8; others mean upright.</param>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation is <= 1 or > 8) return image;
        using (image) return Turn(image, orientation);
    }

    private static unsafe RgbImage Turn(RgbImage image, int orientation)
    {
        bool swapped = orientation >= 5;
        (int width, int height) = swapped ? (image.Height, image.Width) : (image.Width, image.Height);

        // EXIF 2.32, section 4.6.4, tag 0x112: which side of the upright image the stored rows and columns begin at.
        bool fromRight = orientation is 2 or 3 or 6 or 7, fromBottom = orientation is 3 or 4 or 7 or 8;
        nint row = image.Width * 3, stepX = swapped ? row : 3, stepY = swapped ? 3 : row;
        nint start = 0;
        if (fromRight) (start, stepX) = (start + ((width - 1) * stepX), -stepX);
        if (fromBottom) (start, stepY) = (start + ((height - 1) * stepY), -stepY);

        RgbImage upright = new(width, height);
        fixed (byte* source = image.Buffer, target = upright.Buffer)
        {
            byte* to = target;
            for (int y = 0; y < height; y++)
            {
                byte* from = source + start + (y * stepY);
                for (int x = 0; x < width; x++, from += stepX, to += 3) (to[0], to[1], to[2]) = (from[0], from[1], from[2]);
            }
        }

        return upright;
    }
}
