using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>Roses: broad petals in rings that tighten into a spiral, from above and from the side.</summary>
internal sealed class Rose : Flower
{
    private readonly SKColor body, edge;
    private readonly int rings;
    private readonly float ruffle, height, twist;

    public Rose(Dice dice)
    {
        body = Palette.Petal(dice, new(0.09f, 0.05f, 0.08f, 0.09f, 0.42f, 0.18f, 0.07f, 0.02f));
        edge = dice.Chance(0.25f) ? Palette.Petal(dice, new(0.5f, 0.5f, 1, 1, 1, 1, 0.5f, 0.3f)) : Colours.Shade(Colours.Vary(dice, body, 1), 1.1f);
        rings = dice.Int(6, 9);
        ruffle = dice.Range(0.02f, 0.06f);
        height = dice.Range(0.25f, 0.55f);
        twist = dice.Sign();
        Green = Colours.Hsv(dice.Range(80, 150), dice.Range(0.35f, 0.7f), dice.Range(0.22f, 0.5f));
    }

    public override float MaxTilt => 1.5f;

    public override float StemWidth => 0.09f;

    public override int StemLeaves => 5;

    public override float LeafLength => 0.85f;

    public override void Head(Sketch sketch, Pose pose)
    {
        if (pose.Tilt < 0.8f) Whorl(sketch, pose, 1, rings);
        else FromTheSide(sketch, pose);
    }

    public override void Bud(Sketch sketch) => Goblet(sketch, 0, 0.25f, 0.1f);

    public override void Leaf(Sketch sketch) =>
        Leaves.Draw(sketch, new Outline(0.5f, 1.7f, 0.95f, sketch.Dice.Range(0.5f, 0.68f)) { Teeth = 9, Depth = 0.12f }, Green, veins: 5);

    /// <summary>Rings of petals from the outermost in; each covers the middle of the one before.</summary>
    private void Whorl(Sketch sketch, Pose pose, float size, int count)
    {
        Dice dice = sketch.Dice;
        float start = dice.Range(0, 6.28f);
        for (int ring = 0; ring < count; ring++)
        {
            float share = (float)ring / count, reach = size * MathF.Pow(1 - share, 0.85f);
            int petals = Math.Max(3, 6 - (ring / 2));
            start += twist * 0.9f;
            for (int i = 0; i < petals; i++)
            {
                float azimuth = start + (twist * 6.2832f * (i + dice.Range(-0.12f, 0.12f)) / petals);
                Petal(sketch, pose, azimuth, reach * dice.Range(0.92f, 1.06f), share, height * size * share);
            }
        }

        sketch.Within(pose.Plane(height * size), () => Spiral(sketch, 0.8f * size / count, start));
    }

    private void Petal(Sketch sketch, Pose pose, float azimuth, float reach, float share, float level)
    {
        Dice dice = sketch.Dice;
        float raised = 0.25f + (0.75f * share);
        Vector3 outward = pose.At(azimuth, 1, 0);
        Vector3 normal = (MathF.Cos(raised) * pose.Axis) - (MathF.Sin(raised) * outward);
        float light = sketch.Light.On(normal) * (1 - (0.12f * share));
        SKColor rim = Colours.Shade(Colours.Vary(dice, edge, 0.9f), Math.Min(1.15f, light * 1.08f));
        SKColor face = Colours.Shade(Colours.Vary(dice, body, 0.9f), light);
        Span<SKPoint> points = stackalloc SKPoint[18];
        float phase = dice.Range(0, 6.28f), wide = 0.66f * reach, deep = 0.6f * reach;
        for (int i = 0; i < points.Length; i++)
        {
            (float sin, float cos) = MathF.SinCos(6.2832f * i / points.Length);
            float wave = 1 + (ruffle * MathF.Sin(phase + (3.1f * 6.2832f * i / points.Length))) - (cos > 0.92f ? 0.7f * ruffle : 0);
            // A superellipse: broader than a circle, as the rim of a rose petal is.
            float squarish = 1 / MathF.Pow(MathF.Pow(MathF.Abs(cos), 2.6f) + MathF.Pow(MathF.Abs(sin), 2.6f), 1 / 2.6f);
            points[i] = new SKPoint((0.42f * reach) + (deep * cos * squarish * wave), wide * sin * squarish * wave);
        }

        using SKPath path = Outline.Smooth(points);
        SKMatrix place = pose.Plane(level).PreConcat(Sketch.Frame(0, 0, 1, azimuth));
        SKMatrix shadow = SKMatrix.CreateTranslation(-0.05f * sketch.Light.Direction.X, 0.04f).PreConcat(place);
        sketch.Within(shadow, () => sketch.Fill(path, Colours.Fade(Colours.Shade(body, 0.15f), 0.32f)));
        sketch.Within(place, () =>
        {
            using (SKShader shader = SKShader.CreateRadialGradient(
                default, 1.05f * reach, [Colours.Shade(face, 0.35f), Colours.Shade(face, 0.6f), face, rim], [0.15f, 0.5f, 0.82f, 1], SKShaderTileMode.Clamp))
            {
                sketch.Fill(path, shader);
            }

            sketch.Stroke(path, Colours.Fade(Colours.Shade(rim, 1.25f), 0.3f), 0.022f);
            sketch.Stroke(path, Colours.Fade(Colours.Shade(face, 0.45f), 0.4f), 0.009f);
        });
    }

