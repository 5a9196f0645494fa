using SkiaSharp;

namespace Graft.Vision.Samples.Styles;

/// <summary>Short thick strokes along a flow that turns around a few centres, over an image of size 1.</summary>
internal static class Strokes
{
    private const int Count = 5200, Centres = 5, Bristles = 3;

    private static readonly SKColor[] Night = [new(12, 26, 74), new(22, 56, 128), new(38, 92, 168), new(86, 146, 200), new(20, 84, 108), new(150, 190, 214)];
    private static readonly SKColor[] Glow = [new(250, 214, 84), new(240, 176, 40), new(252, 236, 160), new(214, 132, 36)];

    public static void Draw(SKCanvas canvas, Dice dice)
    {
        canvas.Clear(Night[1]);
        (float X, float Y, float Radius, float Turn)[] centres = [.. Enumerable.Range(0, Centres).Select(_ => (dice.Range(0.08f, 0.92f), dice.Range(0.08f, 0.92f), dice.Range(0.06f, 0.15f), dice.Sign()))];
        using SKPaint paint = new() { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = SKStrokeCap.Round };
        for (int i = 0; i < Count; i++)
        {
            float x = dice.Range(-0.05f, 1.05f), y = dice.Range(-0.05f, 1.05f), light = 0;
            foreach ((float cx, float cy, float radius, _) in centres) light = Math.Max(light, MathF.Exp(-Square(x - cx, y - cy) / (radius * radius)));
            bool glows = dice.Chance(light * 0.9f);
            SKColor colour = Colours.Vary(dice, glows ? dice.Pick<SKColor>(Glow) : dice.Pick<SKColor>(Night), 1.5f);
            float width = dice.Range(0.006f, 0.012f), length = dice.Range(0.03f, 0.07f);
            for (int bristle = 0; bristle < Bristles; bristle++)
            {
                paint.Color = Colours.Shade(colour, dice.Range(0.8f, 1.15f));
                paint.StrokeWidth = width / Bristles * 1.4f;
                Stroke(canvas, paint, centres, x, y, length, (bristle - 1) * width / Bristles);
            }
        }
    }

    private static void Stroke(SKCanvas canvas, SKPaint paint, (float X, float Y, float Radius, float Turn)[] centres, float x, float y, float length, float aside)
    {
        const int Pieces = 6;
        using SKPathBuilder path = new();
        for (int piece = 0; piece <= Pieces; piece++)
        {
            (float dx, float dy) = Flow(centres, x, y);
            SKPoint at = new(x - (aside * dy), y + (aside * dx));
            if (piece == 0) path.MoveTo(at);
            else path.LineTo(at);
            (x, y) = (x + (dx * length / Pieces), y + (dy * length / Pieces));
        }

        using SKPath drawn = path.Detach();
        canvas.DrawPath(drawn, paint);
    }

    private static (float X, float Y) Flow((float X, float Y, float Radius, float Turn)[] centres, float x, float y)
    {
        float dx = 0.6f, dy = 0.25f * MathF.Sin(9 * x);
        foreach ((float cx, float cy, float radius, float turn) in centres)
        {
            float near = 3 * MathF.Exp(-Square(x - cx, y - cy) / (5 * radius * radius)), distance = MathF.Sqrt(Square(x - cx, y - cy)) + 1e-3f;
            dx += turn * near * (cy - y) / distance;
            dy += turn * near * (x - cx) / distance;
        }

        float norm = MathF.Sqrt(Square(dx, dy)) + 1e-6f;
        return (dx / norm, dy / norm);
    }

    private static float Square(float x, float y) => (x * x) + (y * y);
}
