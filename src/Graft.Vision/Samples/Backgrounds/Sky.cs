using SkiaSharp;

namespace Graft.Vision.Samples.Backgrounds;

/// <summary>The sky, blue or clouded, at noon or at sunset, sometimes above a line of hills.</summary>
internal static class Sky
{
    public static void Draw(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        (SKColor top, SKColor low) = dice.Weighted([0.5f, 0.25f, 0.25f]) switch
        {
            // Noon, sunset, clouds.
            0 => (
                Colours.Hsv(dice.Range(200, 222), dice.Range(0.4f, 0.8f), dice.Range(0.6f, 0.95f)),
                Colours.Hsv(dice.Range(190, 215), dice.Range(0.1f, 0.35f), 0.97f)),
            1 => (
                Colours.Hsv(dice.Range(200, 290), dice.Range(0.25f, 0.5f), dice.Range(0.3f, 0.75f)),
                Colours.Hsv(dice.Range(8, 45), dice.Range(0.4f, 0.85f), dice.Range(0.8f, 1))),
            _ => (
                Colours.Hsv(210, dice.Range(0, 0.15f), dice.Range(0.6f, 0.95f)),
                Colours.Hsv(210, dice.Range(0, 0.1f), dice.Range(0.7f, 1))),
        };
        sketch.Wash(new SKPoint(50, 0), new SKPoint(50, 100), top, low);
        for (int cloud = dice.Int(0, 5); cloud > 0; cloud--)
        {
            float x = dice.Range(0, 100), y = dice.Range(0, 90), size = dice.Range(5, 16);
            for (int i = 0; i < 9; i++)
            {
                SKColor white = Colours.Shade(SKColors.White, dice.Range(0.85f, 1));
                float puffX = x + dice.Normal(0, 1.3f * size), puffY = y + dice.Normal(0, 0.4f * size), radius = size * dice.Range(0.5f, 1.2f);
                sketch.Glow(puffX, puffY, radius, Colours.Fade(white, 0.55f), Colours.Fade(white, 0.3f), Colours.Fade(white, 0));
            }
        }

        if (dice.Chance(0.4f)) Hills(sketch);
    }

    private static void Hills(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        float level = dice.Range(55, 95);
        for (int ridge = 0; ridge < 3; ridge++)
        {
            SKColor green = Colours.Mix(Colours.Leaf(dice), Colours.Hsv(210, 0.3f, 0.8f), 0.5f - (0.2f * ridge));
            float phase = dice.Range(0, 6.28f), tall = dice.Range(2, 9);
            using SKPathBuilder builder = new();
            builder.MoveTo(-5, 105);
            for (int x = -5; x <= 105; x += 5)
                builder.LineTo(x, level + (8 * ridge) + (tall * MathF.Sin(phase + (0.06f * x))) + dice.Range(-0.6f, 0.6f));
            builder.LineTo(105, 105);
            using SKPath hill = builder.Detach();
            sketch.Fill(hill, green);
        }
    }
}
