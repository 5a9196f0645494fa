using System.Numerics;
using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>One flower in the image: its shadow, stem, leaves and head.</summary>
internal static class Plant
{
    /// <summary>Draws a flower whose head has a centre and a radius, in units of a hundredth of the image.</summary>
    public static void Draw(Sketch sketch, Flower flower, float x, float y, float radius, Pose pose, bool bud)
    {
        Dice dice = sketch.Dice;
        float shade = sketch.Near ? 0.32f : 0.08f, shadow = radius * dice.Range(1.05f, 1.35f), shift = 0.25f * radius;
        sketch.Glow(
            x - (shift * sketch.Light.Direction.X), y + shift, shadow,
            Colours.Fade(SKColors.Black, shade), Colours.Fade(SKColors.Black, 0.7f * shade), Colours.Fade(SKColors.Black, 0));
        // The stem leaves the head against its axis and then follows its weight down.
        SKPoint head = new(x - (0.12f * radius * pose.Axis.X), y - (0.12f * radius * pose.Axis.Y));
        float length = radius * dice.Range(2.2f, 4.5f);
        SKPoint turn = new(x - (pose.Axis.X * 0.8f * radius), y + (0.4f * length) - (pose.Axis.Y * 0.6f * radius));
        SKPoint root = new(x + (dice.Normal(0, 0.25f) * length), Math.Max(y + length, 106));
        Basal(sketch, flower, root, radius);
        Stem(sketch, flower, head, turn, root, radius);
        sketch.Within(Sketch.Frame(x, y, radius, 0), () =>
        {
            if (bud) sketch.Within(Sketch.Frame(0, 0, 0.6f, pose.Turn), () => flower.Bud(sketch));
            else flower.Head(sketch, pose);
        });
    }

    private static void Stem(Sketch sketch, Flower flower, SKPoint head, SKPoint turn, SKPoint root, float radius)
    {
        Dice dice = sketch.Dice;
        float width = flower.StemWidth * radius * dice.Range(0.8f, 1.2f);
        SKColor green = Colours.Shade(flower.Green, sketch.Light.Ambient + (0.6f * sketch.Light.Diffuse));
        using SKPathBuilder builder = new();
        builder.MoveTo(head);
        builder.QuadTo(turn, root);
        using SKPath stem = builder.Detach();
        sketch.Stroke(stem, Colours.Shade(green, 0.55f), width);
        sketch.Canvas.Save();
        sketch.Canvas.Translate(0.16f * width * (sketch.Light.Direction.X > 0 ? 1 : -1), 0);
        sketch.Stroke(stem, green, 0.62f * width);
        sketch.Stroke(stem, Colours.Fade(Colours.Shade(green, 1.3f), 0.4f), 0.2f * width);
        sketch.Canvas.Restore();
        for (int i = flower.StemLeaves > 0 ? dice.Int(0, flower.StemLeaves) : 0; i > 0; i--)
        {
            float t = dice.Range(0.25f, 0.95f);
            Vector2 h = new(head.X, head.Y), m = new(turn.X, turn.Y), r = new(root.X, root.Y);
            Vector2 at = ((1 - t) * (1 - t) * h) + (2 * t * (1 - t) * m) + (t * t * r), up = ((1 - t) * (h - m)) + (t * (m - r));
            float angle = MathF.Atan2(up.Y, up.X) + (dice.Sign() * dice.Range(0.4f, 1.3f));
            float size = flower.LeafLength * radius * dice.Range(0.7f, 1.25f);
            sketch.Within(Sketch.Frame(at.X, at.Y, size, angle), () => flower.Leaf(sketch));
        }
    }

    /// <summary>Leaves from the root.</summary>
    private static void Basal(Sketch sketch, Flower flower, SKPoint root, float radius)
    {
        Dice dice = sketch.Dice;
        if (dice.Chance(0.35f)) return;
        for (int i = dice.Int(1, 5); i > 0; i--)
        {
            float size = 1.3f * flower.LeafLength * radius * dice.Range(0.7f, 1.2f), angle = -1.57f + dice.Normal(0, 0.7f);
            sketch.Within(Sketch.Frame(root.X, root.Y, size, angle), () => flower.Leaf(sketch));
        }
    }
}
