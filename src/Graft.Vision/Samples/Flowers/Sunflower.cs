using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>Sunflowers, of the field and of the garden.</summary>
internal sealed class Sunflower : Flower
{
    private readonly SKColor inner, tip, centre, middle, rim;
    private readonly int count, rings;
    private readonly float disc, width, elevation;

    public Sunflower(Dice dice)
    {
        tip = Palette.Petal(dice, new(0.01f, 0.06f, 0.66f, 0.19f, 0.07f, 0.01f, 0, 0));
        inner = dice.Chance(0.25f) ? Palette.Petal(dice, new(0, 0, 0.5f, 1, 1, 0, 0, 0)) : Colours.Shade(Colours.Vary(dice, tip, 2), 0.88f);
        bool pale = dice.Chance(0.12f);
        float hue = dice.Range(18, 40);
        middle = pale ? Colours.Hsv(dice.Range(45, 70), 0.75f, dice.Range(0.5f, 0.75f)) : Colours.Hsv(hue, 0.6f, dice.Range(0.12f, 0.32f));
        centre = dice.Chance(0.5f) ? Colours.Hsv(dice.Range(55, 85), 0.5f, dice.Range(0.3f, 0.55f)) : Colours.Shade(middle, 0.7f);
        rim = pale || dice.Chance(0.4f) ? Colours.Hsv(dice.Range(35, 50), 0.85f, dice.Range(0.55f, 0.85f)) : Colours.Hsv(hue, 0.7f, dice.Range(0.25f, 0.5f));
        count = dice.Int(15, 25);
        rings = dice.Int(1, 3);
        disc = dice.Range(0.37f, 0.56f);
        width = dice.Range(0.9f, 1.4f) * 6.5f / count;
        elevation = dice.Range(-0.25f, 0.5f);
        Green = Colours.Leaf(dice);
    }

    public override float StemWidth => 0.11f;

    public override float LeafLength => 1.15f;

    public override void Head(Sketch sketch, Pose pose)
    {
        Dice dice = sketch.Dice;
        using Petals petals = new(sketch) { Veins = 0.3f };
        SKPath[] shapes = petals.Shapes(5, () => new Outline(dice.Range(0.5f, 0.75f), dice.Range(1.5f, 2.2f), dice.Range(0.7f, 1), width * dice.Range(0.8f, 1.15f))
        {
            Bend = dice.Range(-0.14f, 0.14f),
            Ruffle = 0.05f,
        });
        float start = dice.Range(0, 6.28f), raised = elevation + dice.Range(-0.15f, 0.15f);
        for (int ring = 0; ring < rings; ring++)
        {
            for (int i = 0; i < count; i++)
            {
                if (dice.Chance(0.05f)) continue;
                float azimuth = start + (6.2832f * (i + (0.5f * ring) + dice.Range(-0.3f, 0.3f)) / count);
                float length = ((1 - (0.85f * disc)) * dice.Range(0.85f, 1.08f)) - (0.05f * ring);
                Pose.Place place = pose.Petal(azimuth, raised + (0.2f * ring) + dice.Normal(0, 0.13f), length, 0.85f * disc);
                petals.Add(place, dice.Pick(shapes), Colours.Vary(dice, inner, 1), Colours.Vary(dice, tip, 1));
            }
        }

        Sepals(sketch, pose);
        Cup.Draw(sketch, pose, 0.95f * disc, 0.2f, Green);
        petals.Draw(covering: false);
        Disc.Draw(sketch, pose, disc, 0.1f, 190, centre, middle, middle, rim);
        petals.Draw(covering: true);
    }

    public override void Bud(Sketch sketch)
    {
        Pose pose = new(1.35f, 0);
        Cup.Draw(sketch, pose, 0.6f, 0.4f, Green);
        using Petals petals = new(sketch);
        SKPath[] shapes = petals.Shapes(2, () => new Outline(0.5f, 1.6f, 0.9f, 0.4f));
        for (int i = 0; i < 16; i++)
        {
            bool green = i % 2 == 0;
            petals.Add(pose.Petal(0.4f * i, green ? 1.1f : 1.3f, 0.9f, 0.4f), shapes[i / 2 % 2], green ? Green : inner, green ? Green : tip);
        }

        petals.Draw(covering: false);
        petals.Draw(covering: true);
    }

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.45f, 1.3f, 1.1f, sketch.Dice.Range(0.55f, 0.8f)) { Teeth = 7, Depth = 0.1f }, Green, veins: 5);

    private void Sepals(Sketch sketch, Pose pose)
    {
        Dice dice = sketch.Dice;
        using Petals sepals = new(sketch) { Shadow = 0 };
        SKPath[] shapes = sepals.Shapes(2, () => new Outline(0.4f, 1.3f, 1, 0.4f));
        for (int i = 0; i < 14; i++)
            sepals.Add(pose.Petal(0.45f * i, dice.Range(-0.5f, 0.1f), 0.5f, 0.8f * disc, -0.08f), dice.Pick(shapes), Green, Green);
        sepals.Draw(covering: false);
        sepals.Draw(covering: true);
    }
}
