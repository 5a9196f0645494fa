using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>Plain paper and cloth, planks, and bricks.</summary>
internal static class Wall
{
    public static void Draw(Sketch sketch)
    {
        switch (sketch.Dice.Int(0, 2))
        {
            case 0: Plain(sketch); break;
            case 1: Planks(sketch); break;
            default: Bricks(sketch); break;
        }
    }

    private static void Plain(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor colour = Colours.Hsv(dice.Range(0, 360), dice.Range(0, 0.6f), dice.Range(0.04f, 1));
        sketch.Canvas.Clear(Colours.Shade(colour, 0.75f));
        sketch.Glow(dice.Range(0, 100), dice.Range(0, 100), 120, Colours.Shade(colour, 1.12f), Colours.Shade(colour, 0.65f));
        for (int fold = dice.Int(0, 5); fold > 0; fold--)
        {
            float x = dice.Range(-20, 100);
            SKPoint end = new(x + dice.Range(8, 30), dice.Range(-10, 10));
            sketch.Wash(new SKPoint(x, 0), end, SKColors.Transparent, Colours.Fade(SKColors.Black, 0.14f), SKColors.Transparent);
        }
    }

    private static void Planks(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor wood = Colours.Hsv(dice.Range(18, 42), dice.Range(0.1f, 0.6f), dice.Range(0.25f, 0.85f));
        float width = dice.Range(9, 28), angle = dice.Pick(0, 1.5708f) + dice.Normal(0, 0.06f);
        sketch.Within(Sketch.Frame(50, 50, 1, angle), () =>
        {
            for (float x = -80; x < 80; x += width)
            {
                SKColor plank = Colours.Shade(Colours.Vary(dice, wood, 1), dice.Range(0.8f, 1.1f));
                sketch.Line(x, -85, x, 85, plank, width);
                for (int i = 0; i < 8; i++)
                {
                    float at = x + (width * dice.Range(-0.45f, 0.45f));
                    sketch.Line(at, -80, at + dice.Range(-1, 1), 80, Colours.Fade(SKColors.Black, 0.12f), dice.Range(0.2f, 0.8f));
                }

                sketch.Line(x + (0.5f * width), -80, x + (0.5f * width), 80, Colours.Fade(SKColors.Black, 0.6f), 0.8f);
            }
        });
    }

    private static void Bricks(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor brick = Colours.Hsv(dice.Range(5, 30), dice.Range(0.15f, 0.6f), dice.Range(0.35f, 0.75f));
        float tall = dice.Range(6, 14), wide = 2.4f * tall;
        sketch.Canvas.Clear(Colours.Hsv(35, 0.1f, dice.Range(0.45f, 0.8f)));
        for (int row = 0; row * tall < 105; row++)
        {
            for (float x = row % 2 * -0.5f * wide; x < 105; x += wide)
            {
                using SKPathBuilder builder = new();
                builder.AddRect(new SKRect(x + 0.4f, (row * tall) + 0.4f, x + wide - 0.4f, ((row + 1) * tall) - 0.4f));
                using SKPath path = builder.Detach();
                sketch.Fill(path, Colours.Shade(Colours.Vary(dice, brick, 2), dice.Range(0.75f, 1.1f)));
            }
        }
    }
}
