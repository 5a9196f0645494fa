using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>The domed middle of a composite flower: florets along the golden angle, coloured from centre to rim.</summary>
internal static class Disc
{
    private const float GoldenAngle = 2.3999632f;

    /// <summary>Draws a disc on the axis of the flower.</summary>
    /// <param name="sketch">Where to draw.</param>
    /// <param name="pose">How the flower stands.</param>
    /// <param name="radius">The radius of the disc.</param>
    /// <param name="dome">How high its middle rises.</param>
    /// <param name="florets">The number of florets.</param>
    /// <param name="colours">The colours of the florets from the centre to the rim.</param>
    public static void Draw(Sketch sketch, Pose pose, float radius, float dome, int florets, params SKColor[] colours)
    {
        Dice dice = sketch.Dice;
        Light light = sketch.Light;
        for (int layer = 0; layer < 5; layer++)
        {
            float share = layer / 5f, width = radius * MathF.Sqrt(1 - share);
            SKColor ground = Colours.Shade(At(colours, 1 - share), 0.35f + (0.4f * share));
            sketch.Within(pose.Plane(dome * share), () => sketch.Circle(0, 0, width, ground));
        }

        float dot = 1.5f * radius / MathF.Sqrt(florets), start = dice.Range(0, 6.28f);
        for (int i = florets - 1; i >= 0; i--)
        {
            float share = (i + 0.5f) / florets, azimuth = start + (i * GoldenAngle);
            float reach = radius * MathF.Sqrt(share);
            Vector3 at = pose.At(azimuth, reach, dome * (1 - share));
            Vector3 normal = Vector3.Normalize(pose.At(azimuth, 2 * dome * MathF.Sqrt(share), radius));
            if (normal.Z < 0) continue;
            float bright = light.On(normal) * dice.Range(0.7f, 1.2f);
            SKColor colour = Colours.Shade(At(colours, share + dice.Range(-0.08f, 0.08f)), bright);
            sketch.Circle(at.X, at.Y, dot * dice.Range(0.4f, 0.62f), colour);
        }
    }

    private static SKColor At(SKColor[] colours, float share)
    {
        float place = Math.Clamp(share, 0, 1) * (colours.Length - 1);
        int index = Math.Min((int)place, colours.Length - 2);
        return Colours.Mix(colours[index], colours[index + 1], place - index);
    }
}
