using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Daisies: one ring of many narrow petals with round ends, around a disc; leaves like spoons.</summary>
internal sealed class Daisy(Dice dice) : LookAlike(dice)
{
    private readonly int count = dice.Int(11, 18);

    public override void Leaf(Sketch sketch) => Leaves.Draw(sketch, new Outline(1.3f, 4, 0.6f, 0.34f), Green);

    protected override void Arrange(Petals petals, Pose pose, Dice dice)
    {
        SKPath[] shapes = petals.Shapes(4, () => new Outline(0.5f, 5.5f, 0.5f, Fullness * 4.9f / count * dice.Range(0.88f, 1.12f)) { Bend = dice.Range(-0.06f, 0.06f) });
        Ring(petals, pose, dice, shapes, new Row(count, dice.Range(0, 6.28f), 1 - (0.75f * Core), 0.75f * Core));
    }

    protected override void Middle(Sketch sketch, Pose pose) =>
        Disc.Draw(sketch, pose, Core, 0.45f * Core, 70, Heart, Heart, Rim);
}
