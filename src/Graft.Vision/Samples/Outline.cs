using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// The outline of a petal or leaf that grows from (0, 0) to (1, 0). Its half width at u is proportional to u^Rise (1 - u^Fall)^Tip,
/// scaled so that the widest place is Width wide.
/// </summary>
internal readonly record struct Outline(float Rise, float Fall, float Tip, float Width)
{
    /// <summary>How far the tip is moved sideways.</summary>
    public float Bend { get; init; }

    /// <summary>How deep the end is cut in.</summary>
    public float Notch { get; init; }

    /// <summary>The number of teeth on each side.</summary>
    public int Teeth { get; init; }

    /// <summary>How deep the teeth are, as a share of the width.</summary>
    public float Depth { get; init; }

    /// <summary>The height of irregular waves of the edge, as a share of the width.</summary>
    public float Ruffle { get; init; }

    public SKPath Path(Dice dice)
    {
        int steps = Math.Max(14, 5 * Teeth);
        float scale = 0.5f * Width / Profile(MathF.Pow(Rise / (Rise + (Fall * Tip)), 1 / Fall));
        Span<SKPoint> edge = stackalloc SKPoint[(2 * steps) + 1];
        for (int side = 0; side < 2; side++)
        {
            float phase = dice.Range(0, 6.28f);
            for (int i = 0; i <= steps; i++)
            {
                // Dense at the tip, where the outline turns fastest.
                float t = (float)i / steps, u = 1 - ((1 - t) * (1 - t));
                float width = scale * Profile(u);
                if (Teeth > 0) width *= 1 - (Depth * (1 - ((u * Teeth) - MathF.Floor(u * Teeth))));
                width *= 1 + (Ruffle * MathF.Sin(phase + (17 * u))) + (0.6f * Ruffle * MathF.Sin((2 * phase) + (31 * u)));
                float along = u > 0.8f ? u - (Notch * (u - 0.8f) / 0.2f * MathF.Max(0, 1 - (2.5f * width / Width))) : u;
                int at = side == 0 ? i : (2 * steps) - i;
                edge[at] = new SKPoint(along, (Bend * u * u) + (side == 0 ? width : -width));
            }
        }

        return Smooth(edge);
    }

    /// <summary>A closed smooth curve: the points are its controls.</summary>
    public static SKPath Smooth(ReadOnlySpan<SKPoint> points)
    {
        using SKPathBuilder path = new();
        SKPoint last = points[^1];
        path.MoveTo(Middle(last, points[0]));
        for (int i = 0; i < points.Length; i++) path.QuadTo(points[i], Middle(points[i], points[(i + 1) % points.Length]));
        path.Close();
        return path.Detach();
    }

    private static SKPoint Middle(SKPoint a, SKPoint b) => new(0.5f * (a.X + b.X), 0.5f * (a.Y + b.Y));

    private float Profile(float u) => MathF.Pow(u, Rise) * MathF.Pow(Math.Max(0, 1 - MathF.Pow(u, Fall)), Tip);
}