    private void Spiral(Sketch sketch, float size, float start)
    {
        SKColor dark = Colours.Shade(body, 0.45f), bright = Colours.Shade(edge, 0.92f);
        sketch.Glow(0, 0, size, Colours.Shade(body, 0.35f), Colours.Shade(body, 0.75f));
        using SKPathBuilder builder = new();
        for (int i = 0; i <= 40; i++)
        {
            float share = i / 40f;
            (float sin, float cos) = MathF.SinCos(start + (twist * 13 * share));
            SKPoint point = new(size * share * cos, size * share * sin);
            if (i == 0) builder.MoveTo(point);
            else builder.LineTo(point);
        }

        using SKPath path = builder.Detach();
        sketch.Stroke(path, dark, 0.22f * size);
        sketch.Stroke(path, bright, 0.1f * size);
    }

    private void FromTheSide(Sketch sketch, Pose pose) => sketch.Within(Sketch.Frame(0, 0, 1, pose.Turn), () =>
        Goblet(sketch, MathF.Cos(pose.Tilt), sketch.Dice.Range(0.5f, 1), sketch.Dice.Range(0.35f, 0.75f)));

    /// <summary>A rose from the side that points to the right.</summary>
    private void Goblet(Sketch sketch, float seenInto, float open, float flare)
    {
        Dice dice = sketch.Dice;
        float width = 0.7f + (0.45f * open);
        Sepals(sketch, open);
        foreach (float side in (ReadOnlySpan<float>)[-1, 1, -0.35f, 0.35f])
            Broad(sketch, side * (0.2f + (0.3f * open)), width, 1.5f + (0.1f * seenInto), 0.55f);
        Pose mouth = new(MathF.Acos(Math.Clamp(seenInto + 0.12f, 0, 1)), 0);
        sketch.Within(Sketch.Frame(0.36f, 0, 1, 0), () => Whorl(sketch, mouth, 0.3f + (0.3f * open), 4));
        float order = dice.Sign();
        foreach (float side in (ReadOnlySpan<float>)[order, -order])
            Broad(sketch, side * (0.25f + (0.3f * open)), width, dice.Range(1.15f, 1.35f), 0.85f);
        Broad(sketch, dice.Normal(0, 0.12f), 1.15f * width, dice.Range(1, 1.2f), 0.97f);
        foreach (float side in (ReadOnlySpan<float>)[-order, order])
        {
            if (dice.Chance(flare)) Broad(sketch, side * dice.Range(0.7f, 1.1f), width, dice.Range(0.95f, 1.15f), 1);
        }
    }

    private void Broad(Sketch sketch, float angle, float width, float length, float shade)
    {
        Dice dice = sketch.Dice;
        using SKPath path = new Outline(0.42f, 4.5f, 0.5f, width * dice.Range(0.9f, 1.08f)) { Ruffle = ruffle, Bend = dice.Range(-0.1f, 0.1f), Notch = 0.04f }.Path(dice);
        float light = shade * Math.Clamp(sketch.Light.Ambient + (0.7f * sketch.Light.Diffuse), 0.3f, 1.05f);
        SKColor face = Colours.Shade(Colours.Vary(dice, body, 1), light), rim = Colours.Shade(Colours.Vary(dice, edge, 1), light);
        float across = 0.5f * width * (sketch.Light.Direction.X + sketch.Light.Direction.Y > 0 ? -1 : 1);
        sketch.Within(Sketch.Frame(-0.72f, 0, length, angle), () =>
        {
            sketch.Stroke(path, Colours.Fade(SKColors.Black, 0.14f), 0.06f);
            sketch.Fill(path, new SKPoint(1, 0), Colours.Shade(face, 0.55f), Colours.Shade(face, 0.85f), face, rim, Colours.Shade(rim, 1.2f));
            sketch.Fill(path, new SKPoint(0, across), SKColors.Transparent, Colours.Fade(SKColors.Black, 0.25f));
            sketch.Stroke(path, Colours.Fade(Colours.Shade(rim, 1.25f), 0.25f), 0.03f);
            sketch.Stroke(path, Colours.Fade(Colours.Shade(face, 0.4f), 0.25f), 0.01f);
        });
    }

    private void Sepals(Sketch sketch, float open)
    {
        Dice dice = sketch.Dice;
        for (int i = -2; i <= 2; i++)
        {
            using SKPath path = new Outline(0.4f, 1.4f, 1, 0.28f) { Bend = 0.2f * i }.Path(dice);
            float angle = i * (0.35f + (0.5f * open));
            sketch.Within(Sketch.Frame(-0.74f, 0, 0.8f, angle), () => sketch.Fill(path, new SKPoint(1, 0), Colours.Shade(Green, 0.7f), Green));
        }

        sketch.Oval(-0.8f, 0, 0.17f, 0.14f, Colours.Shade(Green, 0.8f));
    }
}
