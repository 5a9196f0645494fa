using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Anemones: broad, round petals that overlap, and a ring of stamens around a knob.</summary>
internal sealed class Anemone(Dice dice) : LookAlike(dice)
{
    private readonly int count = dice.Int(6, 9);

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.9f, 2.2f, 0.8f, 0.6f) { Teeth = 4, Depth = 0.6f }, Green);

    protected override void Arrange(Petals petals, Pose pose, Dice dice)
    {
        SKPath[] shapes = petals.Shapes(4, () => new Outline(0.7f, 4, 0.5f, Fullness * 5f / count * dice.Range(0.92f, 1.08f)) { Ruffle = 0.02f, Bend = dice.Range(-0.05f, 0.05f) });
        Ring(petals, pose, dice, shapes, new Row(count, dice.Range(0, 6.28f), 0.95f, 0.06f));
    }

    protected override void Middle(Sketch sketch, Pose pose)
    {
        Stamens.Ring(sketch, pose, Core, 44, Rim);
        Disc.Draw(sketch, pose, 0.55f * Core, 0.4f * Core, 40, Heart, Colours.Shade(Heart, 0.8f));
    }
}
