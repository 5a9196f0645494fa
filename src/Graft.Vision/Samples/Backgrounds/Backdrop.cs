using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>What stands behind the flowers. It is drawn with fewer pixels than the image, the more out of focus the fewer, and enlarged.</summary>
internal static class Backdrop
{
    /// <summary>The side of every image, in the units of its canvas.</summary>
    public const float Side = 100;

    /// <summary>Draws a backdrop over the whole image.</summary>
    /// <param name="sketch">The image.</param>
    /// <param name="size">Its side in pixels.</param>
    /// <param name="distant">Draws what is far behind the subject, on top of the backdrop, and out of focus as it is.</param>
    /// <returns>Whether it is close enough to catch shadows.</returns>
    public static bool Draw(Sketch sketch, int size, Action<Sketch> distant)
    {
        Dice dice = sketch.Dice;
        float focus = dice.Chance(0.15f) ? dice.Range(0.3f, 0.8f) : dice.Range(0.06f, 0.2f);
        int small = Math.Clamp((int)(size * focus), 12, size);
        using SKSurface surface = SKSurface.Create(new SKImageInfo(small, small));
        surface.Canvas.Scale(small / Side);
        int what;
        using (Sketch behind = new(surface.Canvas, dice, sketch.Light))
        {
            what = dice.Weighted([0.27f, 0.2f, 0.17f, 0.1f, 0.13f, 0.13f]);
            switch (what)
            {
                case 0: Bokeh.Draw(behind); break;
                case 1: Meadow.Grass(behind); break;
                case 2: Meadow.Foliage(behind); break;
                case 3: Ground.Draw(behind); break;
                case 4: Sky.Draw(behind); break;
                default: Wall.Draw(behind); break;
            }

            distant(behind);
        }

        using SKImage image = surface.Snapshot();
        sketch.Canvas.DrawImage(image, new SKRect(0, 0, Side, Side), new SKSamplingOptions(SKCubicResampler.Mitchell));
        return what is 1 or 2 or 3 or 5;
    }
}
