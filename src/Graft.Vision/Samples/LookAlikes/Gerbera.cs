using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Gerberas: rings of many narrow petals with pointed ends, the innermost a short frill around the disc; lobed leaves.</summary>
internal sealed class Gerbera(Dice dice) : LookAlike(dice)
{
    private readonly int count = dice.Int(11, 18);

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.9f, 2.2f, 0.8f, 0.42f) { Teeth = 4, Depth = 0.4f }, Green);

    protected override void Arrange(Petals petals, Pose pose, Dice dice)
    {
        float start = dice.Range(0, 6.28f), half = 3.1416f / count;
        SKPath[] shapes = petals.Shapes(4, () => new Outline(0.5f, 3, 0.6f, Fullness * 4.9f / count * dice.Range(0.88f, 1.12f)) { Bend = dice.Range(-0.06f, 0.06f) });
        Ring(petals, pose, dice, shapes, new Row(count, start, 1 - (0.75f * Core), 0.75f * Core));
        Ring(petals, pose, dice, shapes, new Row(count, start + half, 0.8f - (0.75f * Core), 0.75f * Core, 0.14f, 0.02f));
        SKPath[] frill = petals.Shapes(2, () => new Outline(0.5f, 3, 0.6f, 0.3f));
        Ring(petals, pose, dice, frill, new Row(count + 3, start, 0.24f, 0.75f * Core, 0.4f, 0.05f));
    }

    protected override void Middle(Sketch sketch, Pose pose) =>
        Disc.Draw(sketch, pose, Core, 0.45f * Core, 70, Heart, Heart, Rim);
}
