namespace Graft.Vision.Loading;

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">Its first column.</param>
/// <param name="Y">Its first row.</param>
/// <param name="Width">Its number of columns.</param>
/// <param name="Height">Its number of rows.</param>
internal readonly record struct PixelBox(int X, int Y, int Width, int Height)
{
    internal void ThrowIfOutside(int width, int height, string name)
    {
        if (X < 0 || Y < 0 || Width <= 0 || Height <= 0 || X > width - Width || Y > height - Height)
            throw new ArgumentException($"A box must lie inside the image of {width} x {height} and hold a pixel; this one starts at ({X}, {Y}) and is {Width} x {Height}.", name);
    }
}
