using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>The green cup under a flower, visible from the side and from behind.</summary>
internal static class Cup
{
    /// <summary>Draws a cup whose rim is at the origin.</summary>
    public static void Draw(Sketch sketch, Pose pose, float radius, float depth, SKColor green)
    {
        for (int layer = 5; layer >= 0; layer--)
        {
            float share = layer / 5f, width = radius * MathF.Sqrt(1 - (0.85f * share * share));
            SKColor colour = Colours.Shade(green, 0.6f + (0.35f * (1 - share)));
            sketch.Within(pose.Plane(-depth * share), () => sketch.Circle(0, 0, width, colour));
        }

        for (int i = 0; i < 9; i++)
        {
            Vector3 top = pose.At(0.7f * i, radius, 0.05f), low = pose.At(0.7f * i, 0.4f * radius, -depth);
            if (top.Z + low.Z > 0) sketch.Line(low.X, low.Y, top.X, top.Y, Colours.Fade(Colours.Shade(green, 0.5f), 0.5f), 0.03f);
        }
    }
}
