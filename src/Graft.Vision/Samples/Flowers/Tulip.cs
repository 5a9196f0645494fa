using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>Tulips, closed to wide open, from the side and from above; plain, edged, flamed and fringed.</summary>
internal sealed class Tulip : Flower
{
    private readonly SKColor body, edge, heart;
    private readonly float openness, slender, pointed, ruffle;
    private readonly bool flamed;

    public Tulip(Dice dice)
    {
        body = Palette.Petal(dice, new(0.1f, 0.04f, 0.16f, 0.12f, 0.16f, 0.12f, 0.13f, 0.17f));
        flamed = dice.Chance(0.3f);
        edge = flamed ? Palette.Petal(dice, new(1, 1, 1, 0.6f, 0.6f, 0.6f, 0.3f, 0.2f)) : Colours.Shade(Colours.Vary(dice, body, 1.5f), 1.06f);
        heart = dice.Pick(Colours.Hsv(55, 0.8f, 0.85f), Colours.Hsv(260, 0.5f, 0.2f), Colours.Hsv(70, 0.4f, 0.85f));
        openness = dice.Range(0, 1);
        slender = dice.Range(0.78f, 1.15f);
        pointed = dice.Range(0, 1);
        ruffle = dice.Chance(0.25f) ? dice.Range(0.03f, 0.08f) : 0.01f;
        Green = Colours.Hsv(dice.Range(85, 150), dice.Range(0.22f, 0.55f), dice.Range(0.35f, 0.65f));
    }

    public override float MaxTilt => 1.75f;

    public override float MinTilt => 0.7f;

    public override float StemWidth => 0.12f;

    public override int StemLeaves => 2;

    public override float LeafLength => 2.4f;

    public override void Head(Sketch sketch, Pose pose)
    {
        if (pose.Tilt < 0.62f) FromAbove(sketch, pose);
        else FromTheSide(sketch, pose.Turn, Math.Clamp(openness + sketch.Dice.Normal(0, 0.12f), 0, 1), MathF.Cos(pose.Tilt));
    }

