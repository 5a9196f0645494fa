using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>Soil, mulch, gravel and sand.</summary>
internal static class Ground
{
    public static void Draw(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor soil = dice.Chance(0.65f)
            ? Colours.Hsv(dice.Range(15, 42), dice.Range(0.2f, 0.55f), dice.Range(0.2f, 0.6f))
            : Colours.Hsv(dice.Range(0, 360), dice.Range(0, 0.1f), dice.Range(0.35f, 0.75f));
        sketch.Wash(new SKPoint(dice.Range(0, 100), 0), new SKPoint(50, 100), Colours.Shade(soil, dice.Range(0.8f, 1.2f)), Colours.Shade(soil, 0.7f));
        float grain = dice.Range(0.8f, 5);
        int count = (int)Math.Min(420, 1100 / grain);
        for (int i = 0; i < count; i++)
        {
            float x = dice.Range(-3, 103), y = dice.Range(-3, 103), wide = grain * dice.Range(0.5f, 1.6f), tall = wide * dice.Range(0.5f, 0.9f);
            SKColor colour = Colours.Shade(Colours.Vary(dice, soil, 2), dice.Range(0.55f, 1.35f));
            sketch.Oval(x + (0.2f * wide), y + (0.35f * tall), wide, tall, Colours.Fade(SKColors.Black, 0.35f));
            sketch.Oval(x, y, wide, tall, colour);
            sketch.Oval(x - (0.25f * wide), y - (0.3f * tall), 0.5f * wide, 0.4f * tall, Colours.Fade(Colours.Shade(colour, 1.2f), 0.5f));
        }

        for (int i = dice.Int(0, 25); i > 0; i--)
        {
            SKColor straw = Colours.Hsv(dice.Range(28, 80), dice.Range(0.2f, 0.6f), dice.Range(0.3f, 0.8f));
            float x = dice.Range(0, 100), y = dice.Range(0, 100), angle = dice.Range(0, 6.28f), length = dice.Range(4, 18);
            sketch.Line(x, y, x + (length * MathF.Cos(angle)), y + (length * MathF.Sin(angle)), straw, dice.Range(0.3f, 1));
        }
    }
}
