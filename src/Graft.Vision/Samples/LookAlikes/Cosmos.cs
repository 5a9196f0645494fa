using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Cosmos: petals that widen to an end with teeth, around a small disc; leaves as fine as threads.</summary>
internal sealed class Cosmos(Dice dice) : LookAlike(dice)
{
    private readonly int count = dice.Int(7, 10);

    public override void Leaf(Sketch sketch)
    {
        Dice dice = sketch.Dice;
        SKColor green = Colours.Shade(Green, dice.Range(0.8f, 1.15f));
        sketch.Line(0, 0, 1, 0, green, 0.035f);
        for (int i = 0; i < 7; i++)
        {
            float from = 0.1f + (0.12f * i), reach = 0.34f - (0.03f * i);
            foreach (float side in (ReadOnlySpan<float>)[-1, 1])
                sketch.Line(from, 0, from + (0.8f * reach), side * reach * dice.Range(0.7f, 1.1f), green, 0.025f);
        }
    }

    protected override void Arrange(Petals petals, Pose pose, Dice dice)
    {
        SKPath[] shapes = petals.Shapes(4, () => Toothed(dice, Fullness * 4.6f / count * dice.Range(0.92f, 1.08f)));
        Ring(petals, pose, dice, shapes, new Row(count, dice.Range(0, 6.28f), 0.93f, 0.08f));
    }

    protected override void Middle(Sketch sketch, Pose pose) =>
        Disc.Draw(sketch, pose, Core, 0.45f * Core, 70, Heart, Heart, Rim);

    /// <summary>A petal that is widest near its end, which has three teeth.</summary>
    private static SKPath Toothed(Dice dice, float width)
    {
        float half = 0.5f * width, depth = dice.Range(0.07f, 0.12f), skew = dice.Range(-0.03f, 0.03f);
        ReadOnlySpan<(float Along, float Across)> edge =
        [
            (0.25f, 0.5f), (0.5f, 0.8f), (0.75f, 1.02f), (0.92f, 1), (0.98f, 0.82f), (0.97f, 0.6f), (0.97f - depth, 0.36f), (1, 0.22f), (1.03f, 0),
        ];
        Span<SKPoint> points = stackalloc SKPoint[2 * edge.Length];
        points[0] = default;
        for (int i = 0; i < edge.Length; i++)
        {
            points[1 + i] = new SKPoint(edge[i].Along, (half * edge[i].Across) + skew);
            if (i < edge.Length - 1) points[^(1 + i)] = new SKPoint(edge[i].Along, (-half * edge[i].Across) + skew);
        }

        return Outline.Smooth(points);
    }
}
