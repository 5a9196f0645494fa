using Graft.Formats;
using Graft.Vision.Samples.Styles;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Draws images whose style can be learned, to try stylization without any data. An image depends on its kind, the seed and the size alone.</summary>
internal static class SampleStyles
{
    /// <summary>The names of the styles, in the order of <see cref="StyleKind"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<StyleKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Draws one.</summary>
    /// <param name="kind">Which style.</param>
    /// <param name="seed">The seed: each is another image of the style.</param>
    /// <param name="size">The side in pixels, 64 to 2048; another side shows the same image.</param>
    /// <returns>An opaque RGBA image <c>[size, size]</c> that the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind, or the size is out of range.</exception>
    public static SKBitmap Draw(StyleKind kind, ulong seed = 1, int size = 512)
    {
        if (size is < 64 or > 2048) throw new ArgumentOutOfRangeException(nameof(size), size, "The side of a style must be from 64 to 2048 pixels.");
        Dice dice = new(seed, (1UL << 62) | (ulong)kind);
        SKBitmap bitmap = new(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(bitmap);
        canvas.Scale(size);
        switch (kind)
        {
            case StyleKind.Strokes: Strokes.Draw(canvas, dice); break;
            case StyleKind.Mosaic: Mosaic.Draw(canvas, dice); break;
            case StyleKind.Waves: Waves.Draw(canvas, dice); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such style.");
        }

        return bitmap;
    }

    /// <summary>Writes every style as <c>folder/strokes.png</c> and so on.</summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="size">The side in pixels, 64 to 2048.</param>
    /// <exception cref="GraftException">The folder or a file in it can't be written.</exception>
    public static void Write(string folder, ulong seed = 1, int size = 512)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (StyleKind kind in Enum.GetValues<StyleKind>())
            {
                using SKBitmap bitmap = Draw(kind, seed, size);
                using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
                AtomicFile.Write(Path.Combine(folder, $"{Names[(int)kind]}.png"), data.SaveTo);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GraftException($"The styles go into a folder that can be written, and '{folder}' can't: {error.Message} Name another folder, or make this one writable.", error);
        }
    }
}
