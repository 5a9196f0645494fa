namespace Graft.Reports.Plots;

/// <summary>A curve.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Style">The class that gives it its colour: <c>a</c>, <c>b</c> or <c>c</c>.</param>
/// <param name="Points">Its points, X rising. A value that is not finite breaks the curve.</param>
internal sealed record Series(string Name, string Style, IReadOnlyList<(double X, double Y)> Points)
{
    // More than a screen has columns for.
    private const int MostPoints = 500;

    public IEnumerable<(double X, double Y)> Finite => Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y));

    /// <summary>The curve with neighbouring points averaged until an image can show them.</summary>
    public Series Thinned()
    {
        if (Points.Count <= MostPoints) return this;
        List<(double, double)> thin = [];
        for (int i = 0; i < MostPoints; i++)
        {
            int from = (int)((long)i * Points.Count / MostPoints), to = (int)((long)(i + 1) * Points.Count / MostPoints);
            (double x, double y) = (0, 0);
            for (int k = from; k < to; k++) (x, y) = (x + Points[k].X, y + Points[k].Y);
            thin.Add((x / (to - from), y / (to - from)));
        }

        return this with { Points = thin };
    }
}
