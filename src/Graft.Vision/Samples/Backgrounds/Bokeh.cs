using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>Something far out of focus: a gradient with discs of light, of any colour a garden may have.</summary>
internal static class Bokeh
{
    public static void Draw(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor top = Any(dice), bottom = dice.Chance(0.6f) ? Colours.Leaf(dice) : Any(dice);
        sketch.Wash(new SKPoint(dice.Range(0, 100), 0), new SKPoint(dice.Range(0, 100), 100), top, bottom);
        int count = dice.Int(3, 24);
        SKColor accent = Palette.Petal(dice, new(1, 1, 1, 1, 1, 1, 1, 1));
        for (int i = 0; i < count; i++)
        {
            SKColor colour = dice.Chance(0.35f) ? Colours.Vary(dice, accent, 2) : dice.Chance(0.5f) ? Colours.Leaf(dice) : Any(dice);
            float opacity = dice.Range(0.15f, 0.8f);
            sketch.Glow(
                dice.Range(-5, 105), dice.Range(-5, 105), dice.Range(3, 20),
                Colours.Fade(colour, opacity), Colours.Fade(colour, opacity), Colours.Fade(Colours.Shade(colour, 1.1f), 0.8f * opacity), Colours.Fade(colour, 0));
        }
    }

    private static SKColor Any(Dice dice) => dice.Chance(0.6f)
        ? Colours.Leaf(dice)
        : Colours.Hsv(dice.Range(0, 360), dice.Range(0.05f, 0.6f), dice.Range(0.08f, 0.95f));
}
