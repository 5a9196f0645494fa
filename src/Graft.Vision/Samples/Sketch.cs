using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>A canvas with what every part of an image needs: one paint, the light and the dice.</summary>
internal sealed class Sketch(SKCanvas canvas, Dice dice, Light light) : IDisposable
{
    private readonly SKPaint paint = new() { IsAntialias = true, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };

    public SKCanvas Canvas => canvas;

    public Dice Dice => dice;

    public Light Light => light;

    /// <summary>Whether something close behind the flowers catches their shadows.</summary>
    public bool Near { get; set; }

    public void Fill(SKPath path, SKColor colour)
    {
        Set(colour, null, 0);
        canvas.DrawPath(path, paint);
    }

    /// <summary>Fills with a gradient from (0, 0) to (1, 0), or to another end.</summary>
    public void Fill(SKPath path, SKPoint end, params SKColor[] colours)
    {
        using SKShader shader = SKShader.CreateLinearGradient(default, end, colours, SKShaderTileMode.Clamp);
        Set(SKColors.Black, shader, 0);
        canvas.DrawPath(path, paint);
        paint.Shader = null;
    }

    public void Fill(SKPath path, SKShader shader)
    {
        Set(SKColors.Black, shader, 0);
        canvas.DrawPath(path, paint);
        paint.Shader = null;
    }

    public void Stroke(SKPath path, SKColor colour, float width)
    {
        Set(colour, null, width);
        canvas.DrawPath(path, paint);
    }

    public void Line(float x0, float y0, float x1, float y1, SKColor colour, float width)
    {
        Set(colour, null, width);
        canvas.DrawLine(x0, y0, x1, y1, paint);
    }

    /// <summary>Lines between each two points.</summary>
    public void Lines(SKPoint[] points, SKColor colour, float width)
    {
        Set(colour, null, width);
        canvas.DrawPoints(SKPointMode.Lines, points, paint);
    }

    public void Dots(SKPoint[] points, SKColor colour, float width)
    {
        Set(colour, null, width);
        canvas.DrawPoints(SKPointMode.Points, points, paint);
    }

    public void Oval(float x, float y, float radiusX, float radiusY, SKColor colour)
    {
        Set(colour, null, 0);
        canvas.DrawOval(x, y, radiusX, radiusY, paint);
    }

    public void Circle(float x, float y, float radius, SKColor colour) => Oval(x, y, radius, radius, colour);

    /// <summary>A disc whose colour runs from the centre to the rim.</summary>
    public void Glow(float x, float y, float radius, params SKColor[] colours)
    {
        using SKShader shader = SKShader.CreateRadialGradient(new SKPoint(x, y), radius, colours, SKShaderTileMode.Clamp);
        Set(SKColors.Black, shader, 0);
        canvas.DrawCircle(x, y, radius, paint);
        paint.Shader = null;
    }

    /// <summary>Covers the whole image with a gradient between two points.</summary>
    public void Wash(SKPoint start, SKPoint end, params SKColor[] colours)
    {
        using SKShader shader = SKShader.CreateLinearGradient(start, end, colours, SKShaderTileMode.Clamp);
        Set(SKColors.Black, shader, 0);
        canvas.DrawPaint(paint);
        paint.Shader = null;
    }

    /// <summary>Draws in another frame, and comes back.</summary>
    public void Within(SKMatrix matrix, Action draw)
    {
        canvas.Save();
        canvas.Concat(in matrix);
        draw();
        canvas.Restore();
    }

    /// <summary>The frame at a point, scaled and turned.</summary>
    public static SKMatrix Frame(float x, float y, float scale, float angle)
    {
        (float sin, float cos) = MathF.SinCos(angle);
        return new SKMatrix(scale * cos, -scale * sin, x, scale * sin, scale * cos, y, 0, 0, 1);
    }

    public void Dispose() => paint.Dispose();

    private void Set(SKColor colour, SKShader? shader, float width)
    {
        paint.Color = colour;
        paint.Shader = shader;
        paint.Style = width > 0 ? SKPaintStyle.Stroke : SKPaintStyle.Fill;
        paint.StrokeWidth = width;
    }
}
