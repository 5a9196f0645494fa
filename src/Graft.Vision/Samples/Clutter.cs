using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>What happens to be in front of a flower and belongs to none: blades, leaves, twigs, stones, drops.</summary>
internal static class Clutter
{
    public static void Behind(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        for (int i = dice.Int(0, 3); i > 0; i--) Something(sketch, dice.Int(0, 3));
    }

    public static void InFront(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        if (dice.Chance(0.3f))
        {
            for (int i = dice.Int(1, 3); i > 0; i--) Something(sketch, dice.Weighted([0.5f, 0.3f, 0.15f, 0.05f]));
        }

        if (dice.Chance(0.15f)) Drops(sketch);
        if (dice.Chance(0.2f)) Insects.Draw(sketch, dice.Range(15, 85), dice.Range(15, 85), dice.Range(1.5f, 4.5f));
    }

    private static void Something(Sketch sketch, int what)
    {
        switch (what)
        {
            case 0: Blade(sketch); break;
            case 1: Leaf(sketch); break;
            case 2: Twig(sketch); break;
            default: Stone(sketch); break;
        }
    }

    private static void Blade(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        float x = dice.Range(-10, 110), tall = dice.Range(30, 95), lean = dice.Normal(0, 25), width = dice.Range(0.5f, 3);
        SKColor green = dice.Chance(0.15f) ? Colours.Hsv(dice.Range(38, 55), 0.4f, dice.Range(0.5f, 0.85f)) : Colours.Leaf(dice);
        using SKPathBuilder builder = new();
        builder.MoveTo(x - width, 102);
        builder.QuadTo(x, 102 - (0.7f * tall), x + lean, 102 - tall);
        builder.QuadTo(x + (0.6f * width), 102 - (0.7f * tall), x + width, 102);
        using SKPath blade = builder.Detach();
        sketch.Fill(blade, green);
        sketch.Stroke(blade, Colours.Fade(Colours.Shade(green, 0.5f), 0.4f), 0.2f);
    }

    private static void Leaf(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor colour = dice.Chance(0.4f) ? Colours.Hsv(dice.Range(8, 50), dice.Range(0.4f, 0.85f), dice.Range(0.35f, 0.8f)) : Colours.Leaf(dice);
        Outline outline = new(dice.Range(0.45f, 0.9f), dice.Range(1.2f, 2.4f), 0.9f, dice.Range(0.2f, 0.7f))
        {
            Teeth = dice.Chance(0.5f) ? 6 : 0,
            Depth = dice.Range(0.05f, 0.35f),
        };
        sketch.Within(Sketch.Frame(dice.Range(-5, 105), dice.Range(-5, 105), dice.Range(8, 34), dice.Range(0, 6.28f)), () => Leaves.Draw(sketch, outline, colour));
    }

    private static void Twig(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor bark = Colours.Hsv(dice.Range(15, 40), dice.Range(0.15f, 0.5f), dice.Range(0.15f, 0.5f));
        float length = dice.Range(25, 90), width = dice.Range(0.6f, 2.2f), bend = dice.Normal(0, 0.15f);
        sketch.Within(Sketch.Frame(dice.Range(-10, 90), dice.Range(0, 100), 1, dice.Normal(0, 0.7f)), () =>
        {
            using SKPathBuilder builder = new();
            builder.MoveTo(0, 0);
            builder.QuadTo(0.5f * length, bend * length, length, 0);
            for (int i = dice.Int(0, 3); i > 0; i--)
            {
                float at = length * dice.Range(0.2f, 0.8f), y = 2 * bend * length * (at / length) * (1 - (at / length));
                builder.MoveTo(at, y);
                builder.LineTo(at + dice.Range(4, 12), y + (dice.Sign() * dice.Range(3, 10)));
            }

            using SKPath twig = builder.Detach();
            sketch.Stroke(twig, Colours.Shade(bark, 0.6f), width);
            sketch.Stroke(twig, bark, 0.5f * width);
        });
    }

    private static void Stone(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        float x = dice.Range(0, 100), y = dice.Range(60, 103), wide = dice.Range(3, 13), tall = wide * dice.Range(0.5f, 0.8f);
        SKColor grey = Colours.Hsv(dice.Range(20, 220), dice.Range(0, 0.18f), dice.Range(0.3f, 0.8f));
        sketch.Oval(x + (0.1f * wide), y + (0.3f * tall), wide, tall, Colours.Fade(SKColors.Black, 0.4f));
        sketch.Oval(x, y, wide, tall, Colours.Shade(grey, 0.75f));
        sketch.Oval(x - (0.1f * wide), y - (0.12f * tall), 0.8f * wide, 0.76f * tall, grey);
        sketch.Oval(x - (0.25f * wide), y - (0.35f * tall), 0.4f * wide, 0.3f * tall, Colours.Fade(Colours.Shade(grey, 1.3f), 0.6f));
    }

    /// <summary>Drops of dew or rain: dark above, light below, with a glint.</summary>
    private static void Drops(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        for (int i = dice.Int(8, 40); i > 0; i--)
        {
            float x = dice.Range(0, 100), y = dice.Range(0, 100), radius = dice.Range(0.4f, 1.7f);
            sketch.Circle(x, y, radius, Colours.Fade(SKColors.Black, 0.22f));
            sketch.Circle(x, y + (0.25f * radius), 0.75f * radius, Colours.Fade(SKColors.White, 0.3f));
            sketch.Circle(x - (0.3f * radius), y - (0.35f * radius), 0.25f * radius, Colours.Fade(SKColors.White, 0.9f));
        }
    }
}
