namespace Graft.Vision.Evaluating;

/// <summary>Looking at an image and at its mirror image (Krizhevsky, Sutskever and Hinton 2012, section 4.1).</summary>
internal static class MirroredView
{
    /// <summary>Mirrors images <c>[images, side, side, 3]</c> left to right, in place.</summary>
    public static void Flip(Span<float> pixels, int side)
    {
        for (int row = 0; row < pixels.Length; row += side * 3)
        {
            Span<float> line = pixels.Slice(row, side * 3);
            line.Reverse();

            // Reversed as a whole the channels are, too.
            for (int x = 0; x < line.Length; x += 3) (line[x], line[x + 2]) = (line[x + 2], line[x]);
        }
    }
}
