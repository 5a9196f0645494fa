using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Clematis: pointed petals, widest in their middle, each with a bar along it; and a tuft of stamens.</summary>
internal sealed class Clematis(Dice dice) : LookAlike(dice)
{
    private readonly int count = dice.Int(6, 8);
    private readonly SKColor bar = dice.Chance(0.5f) ? Colours.Hsv(dice.Range(270, 345), 0.7f, dice.Range(0.4f, 0.7f)) : Colours.Hsv(dice.Range(40, 90), dice.Range(0.1f, 0.4f), 1);

    public override void Leaf(Sketch sketch) => Leaves.Draw(sketch, new Outline(0.5f, 1.5f, 1.05f, sketch.Dice.Range(0.4f, 0.55f)), Green);

    protected override SKColor? Bar => Colours.Fade(bar, 0.5f);

    protected override void Arrange(Petals petals, Pose pose, Dice dice)
    {
        SKPath[] shapes = petals.Shapes(4, () => new Outline(0.75f, 1.8f, 0.95f, Fullness * 4f / count * dice.Range(0.92f, 1.08f)) { Ruffle = 0.02f, Bend = dice.Range(-0.07f, 0.07f) });
        Ring(petals, pose, dice, shapes, new Row(count, dice.Range(0, 6.28f), 0.99f, 0.04f));
    }

    protected override void Middle(Sketch sketch, Pose pose) => Stamens.Tuft(sketch, pose, Core, 38, Heart, Rim);
}
