using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Bees, ladybirds and small dark flies.</summary>
internal static class Insects
{
    public static void Draw(Sketch sketch, float x, float y, float size)
    {
        sketch.Within(Sketch.Frame(x, y, size, sketch.Dice.Range(0, 6.28f)), () =>
        {
            switch (sketch.Dice.Int(0, 2))
            {
                case 0: Bee(sketch); break;
                case 1: Ladybird(sketch); break;
                default: Fly(sketch); break;
            }
        });
    }

    private static void Bee(Sketch sketch)
    {
        SKColor fur = Colours.Hsv(sketch.Dice.Range(32, 45), 0.8f, 0.75f), dark = new(30, 22, 14);
        Legs(sketch, dark);
        sketch.Oval(-0.5f, 0, 0.75f, 0.42f, fur);
        for (int i = 0; i < 3; i++) sketch.Line(-0.95f + (0.3f * i), -0.32f, -0.95f + (0.3f * i), 0.32f, dark, 0.13f);
        sketch.Circle(0.35f, 0, 0.38f, Colours.Shade(fur, 0.8f));
        sketch.Circle(0.8f, 0, 0.24f, dark);
        sketch.Oval(-0.1f, -0.6f, 0.3f, 0.55f, Colours.Fade(SKColors.White, 0.45f));
        sketch.Oval(-0.1f, 0.6f, 0.3f, 0.55f, Colours.Fade(SKColors.White, 0.45f));
    }

    private static void Ladybird(Sketch sketch)
    {
        SKColor dark = new(18, 14, 14);
        Legs(sketch, dark);
        sketch.Circle(0.55f, 0, 0.35f, dark);
        sketch.Glow(0, 0, 0.65f, Colours.Hsv(8, 0.8f, 0.9f), Colours.Hsv(2, 0.95f, 0.6f));
        sketch.Line(-0.64f, 0, 0.5f, 0, dark, 0.05f);
        foreach (float side in (ReadOnlySpan<float>)[-0.3f, 0.3f])
        {
            sketch.Circle(-0.25f, side, 0.12f, dark);
            sketch.Circle(0.2f, side, 0.12f, dark);
        }
    }

    private static void Fly(Sketch sketch)
    {
        SKColor dark = Colours.Hsv(sketch.Dice.Range(0, 360), 0.3f, 0.16f);
        Legs(sketch, dark);
        sketch.Oval(-0.3f, 0, 0.6f, 0.26f, dark);
        sketch.Circle(0.35f, 0, 0.22f, Colours.Shade(dark, 1.2f));
        sketch.Oval(-0.45f, -0.3f, 0.55f, 0.16f, Colours.Fade(SKColors.White, 0.35f));
        sketch.Oval(-0.45f, 0.3f, 0.55f, 0.16f, Colours.Fade(SKColors.White, 0.35f));
    }

    private static void Legs(Sketch sketch, SKColor colour)
    {
        for (int i = -1; i <= 1; i++)
        {
            sketch.Line(0.25f * i, 0, 0.55f * i, 0.85f, colour, 0.06f);
            sketch.Line(0.25f * i, 0, 0.55f * i, -0.85f, colour, 0.06f);
        }
    }
}
