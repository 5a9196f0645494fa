using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Leaves with a midrib, veins and a lit and a shaded half.</summary>
internal static class Leaves
{
    /// <summary>Draws a leaf from (0, 0) to (1, 0).</summary>
    public static void Draw(Sketch sketch, Outline outline, SKColor green, int veins = 4)
    {
        Dice dice = sketch.Dice;
        float bend = dice.Range(-0.25f, 0.25f), light = dice.Range(0.75f, 1.12f);
        SKColor colour = Colours.Shade(Colours.Vary(dice, green, 1.6f), light);
        using SKPath path = (outline with { Bend = bend }).Path(dice);
        sketch.Fill(path, new SKPoint(1, bend), Colours.Shade(colour, 0.6f), colour, Colours.Shade(colour, 1.12f));
        sketch.Fill(path, new SKPoint(0.15f, 0.5f * outline.Width * dice.Sign()), SKColors.Transparent, Colours.Fade(SKColors.Black, 0.22f));
        SKColor rib = Colours.Fade(Colours.Shade(colour, 1.35f), 0.55f);
        using SKPathBuilder builder = new();
        builder.MoveTo(0, 0);
        builder.QuadTo(0.5f, 0, 0.94f, 0.9f * bend);
        for (int i = 1; i <= veins; i++)
        {
            float u = 0.85f * i / (veins + 1), y = bend * u * u, reach = 0.36f * outline.Width;
            builder.MoveTo(u, y);
            builder.LineTo(u + 0.13f, y + reach);
            builder.MoveTo(u, y);
            builder.LineTo(u + 0.13f, y - reach);
        }

        using SKPath ribs = builder.Detach();
        sketch.Stroke(ribs, rib, 0.014f);
        sketch.Stroke(path, Colours.Fade(SKColors.Black, 0.22f), 0.012f);
    }
}
