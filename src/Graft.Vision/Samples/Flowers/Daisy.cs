using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>Daisies and their garden relatives: asters, marguerites, gerberas.</summary>
internal sealed class Daisy : Flower
{
    private readonly SKColor inner, tip, centre, rim;
    private readonly int count, rings;
    private readonly float disc, dome, width, elevation, notch;

    public Daisy(Dice dice)
    {
        tip = Palette.Petal(dice, new(0.5f, 0.05f, 0.11f, 0.05f, 0.05f, 0.14f, 0.05f, 0.05f));
        inner = dice.Chance(0.25f) ? Palette.Petal(dice, new(1, 1, 1, 1, 1, 1, 1, 1)) : Colours.Shade(Colours.Vary(dice, tip, 1.5f), 0.92f);
        bool dark = dice.Chance(0.1f);
        centre = dark ? Colours.Hsv(dice.Range(15, 45), 0.6f, dice.Range(0.15f, 0.4f)) : Colours.Hsv(dice.Range(40, 62), 0.85f, dice.Range(0.75f, 1));
        rim = dark ? Colours.Shade(centre, 0.7f) : Colours.Hsv(dice.Range(30, 48), 0.95f, dice.Range(0.6f, 0.95f));
        count = dice.Int(11, 26);
        rings = dice.Weighted([0.5f, 0.4f, 0.1f]) + 1;
        disc = dice.Range(0.17f, 0.34f);
        dome = disc * dice.Range(0.2f, 0.9f);
        width = dice.Range(0.8f, 1.35f) * 5.2f / count;
        elevation = dice.Range(-0.35f, 0.5f);
        notch = dice.Chance(0.5f) ? dice.Range(0.02f, 0.06f) : 0;
        Green = Colours.Leaf(dice);
    }

    public override float StemWidth => 0.07f;

    public override void Head(Sketch sketch, Pose pose)
    {
        Dice dice = sketch.Dice;
        using Petals petals = new(sketch) { Veins = 0.25f, Shadow = 0.2f };
        SKPath[] shapes = petals.Shapes(5, () => new Outline(dice.Range(0.45f, 0.7f), dice.Range(4, 7), 0.5f, width * dice.Range(0.85f, 1.15f))
        {
            Notch = notch,
            Bend = dice.Range(-0.06f, 0.06f),
        });
        float raised = elevation + dice.Range(-0.15f, 0.15f), start = dice.Range(0, 6.28f);
        for (int ring = 0; ring < rings; ring++)
        {
            float length = 1 - (0.75f * disc) - (0.16f * ring);
            for (int i = 0; i < count; i++)
            {
                if (dice.Chance(0.03f)) continue;
                float azimuth = start + (6.2832f * (i + (0.5f * ring) + dice.Range(-0.25f, 0.25f)) / count);
                Pose.Place place = pose.Petal(azimuth, raised + (0.22f * ring) + dice.Normal(0, 0.07f), length * dice.Range(0.9f, 1.06f), 0.75f * disc, 0.02f * ring);
                petals.Add(place, dice.Pick(shapes), Colours.Vary(dice, inner, 0.8f), Colours.Vary(dice, tip, 0.8f));
            }
        }

        Cup.Draw(sketch, pose, 0.8f * disc, 0.22f, Green);
        petals.Draw(covering: false);
        Disc.Draw(sketch, pose, disc, dome, 90, Colours.Mix(centre, Green, 0.3f), centre, rim);
        petals.Draw(covering: true);
    }

    public override void Bud(Sketch sketch)
    {
        using Petals petals = new(sketch) { Shadow = 0 };
        SKPath[] shapes = petals.Shapes(2, () => new Outline(0.5f, 4, 0.5f, 0.4f));
        Pose pose = new(1.5f, 0);
        for (int i = 0; i < 9; i++) petals.Add(pose.Petal(0.7f * i, 1.3f, 1.1f), shapes[i % 2], inner, tip);
        petals.Draw(covering: false);
        petals.Draw(covering: true);
        Cup.Draw(sketch, pose, 0.5f, 0.6f, Green);
    }

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(1.1f, 3, 0.8f, 0.32f) { Teeth = sketch.Dice.Int(3, 6), Depth = 0.3f }, Green);
}
