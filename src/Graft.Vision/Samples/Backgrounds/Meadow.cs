using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>Grass, and the leaves of a hedge.</summary>
internal static class Meadow
{
    public static void Grass(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor green = Colours.Leaf(dice);
        sketch.Wash(new SKPoint(50, 0), new SKPoint(50, 100), Colours.Shade(green, dice.Range(0.8f, 1.4f)), Colours.Shade(green, 0.45f));
        float lean = dice.Normal(0, 0.25f), height = dice.Range(14, 45);
        bool lawn = dice.Chance(0.5f);
        for (int i = 0; i < 240; i++)
        {
            // From the back, which is high in the image and small, to the front.
            float near = i / 240f, x = dice.Range(-10, 110), y = lawn ? dice.Range(0, 125) : 25 + (100 * near);
            float tall = height * (0.4f + (0.6f * near)) * dice.Range(0.6f, 1.2f), tip = tall * (lean + dice.Normal(0, 0.3f));
            SKColor colour = dice.Chance(0.07f)
                ? Colours.Hsv(dice.Range(38, 58), 0.45f, dice.Range(0.5f, 0.8f))
                : Colours.Shade(Colours.Vary(dice, green, 3), dice.Range(0.5f, 1.3f));
            using SKPathBuilder builder = new();
            float width = dice.Range(0.4f, 1.5f) * (0.5f + (0.6f * near));
            builder.MoveTo(x - width, y);
            builder.QuadTo(x + (0.2f * tip), y - (0.6f * tall), x + tip, y - tall);
            builder.QuadTo(x + (0.2f * tip) + width, y - (0.6f * tall), x + width, y);
            using SKPath blade = builder.Detach();
            sketch.Fill(blade, colour);
        }
    }

    public static void Foliage(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor green = Colours.Leaf(dice);
        sketch.Wash(new SKPoint(0, 0), new SKPoint(100, 100), Colours.Shade(green, 0.6f), Colours.Shade(green, 0.4f));
        Outline outline = new(dice.Range(0.45f, 0.9f), dice.Range(1.2f, 2.5f), dice.Range(0.7f, 1), dice.Range(0.25f, 0.75f))
        {
            Teeth = dice.Chance(0.4f) ? dice.Int(4, 8) : 0,
            Depth = 0.15f,
        };
        float length = dice.Range(12, 34);
        int count = (int)(110 * 18 / length);
        for (int i = 0; i < count; i++)
        {
            float depth = 0.55f + (0.6f * i / count);
            SKColor colour = Colours.Shade(Colours.Vary(dice, green, 2.5f), depth * dice.Range(0.8f, 1.2f));
            using SKPath leaf = (outline with { Bend = dice.Range(-0.3f, 0.3f) }).Path(dice);
            sketch.Within(Sketch.Frame(dice.Range(-12, 112), dice.Range(-12, 112), length * dice.Range(0.6f, 1.2f), dice.Range(0, 6.28f)), () =>
            {
                sketch.Fill(leaf, new SKPoint(1, 0), Colours.Shade(colour, 0.6f), colour);
                sketch.Line(0, 0, 0.9f, 0, Colours.Fade(Colours.Shade(colour, 1.3f), 0.5f), 0.02f);
            });
        }
    }
}
