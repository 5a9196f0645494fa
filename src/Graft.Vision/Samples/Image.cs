using Graft.Numerics;
using Graft.Vision.Samples.Backgrounds;
using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>One image from its scene to what the camera makes of it.</summary>
internal static class Image
{
    /// <summary>Draws an image that depends on the flower, the seed and the stream alone; another size shows the same scene.</summary>
    public static SKBitmap Draw(Func<Dice, Flower> grow, ulong seed, ulong stream, int size) => Draw((canvas, dice) => Scene.Draw(canvas, grow, dice, size), seed, stream, size);

    /// <summary>Draws an image of a scene onto a canvas whose visible part is 100 x 100.</summary>
    public static SKBitmap Draw(Action<SKCanvas, Dice> scene, ulong seed, ulong stream, int size)
    {
        SampleLimits.Side(size, nameof(size));
        Dice dice = new(seed, stream);
        SKBitmap bitmap = new(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            canvas.Scale(size / Backdrop.Side);
            scene(canvas, dice);
        }

        bitmap = Camera.Focus(bitmap, dice);
        Camera.Develop(bitmap, dice, new Philox(seed, stream | (1UL << 63)));
        return bitmap;
    }
}