    public override void Bud(Sketch sketch)
    {
        FromTheSide(sketch, 0, 0, 0);
        using SKPath tint = new Outline(0.4f, 2, 0.8f, 0.8f).Path(sketch.Dice);
        sketch.Within(Sketch.Frame(-0.8f, 0, 1.3f, 0), () => sketch.Fill(tint, new SKPoint(1, 0), Green, Colours.Fade(Green, 0.3f)));
    }

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.45f, 1.3f, 1.1f, sketch.Dice.Range(0.13f, 0.24f)), Green, veins: 0);

    private Outline Petal(Dice dice, float width) =>
        new(0.42f, 3.2f - (1.5f * pointed), 0.6f + (0.4f * pointed), width * dice.Range(0.93f, 1.07f)) { Bend = dice.Range(-0.05f, 0.05f), Ruffle = ruffle };

    private void FromTheSide(Sketch sketch, float turn, float open, float seenInto) => sketch.Within(Sketch.Frame(0, 0, 1, turn), () =>
    {
        Dice dice = sketch.Dice;
        float spread = 0.1f + (0.34f * open), width = slender * (0.62f - (0.1f * open)), length = 1.75f - (0.2f * open);
        // The inner petals stand behind; the more one sees into the cup, the more they rise above the others.
        foreach (float side in (ReadOnlySpan<float>)[-0.75f, 0.75f, 0])
            One(sketch, side * spread, width, length * (0.96f + (0.1f * seenInto)), 0.62f, inside: true);
        float order = dice.Sign();
        foreach (float side in (ReadOnlySpan<float>)[order, -order])
            One(sketch, side * (spread + 0.1f), width, length * dice.Range(0.92f, 1), 0.86f + (0.14f * (side * sketch.Light.Direction.X > 0 ? 1 : 0)), inside: false);
        One(sketch, dice.Normal(0, 0.05f) * (1 + open), width * 1.12f, length * dice.Range(0.86f, 0.97f) * (1 - (0.12f * seenInto)), 1, inside: false);
    });

    private void One(Sketch sketch, float angle, float width, float length, float shade, bool inside)
    {
        Dice dice = sketch.Dice;
        Outline outline = Petal(dice, width);
        using SKPath path = outline.Path(dice);
        float light = Math.Clamp(shade * (sketch.Light.Ambient + (0.75f * sketch.Light.Diffuse)), 0.2f, 1.1f);
        SKColor low = Colours.Shade(Colours.Vary(dice, body, 1), light), high = Colours.Shade(Colours.Vary(dice, edge, 1), light);
        sketch.Within(Sketch.Frame(-0.85f, 0, length, angle), () =>
        {
            sketch.Stroke(path, Colours.Fade(SKColors.Black, 0.16f), 0.05f);
            sketch.Fill(path, new SKPoint(1, 0), Colours.Mix(low, Green, 0.35f), low, low, Colours.Mix(low, high, 0.8f));
            if (flamed) sketch.Stroke(path, Colours.Fade(high, 0.55f), 0.07f);
            float across = 0.55f * width * (sketch.Light.Direction.Y + sketch.Light.Direction.X > 0 ? -1 : 1);
            sketch.Fill(path, new SKPoint(0, across), Colours.Fade(SKColors.White, inside ? 0 : 0.1f), Colours.Fade(SKColors.Black, inside ? 0.3f : 0.26f));
            SKColor vein = Colours.Fade(Colours.Shade(low, 0.6f), 0.14f);
            for (int i = -3; i <= 3; i++) sketch.Line(0.06f, 0.012f * i, 0.92f - (0.03f * i * i), 0.11f * width * i, vein, 0.012f);
            sketch.Stroke(path, Colours.Fade(Colours.Shade(high, 0.55f), 0.35f), 0.012f);
        });
    }

    private void FromAbove(Sketch sketch, Pose pose)
    {
        Dice dice = sketch.Dice;
        using Petals petals = new(sketch) { Veins = 0.15f };
        SKPath[] shapes = petals.Shapes(6, () => Petal(dice, slender * dice.Range(0.72f, 0.85f)));
        float elevation = 1.15f - (0.95f * openness), start = dice.Range(0, 6.28f);
        for (int i = 0; i < 6; i++)
        {
            bool within = i >= 3;
            float azimuth = start + (2.0944f * i) + (within ? 1.0472f : 0) + dice.Normal(0, 0.08f);
            Pose.Place place = pose.Petal(azimuth, elevation + (within ? 0.14f : 0) + dice.Normal(0, 0.06f), dice.Range(0.95f, 1.12f));
            petals.Add(place, shapes[i], Colours.Mix(body, heart, 0.5f), Colours.Vary(dice, flamed ? edge : body, 1));
        }

        petals.Draw(covering: false);
        sketch.Within(pose.Plane(), () => sketch.Glow(0, 0, 0.34f, heart, Colours.Fade(heart, 0.75f), Colours.Fade(heart, 0)));
        for (int i = 0; i < 6; i++)
        {
            Vector3 low = pose.At((1.0472f * i) + start, 0.08f, 0.05f), high = pose.At((1.0472f * i) + start, 0.2f, 0.3f);
            sketch.Line(low.X, low.Y, high.X, high.Y, Colours.Hsv(50, 0.4f, 0.6f), 0.03f);
            sketch.Oval(high.X, high.Y, 0.04f, 0.05f, Colours.Hsv(275, 0.4f, 0.2f));
        }

        Vector3 stigma = pose.At(0, 0, 0.28f);
        sketch.Line(0, 0, stigma.X, stigma.Y, Colours.Hsv(70, 0.4f, 0.75f), 0.1f);
        sketch.Circle(stigma.X, stigma.Y, 0.09f, Colours.Hsv(60, 0.4f, 0.85f));
        petals.Draw(covering: true);
    }
}
