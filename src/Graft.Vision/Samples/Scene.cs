using Graft.Vision.Samples.Backgrounds;
using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Composes one image: a backdrop, one to many flowers of one kind, what lies before and behind them, and light over all.</summary>
internal static class Scene
{
    /// <summary>Draws onto a canvas whose visible part is 100 x 100.</summary>
    public static void Draw(SKCanvas canvas, Func<Dice, Flower> grow, Dice dice, int size)
    {
        Light light = Light.Draw(dice);
        using Sketch sketch = new(canvas, dice, light);
        Flower flower = grow(dice);
        sketch.Near = Backdrop.Draw(sketch, size, distant => Far(distant, flower));
        Clutter.Behind(sketch);
        switch (dice.Weighted([0.52f, 0.26f, 0.22f]))
        {
            case 0: One(sketch, flower, dice.Range(36, 54), 7); break;
            case 1: One(sketch, flower, dice.Range(25, 36), 8); break;
            default: Group(sketch, flower); break;
        }

        Clutter.InFront(sketch);
        Air(sketch);
    }

    /// <summary>A scene with some flowers, of any kinds, beside each other; none is also a scene.</summary>
    public static void Draw(SKCanvas canvas, IReadOnlyList<Func<Dice, Flower>> flowers, Dice dice, int size)
    {
        const int Columns = 3, Rows = 2;
        using Sketch sketch = new(canvas, dice, Light.Draw(dice));
        sketch.Near = Backdrop.Draw(sketch, size, _ => { });
        Clutter.Behind(sketch);

        // One in each place at most, the farther ones first, so that no flower hides another.
        int[] places = [.. Enumerable.Range(0, Columns * Rows)];
        for (int i = places.Length - 1; i > 0; i--)
        {
            int other = dice.Int(0, i);
            (places[i], places[other]) = (places[other], places[i]);
        }

        foreach ((int place, Func<Dice, Flower> grow) in places.Zip(flowers).OrderBy(pair => pair.First))
        {
            Flower flower = grow(dice);
            float x = (100f / Columns * (0.5f + (place % Columns))) + dice.Range(-4, 4), y = 26 + (42f * (place / Columns)) + dice.Range(-5, 5);
            Plant.Draw(sketch, flower, x, y, dice.Range(13, 18), Stand(dice, flower), bud: false);
        }

        Air(sketch);
    }

    /// <summary>Others of the kind, far behind.</summary>
    private static void Far(Sketch sketch, Flower flower)
    {
        Dice dice = sketch.Dice;
        if (dice.Chance(0.6f)) return;
        for (int i = dice.Int(1, 5); i > 0; i--)
            Plant.Draw(sketch, flower, dice.Range(0, 100), dice.Range(10, 90), dice.Range(5, 12), Stand(dice, flower), bud: false);
    }

    private static void One(Sketch sketch, Flower flower, float radius, float spread)
    {
        Dice dice = sketch.Dice;
        if (dice.Chance(0.3f))
        {
            float side = dice.Sign();
            float x = 50 + (side * dice.Range(18, 45)), y = dice.Range(15, 80), size = radius * dice.Range(0.4f, 0.7f);
            Plant.Draw(sketch, flower, x, y, size, Stand(dice, flower), bud: dice.Chance(0.5f));
        }

        Plant.Draw(sketch, flower, dice.Normal(50, spread), dice.Normal(46, spread), radius, Stand(dice, flower), bud: false);
    }

    private static void Group(Sketch sketch, Flower flower)
    {
        Dice dice = sketch.Dice;
        int count = dice.Int(4, 9);
        float radius = dice.Range(18, 25) * MathF.Pow(5f / count, 0.3f);
        float[] heights = new float[count];
        for (int i = 0; i < count; i++) heights[i] = dice.Range(8, 88);
        Array.Sort(heights);
        for (int i = 0; i < count; i++)
        {
            float size = radius * (0.7f + (0.5f * i / count)) * dice.Range(0.85f, 1.15f);
            Plant.Draw(sketch, flower, dice.Range(5, 95), heights[i], size, Stand(dice, flower), bud: i < count - 2 && dice.Chance(0.15f));
        }
    }

    /// <summary>Mostly upright: the axis leans to the viewer and up.</summary>
    private static Pose Stand(Dice dice, Flower flower)
    {
        float usual = dice.Chance(0.9f) ? flower.MinTilt : 0;
        float tilt = MathF.Min(flower.MaxTilt, MathF.Max(usual, MathF.Abs(dice.Normal(0, 0.4f)) + dice.Range(0, 0.6f * flower.MaxTilt)));
        return new Pose(tilt, -1.5708f + dice.Normal(0, 0.6f));
    }

    /// <summary>Sun into the lens, haze, and the shade of leaves overhead.</summary>
    private static void Air(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        if (dice.Chance(0.14f))
        {
            for (int i = dice.Int(2, 7); i > 0; i--)
                sketch.Glow(dice.Range(0, 100), dice.Range(0, 100), dice.Range(12, 40), Colours.Fade(SKColors.Black, dice.Range(0.2f, 0.5f)), Colours.Fade(SKColors.Black, 0));
        }

        if (sketch.Light.Backlit || dice.Chance(0.1f))
        {
            SKColor sun = Colours.Hsv(dice.Range(28, 58), dice.Range(0.1f, 0.5f), 1);
            float x = 50 + (60 * sketch.Light.Direction.X), y = 50 + (60 * sketch.Light.Direction.Y);
            sketch.Glow(x, y, dice.Range(50, 110), Colours.Fade(sun, dice.Range(0.35f, 0.8f)), Colours.Fade(sun, 0.18f), Colours.Fade(sun, 0));
        }

        if (dice.Chance(0.1f))
        {
            SKColor haze = Colours.Hsv(dice.Range(20, 220), 0.15f, 0.9f);
            sketch.Wash(new SKPoint(50, dice.Range(-20, 40)), new SKPoint(50, 110), Colours.Fade(haze, dice.Range(0.1f, 0.4f)), Colours.Fade(haze, 0));
        }
    }
}
