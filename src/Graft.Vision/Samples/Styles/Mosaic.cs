using SkiaSharp;

namespace Graft.Vision.Samples.Styles;

/// <summary>Tiles around shaken points of a grid, larger fields of them in one colour, over an image of size 1.</summary>
internal static class Mosaic
{
    private const int Side = 26, Fields = 16;
    private const float Joint = 0.11f;

    private static readonly SKColor[] Palette = [new(186, 44, 36), new(232, 138, 34), new(246, 206, 92), new(36, 110, 106), new(242, 230, 200), new(120, 30, 62), new(52, 148, 164)];

    public static void Draw(SKCanvas canvas, Dice dice)
    {
        canvas.Clear(new SKColor(34, 26, 24));
        (float X, float Y, SKColor Colour)[] fields = [.. Enumerable.Range(0, Fields).Select(i => (dice.Next(), dice.Next(), Palette[i % Palette.Length]))];
        using SKPaint paint = new() { IsAntialias = true };
        for (int row = -1; row <= Side; row++)
        {
            for (int column = -1; column <= Side; column++)
            {
                SKPoint[] corners = [Corner(column, row), Corner(column + 1, row), Corner(column + 1, row + 1), Corner(column, row + 1)];
                SKPoint middle = new(corners.Average(c => c.X), corners.Average(c => c.Y));
                SKColor colour = fields.MinBy(f => ((f.X - middle.X) * (f.X - middle.X)) + ((f.Y - middle.Y) * (f.Y - middle.Y))).Colour;
                if (dice.Chance(0.06f)) colour = dice.Pick<SKColor>(Palette);
                colour = Colours.Shade(Colours.Vary(dice, colour, 2), dice.Range(0.82f, 1.15f));
                for (int i = 0; i < corners.Length; i++) corners[i] = new SKPoint(corners[i].X + (Joint * (middle.X - corners[i].X)), corners[i].Y + (Joint * (middle.Y - corners[i].Y)));
                using SKShader light = SKShader.CreateLinearGradient(corners[0], corners[2], [Colours.Shade(colour, 1.18f), Colours.Shade(colour, 0.82f)], SKShaderTileMode.Clamp);
                paint.Shader = light;
                using SKPathBuilder builder = new();
                builder.MoveTo(corners[0]);
                foreach (SKPoint corner in corners.AsSpan(1)) builder.LineTo(corner);
                builder.Close();
                using SKPath tile = builder.Detach();
                canvas.DrawPath(tile, paint);
                paint.Shader = null;
            }
        }
    }

    // The same for every tile that it belongs to.
    private static SKPoint Corner(int column, int row)
    {
        float x = Shake((column * 73) + (row * 179)), y = Shake((column * 283) + (row * 47) + 11);
        return new SKPoint((column + (0.55f * x)) / Side, (row + (0.55f * y)) / Side);

        static float Shake(int number)
        {
            uint hash = (uint)number * 2654435761;
            hash ^= hash >> 15;
            hash *= 2246822519;
            return ((hash >> 8) / (float)(1 << 24)) - 0.5f;
        }
    }
}
