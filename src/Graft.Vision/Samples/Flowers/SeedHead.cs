using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>The ball of a dandelion in seed: stalks from a core, each with a parachute of hairs.</summary>
internal static class SeedHead
{
    public static void Draw(Sketch sketch, Pose pose, SKColor green)
    {
        Dice dice = sketch.Dice;
        float bright = Math.Clamp(sketch.Light.Ambient + (0.5f * sketch.Light.Diffuse) + 0.1f, 0.7f, 1);
        SKColor hair = Colours.Hsv(dice.Range(25, 60), dice.Range(0, 0.16f), bright);
        SKColor seed = Colours.Hsv(dice.Range(20, 40), 0.5f, dice.Range(0.25f, 0.5f));
        int count = dice.Int(90, 130), hairs = 9;
        float blown = dice.Chance(0.35f) ? dice.Range(0.1f, 0.7f) : 0, gust = dice.Range(0, 6.28f), start = dice.Range(0, 6.28f);
        Vector2 from = new(MathF.Cos(gust), MathF.Sin(gust));
        sketch.Glow(0, 0, 1, Colours.Fade(hair, 0.3f * (1 - blown)), Colours.Fade(hair, 0.16f * (1 - blown)), Colours.Fade(hair, 0.1f * (1 - blown)));
        List<SKPoint> behind = [], ahead = [], stalks = [], seeds = [];
        for (int i = 0; i < count; i++)
        {
            float height = 1 - (1.9f * (i + 0.5f) / count), flat = MathF.Sqrt(1 - (height * height));
            Vector3 at = pose.At(start + (i * 2.3999632f), flat, height) * dice.Range(0.78f, 0.9f);
            if ((at.X * from.X) + (at.Y * from.Y) > 0.8f - (1.2f * blown) && dice.Chance(blown > 0 ? 0.93f : 0)) continue;
            stalks.Add(new(0.14f * at.X, 0.14f * at.Y));
            stalks.Add(new(at.X, at.Y));
            seeds.Add(new(0.2f * at.X, 0.2f * at.Y));
            Tuft(dice, at, hairs, at.Z > 0 ? ahead : behind);
        }

        sketch.Lines([.. behind], Colours.Fade(Colours.Shade(hair, 0.85f), 0.35f), 0.012f);
        sketch.Lines([.. stalks], Colours.Fade(Colours.Shade(hair, 0.8f), 0.5f), 0.012f);
        sketch.Glow(0, 0, 0.16f, Colours.Shade(green, 0.8f), Colours.Shade(seed, 0.9f));
        sketch.Dots([.. seeds], seed, 0.06f);
        sketch.Lines([.. ahead], Colours.Fade(hair, 0.75f), 0.014f);
    }

    /// <summary>Hairs around the end of a stalk, in the plane across it.</summary>
    private static void Tuft(Dice dice, Vector3 at, int hairs, List<SKPoint> lines)
    {
        Vector3 along = Vector3.Normalize(at);
        Vector3 side = Vector3.Normalize(Vector3.Cross(along, MathF.Abs(along.X) < 0.8f ? Vector3.UnitX : Vector3.UnitY));
        Vector3 other = Vector3.Cross(along, side);
        float first = dice.Range(0, 6.28f);
        for (int i = 0; i < hairs; i++)
        {
            (float sin, float cos) = MathF.SinCos(first + (6.2832f * i / hairs));
            Vector3 end = at + (0.17f * ((cos * side) + (sin * other))) + (0.06f * along);
            lines.Add(new(at.X, at.Y));
            lines.Add(new(end.X, end.Y));
        }
    }
}
