using System.Globalization;
using System.Text;
using Graft.Reports.Page;

namespace Graft.Reports.Plots;

/// <summary>Curves over one axis, as SVG whose colours and letters are the page's, so that it is light and dark as the page is.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Horizontal">The name of the horizontal axis.</param>
/// <param name="Series">The curves.</param>
internal sealed record LineChart(string Title, string Horizontal, IReadOnlyList<Series> Series)
{
    private const double Width = 400, Height = 250, Left = 52, Right = 12, Bottom = 44;

    // The page's light colours and letters.
    private const string FileStyle = """
        <style>
        text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #5f6b7d; } .title { font-size: 15px; font-weight: 600; fill: #1c2330; }
        .mid { text-anchor: middle; } .end { text-anchor: end; } .grid { stroke: #e3e7ed; } .axis { stroke: #5f6b7d; } line.mark { stroke: #9aa6b8; stroke-dasharray: 3 3; } text.mark { font-size: 11px; }
        path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; } line.a, line.b, line.c { stroke-width: 3; }
        path.a, line.a { stroke: #2563c9; } path.b, line.b { stroke: #cf5a17; } path.c, line.c { stroke: #22855a; } circle.a { fill: #2563c9; } circle.b { fill: #cf5a17; } circle.c { fill: #22855a; }
        </style>

        """;

    // Points closer than this hide the curve.
    private const int MostDots = 40;

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether values are parts, written as percentages.</summary>
    public bool IsPercent { get; init; }

    /// <summary>Places that the horizontal axis reaches, though no curve may: charts side by side are then compared at a glance.</summary>
    public IReadOnlyList<double> Covers { get; init; } = [];

    /// <summary>Vertical lines with a text, at horizontal places.</summary>
    public IReadOnlyList<(double X, string Text)> Marks { get; init; } = [];

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool IsVerticalLogarithmic { get; init; }

    private Series[] Curves => [.. Series.Where(s => s.Finite.Any()).Select(s => s.Thinned())];

    /// <summary>Writes the chart; nothing where there is no finite point.</summary>
    public void Write(Html html)
    {
        Series[] curves = Curves;
        if (curves.Length == 0) return;
        html.Add($"<figure class=\"chart\"><figcaption><b>{Title}</b>");
        foreach (Series curve in curves) html.Add($" <span class=\"key {curve.Style}\">{curve.Name}</span>");
        html.Add($"</figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Title}\">");
        WriteBody(html, curves);
        html.Raw("</svg></figure>\n");
    }

    /// <summary>The chart as an SVG file of its own, with its title and keys in it; an axis without curves where there is no finite point.</summary>
    public string ToSvg()
    {
        const double Head = 44;
        Series[] curves = Curves;
        Html html = new();
        html.Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width + 12} {Height + Head}\" width=\"{2 * (Width + 12)}\" height=\"{2 * (Height + Head)}\" role=\"img\" aria-label=\"{Title}\">\n");
        html.Raw(FileStyle);
        html.Add($"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><text class=\"title\" x=\"10\" y=\"20\">{Title}</text>");
        double x = 10;
        foreach (Series curve in curves)
        {
            html.Add($"<line class=\"{curve.Style}\" x1=\"{x}\" x2=\"{x + 14}\" y1=\"34\" y2=\"34\"/><text x=\"{x + 19}\" y=\"38\">{curve.Name}</text>");
            x += 36 + (6.2 * curve.Name.Length);
        }

        html.Add($"<g transform=\"translate(4 {Head})\">");
        WriteBody(html, curves);
        html.Raw("</g></svg>\n");
        return html.ToString();
    }

    private void WriteBody(Html html, Series[] curves)
    {
        IEnumerable<double> values = curves.SelectMany(s => s.Finite).Select(p => p.Y);
        Axis vertical = IsVerticalLogarithmic ? Axis.Logarithmic(values) : Axis.Linear(values);
        IEnumerable<double> places = [.. Series.SelectMany(s => s.Finite).Select(p => p.X), .. Covers];
        Axis horizontal = IsLogarithmic ? Axis.Logarithmic(places) : Axis.Linear(places, round: false);
        double X(double value) => Left + (horizontal.Place(value) * (Width - Left - Right));
        PlacedMark[] marks = PlacedMark.Place([.. Marks.Where(m => horizontal.Place(m.X) is >= 0 and <= 1).Select(m => (X(m.X), m.Text))], Width - Right);
        double top = 10 + (12 * marks.Select(mark => mark.Row + 1).DefaultIfEmpty(0).Max());
        double Y(double value) => Height - Bottom - (vertical.Place(value) * (Height - top - Bottom));

        foreach (double tick in vertical.Ticks)
        {
            html.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\"/>");
            html.Add($"<text class=\"end\" x=\"{Left - 6}\" y=\"{Y(tick) + 4}\">{Text(tick, vertical)}</text>");
        }

        foreach (double tick in horizontal.Ticks)
            html.Add($"<text class=\"mid\" x=\"{X(tick)}\" y=\"{Height - Bottom + 17}\">{(IsLogarithmic ? Texts.Short(tick) : tick.ToString("0.##", CultureInfo.InvariantCulture))}</text>");
        html.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        html.Add($"<text class=\"mid name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\">{Horizontal}</text>");

        foreach (PlacedMark mark in marks)
        {
            html.Add($"<line class=\"mark\" x1=\"{mark.X}\" x2=\"{mark.X}\" y1=\"{top}\" y2=\"{Height - Bottom}\"><title>{mark.Text}</title></line>");
            html.Add($"<text class=\"{(mark.IsLate ? "end mark" : "mark")}\" x=\"{mark.X + (mark.IsLate ? 2 : -2)}\" y=\"{top - 8 - (12 * mark.Row)}\">{mark.Text}</text>");
        }

        foreach (Series curve in curves)
        {
            html.Add($"<path class=\"{curve.Style}\" d=\"{Path(curve, X, Y)}\"/>");
            if (curve.Points.Count > MostDots) continue;
            foreach ((double x, double y) in curve.Finite)
                html.Add($"<circle class=\"{curve.Style}\" cx=\"{X(x)}\" cy=\"{Y(y)}\" r=\"2.6\"><title>{curve.Name} {(IsPercent ? Texts.Percent(y) : Texts.Short(y))} at {Texts.Short(x)}</title></circle>");
        }
    }

    private string Text(double tick, Axis axis)
    {
        if (axis.IsLogarithmic) return Texts.Short(tick);
        if (IsPercent) return (100 * tick).ToString("0.##", CultureInfo.InvariantCulture) + " %";
        // One step decides for all, so that the numbers of an axis look alike.
        double step = axis.Ticks.Count > 1 ? axis.Ticks[1] - axis.Ticks[0] : tick;
        return step is > 0 and < 1e-3 && Math.Abs(tick) > step / 2
            ? tick.ToString("0.##e-0", CultureInfo.InvariantCulture)
            : Math.Abs(tick) < step / 2 ? "0" : tick.ToString("0.####", CultureInfo.InvariantCulture);
    }

    private static string Path(Series curve, Func<double, double> x, Func<double, double> y)
    {
        StringBuilder path = new();
        bool broken = true;
        foreach ((double px, double py) in curve.Points)
        {
            if (!double.IsFinite(px) || !double.IsFinite(py))
            {
                broken = true;
                continue;
            }

            path.Append(CultureInfo.InvariantCulture, $"{(broken ? 'M' : 'L')}{x(px):0.#} {y(py):0.#}");
            broken = false;
        }

        return path.ToString();
    }
}
