using SkiaSharp;

namespace Graft.Vision.Samples.Styles;

/// <summary>Bands between wavy lines, each in one of a few flat colours and outlined in black, some hatched, over an image of size 1.</summary>
internal static class Waves
{
    private const int Bands = 30;

    private static readonly SKColor[] Palette = [new(240, 232, 210), new(28, 52, 92), new(214, 74, 56), new(120, 168, 188), new(240, 232, 210), new(232, 190, 120), new(60, 110, 140)];

    public static void Draw(SKCanvas canvas, Dice dice)
    {
        canvas.Clear(Palette[0]);
        float first = dice.Range(0, 6), second = dice.Range(0, 6);
        using SKPaint fill = new() { IsAntialias = true };
        using SKPaint line = new() { IsAntialias = true, Style = SKPaintStyle.Stroke, Color = new SKColor(16, 18, 26), StrokeJoin = SKStrokeJoin.Round };
        int colour = 0;
        for (int band = -4; band < Bands; band++)
        {
            float top = band / (float)(Bands - 6), height = 1.2f / Bands;
            using SKPath lower = Edge(top, first, second, isClosed: true), upper = Edge(top, first, second, isClosed: false);
            colour = (colour + dice.Int(1, Palette.Length - 1)) % Palette.Length;
            fill.Color = Colours.Vary(dice, Palette[colour], 1);
            canvas.DrawPath(lower, fill);
            if (dice.Chance(0.4f))
            {
                line.StrokeWidth = 0.0025f;
                for (int hatch = 1; hatch < 4; hatch++)
                {
                    using SKPath between = Edge(top + (height * hatch / 4), first, second, isClosed: false);
                    canvas.DrawPath(between, line);
                }
            }

            line.StrokeWidth = dice.Range(0.005f, 0.009f);
            canvas.DrawPath(upper, line);
        }
    }

    private static SKPath Edge(float top, float first, float second, bool isClosed)
    {
        const int Points = 90;
        using SKPathBuilder builder = new();
        for (int i = 0; i <= Points; i++)
        {
            float x = -0.05f + (1.1f * i / Points);
            float y = top + (0.06f * MathF.Sin((7 * x) + first + (3 * top))) + (0.03f * MathF.Sin((19 * x) + second - (8 * top))) + (0.012f * MathF.Abs(MathF.Sin((31 * x) + (5 * top))));
            if (i == 0) builder.MoveTo(x, y);
            else builder.LineTo(x, y);
        }

        if (isClosed)
        {
            builder.LineTo(1.05f, 1.5f);
            builder.LineTo(-0.05f, 1.5f);
            builder.Close();
        }

        return builder.Detach();
    }
}
