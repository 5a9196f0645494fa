using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>Stamens: thin filaments, each with an anther at its end.</summary>
internal static class Stamens
{
    private const float GoldenAngle = 2.3999632f;

    /// <summary>A ring of them that leans outward around a knob.</summary>
    public static void Ring(Sketch sketch, Pose pose, float radius, int count, SKColor colour)
    {
        Dice dice = sketch.Dice;
        for (int i = 0; i < count; i++)
        {
            float azimuth = GoldenAngle * i, reach = radius * dice.Range(0.85f, 1.5f);
            One(sketch, pose.At(azimuth, 0.5f * radius, 0), pose.At(azimuth, reach, 0.35f * radius), 0.14f * radius, colour);
        }
    }

    /// <summary>A tuft of them that rises from the middle.</summary>
    public static void Tuft(Sketch sketch, Pose pose, float radius, int count, SKColor heart, SKColor colour)
    {
        Dice dice = sketch.Dice;
        sketch.Within(pose.Plane(), () => sketch.Glow(0, 0, 0.7f * radius, heart, Colours.Fade(heart, 0)));
        for (int i = count - 1; i >= 0; i--)
        {
            float share = (i + 0.5f) / count, azimuth = GoldenAngle * i;
            float reach = 1.25f * radius * MathF.Sqrt(share) * dice.Range(0.85f, 1.15f), height = radius * (1.2f - (0.6f * share));
            One(sketch, pose.At(azimuth, 0.15f * reach, 0), pose.At(azimuth, reach, height), 0.15f * radius, Colours.Mix(heart, colour, share));
        }
    }

    private static void One(Sketch sketch, Vector3 foot, Vector3 head, float size, SKColor colour)
    {
        float bright = sketch.Dice.Range(0.8f, 1.15f) * Math.Clamp(sketch.Light.Ambient + (0.6f * sketch.Light.Diffuse), 0.5f, 1.05f);
        SKColor anther = Colours.Shade(colour, bright);
        sketch.Line(foot.X, foot.Y, head.X, head.Y, Colours.Fade(Colours.Shade(anther, 1.4f), 0.7f), 0.35f * size);
        sketch.Circle(head.X, head.Y, size, Colours.Shade(anther, 0.65f));
        sketch.Circle(head.X - (0.1f * size), head.Y - (0.15f * size), 0.75f * size, anther);
    }
}
