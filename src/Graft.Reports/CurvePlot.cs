using Graft.Reports.Plots;

namespace Graft.Reports;

/// <summary>A named curve.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, X rising. A value that is not finite breaks the curve.</param>
internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Up to three curves as an image.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Horizontal">The name of the horizontal axis.</param>
/// <param name="Curves">The curves, three at most.</param>
internal sealed record CurvePlot(string Title, string Horizontal, IReadOnlyList<Curve> Curves)
{
    private static readonly string[] Styles = ["a", "b", "c"];

    /// <summary>The curves.</summary>
    /// <exception cref="ArgumentException">There are more than three.</exception>
    public IReadOnlyList<Curve> Curves { get; init; } = Curves.Count <= Styles.Length ? Curves : throw new ArgumentException($"A plot has at most {Styles.Length} curves, not {Curves.Count}.", nameof(Curves));

    /// <summary>Whether values are parts, written as percentages.</summary>
    public bool IsPercent { get; init; }

    /// <summary>Whether the vertical axis is logarithmic: all values are then positive.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Vertical lines with a text, at horizontal places.</summary>
    public IReadOnlyList<(double X, string Text)> Marks { get; init; } = [];

    /// <summary>The image as SVG, light, with no other file.</summary>
    public string ToSvg() => new LineChart(Title, Horizontal, [.. Curves.Select((curve, i) => new Series(curve.Name, Styles[i], curve.Points))])
    {
        IsPercent = IsPercent,
        IsVerticalLogarithmic = IsLogarithmic,
        Marks = Marks,
    }.ToSvg();
}
