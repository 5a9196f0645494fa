using Graft.Studies.Data;
using Graft.Vision;

namespace Graft.Studies.Domains;

/// <summary>An image of images: a row for each domain, a few images of each class.</summary>
internal static class ContactSheet
{
    private const int PerClass = 2, Zoom = 2, Gap = 4;

    /// <summary>Makes a JPEG file's content.</summary>
    /// <param name="rows">The same images in each domain.</param>
    public static byte[] Of(IReadOnlyList<Images> rows)
    {
        Images[] shown = [.. rows.Select(images => images.PickPerClass(PerClass))];
        int side = shown[0].Side, step = (side * Zoom) + Gap;
        using RgbImage sheet = new((shown[0].Count * step) + Gap, (shown.Length * step) + Gap);
        sheet.Pixels.Fill(255);
        for (int row = 0; row < shown.Length; row++)
        {
            for (int column = 0; column < shown[row].Count; column++)
            {
                ReadOnlySpan<float> image = shown[row][column];
                for (int y = 0; y < side * Zoom; y++)
                {
                    Span<byte> line = sheet.Row(Gap + (row * step) + y)[((Gap + (column * step)) * 3)..];
                    for (int x = 0; x < side * Zoom; x++)
                        for (int c = 0; c < 3; c++) line[(x * 3) + c] = (byte)MathF.Round((image[(((y / Zoom * side) + (x / Zoom)) * 3) + c] + 1) * 127.5f);
                }
            }
        }

        return sheet.ToJpeg(quality: 90);
    }
}
