using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>Dandelions in flower, half open, and in seed.</summary>
internal sealed class Dandelion : Flower
{
    private readonly SKColor inner, tip;
    private readonly float seeding, fullness, width;

    public Dandelion(Dice dice)
    {
        tip = Palette.Petal(dice, new(0.03f, 0.04f, 0.75f, 0.17f, 0, 0.01f, 0, 0));
        inner = Colours.Vary(dice, Colours.Shade(tip, 0.9f), 2);
        seeding = dice.Weighted([0.64f, 0.28f, 0.08f]) switch { 0 => 0, 1 => 1, _ => 0.5f };
        fullness = dice.Range(0.6f, 1.15f);
        width = dice.Range(0.07f, 0.115f);
        Green = dice.Chance(0.4f) ? Colours.Hsv(dice.Range(10, 60), dice.Range(0.25f, 0.5f), dice.Range(0.35f, 0.6f)) : Colours.Leaf(dice);
    }

    public override float StemWidth => 0.09f;

    public override int StemLeaves => 0;

    public override float LeafLength => 2.2f;

    public override void Head(Sketch sketch, Pose pose)
    {
        if (sketch.Dice.Chance(seeding)) SeedHead.Draw(sketch, pose, Green);
        else Rays(sketch, pose);
    }

    public override void Bud(Sketch sketch)
    {
        Pose pose = new(1.5f, 0);
        using (Petals petals = new(sketch) { Shadow = 0, Edge = 0 })
        {
            SKPath[] shapes = petals.Shapes(2, () => new Outline(0.5f, 6, 0.5f, 0.12f));
            for (int i = 0; i < 14; i++) petals.Add(pose.Petal(1.3f * i, sketch.Dice.Range(1.2f, 1.5f), 1.1f, 0.1f), shapes[i % 2], inner, tip);
            petals.Draw(covering: false);
            petals.Draw(covering: true);
        }

        Cup.Draw(sketch, pose, 0.35f, 0.7f, Green);
    }

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.9f, 2.2f, 0.8f, 0.3f) { Teeth = sketch.Dice.Int(4, 7), Depth = 0.65f }, Green, veins: 0);

    private void Rays(Sketch sketch, Pose pose)
    {
        Dice dice = sketch.Dice;
        using Petals petals = new(sketch) { Shadow = 0.14f, Edge = 0.02f };
        SKPath[] shapes = petals.Shapes(4, () => new Outline(0.25f, 9, 0.5f, width * dice.Range(0.85f, 1.15f)) { Bend = dice.Range(-0.08f, 0.08f), Notch = 0.05f });
        float start = dice.Range(0, 6.28f), droop = dice.Range(-0.3f, 0.25f);
        int count = (int)(140 * fullness);
        for (int i = 0; i < count; i++)
        {
            float share = (float)i / count;
            float length = (1 - (0.55f * share * share)) * dice.Range(0.86f, 1.04f);
            float elevation = droop + ((1.35f - droop) * MathF.Pow(share, 1.1f)) + dice.Normal(0, 0.06f);
            Pose.Place place = pose.Petal(start + (i * 2.3999632f), elevation, length - 0.06f, 0.06f, 0.1f * share);
            SKColor colour = Colours.Mix(tip, inner, share);
            petals.Add(place, dice.Pick(shapes), Colours.Shade(Colours.Vary(dice, inner, 0.8f), 0.85f), Colours.Vary(dice, colour, 0.8f));
        }

        Cup.Draw(sketch, pose, 0.28f, 0.32f, Green);
        petals.Draw(covering: false);
        petals.Draw(covering: true);
    }
}
