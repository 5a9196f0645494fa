using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>Petals of one flower: their shapes and colours, collected from back to front and then drawn.</summary>
internal sealed class Petals(Sketch sketch) : IDisposable
{
    private static readonly SKPoint[] Lines = [new(0.08f, -0.03f), new(0.84f, -0.085f), new(0.08f, 0), new(0.84f, 0), new(0.08f, 0.03f), new(0.84f, 0.085f)];

    private readonly List<(Pose.Place Place, SKPath Shape, SKColor Base, SKColor Tip)> petals = [];
    private readonly List<SKPath> shapes = [];

    /// <summary>The opacity of the lines along a petal.</summary>
    public float Veins { get; init; }

    /// <summary>The colour of a bar along the middle of every petal; null has none.</summary>
    public SKColor? Bar { get; init; }

    /// <summary>The width of the dark edge, as a share of the length.</summary>
    public float Edge { get; init; } = 0.015f;

    /// <summary>The darkness of the shadow that a petal casts on those behind it.</summary>
    public float Shadow { get; init; } = 0.3f;

    /// <summary>Makes a few individual shapes of one outline.</summary>
    public SKPath[] Shapes(int count, Func<Outline> outline) => Shapes(count, () => outline().Path(sketch.Dice));

    /// <summary>Makes a few individual shapes that are no outlines of a petal's usual form.</summary>
    public SKPath[] Shapes(int count, Func<SKPath> shape)
    {
        SKPath[] made = new SKPath[count];
        for (int i = 0; i < count; i++) shapes.Add(made[i] = shape());
        return made;
    }

    public void Add(Pose.Place place, SKPath shape, SKColor inner, SKColor tip) => petals.Add((place, shape, inner, tip));

    /// <summary>Draws from back to front those that the middle of the flower covers, or those that cover it.</summary>
    public void Draw(bool covering)
    {
        foreach ((Pose.Place place, SKPath shape, SKColor inner, SKColor tip) in petals.OrderBy(petal => petal.Place.Depth))
        {
            if ((place.Outside && place.Depth > 0) == covering) Draw(place, shape, inner, tip);
        }
    }

    public void Dispose()
    {
        foreach (SKPath shape in shapes) shape.Dispose();
    }

    private void Draw(Pose.Place place, SKPath shape, SKColor inner, SKColor tip)
    {
        float light = sketch.Light.On(place.Normal) * (place.Outside ? 0.88f : 1);
        SKColor low = Colours.Shade(inner, light), high = Colours.Shade(tip, light);
        SKCanvas canvas = sketch.Canvas;
        canvas.Save();
        SKMatrix matrix = place.Matrix;
        if (Shadow > 0)
        {
            canvas.Translate(-0.035f * sketch.Light.Direction.X, 0.035f);
            canvas.Concat(in matrix);
            sketch.Fill(shape, Colours.Fade(SKColors.Black, Shadow));
            canvas.Restore();
            canvas.Save();
        }

        canvas.Concat(in matrix);
        sketch.Fill(shape, new SKPoint(1, 0), Colours.Shade(low, 0.72f), Colours.Mix(low, high, 0.5f), high, Colours.Shade(high, 1.06f));
        if (Bar is { } bar)
        {
            sketch.Line(0.12f, 0, 0.8f, 0, bar, 0.09f);
            sketch.Line(0.12f, 0, 0.6f, 0, bar, 0.05f);
        }

        if (Veins > 0)
        {
            sketch.Lines(Lines, Colours.Fade(Colours.Shade(low, 0.55f), Veins), 0.014f);
        }

        if (Edge > 0) sketch.Stroke(shape, Colours.Fade(Colours.Shade(low, 0.5f), 0.35f), Edge);
        canvas.Restore();
    }
}
