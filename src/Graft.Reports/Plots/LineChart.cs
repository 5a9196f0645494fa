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

    /// <summary>Writes the chart; nothing where there is no finite point.</summary>
    public void Write(Html html)
    {
        Series[] curves = [.. Series.Where(s => s.Finite.Any()).Select(s => s.Thinned())];
        if (curves.Length == 0) return;
        Axis vertical = Axis.Linear(curves.SelectMany(s => s.Finite).Select(p => p.Y));
        IEnumerable<double> places = [.. Series.SelectMany(s => s.Finite).Select(p => p.X), .. Covers];
        Axis horizontal = IsLogarithmic ? Axis.Logarithmic(places) : Axis.Linear(places, round: false);
        (double X, string Text)[] marks = [.. Marks.Where(m => horizontal.Place(m.X) is >= 0 and <= 1)];
        double top = marks.Length > 0 ? 22 : 10;
        double X(double value) => Left + (horizontal.Place(value) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - (vertical.Place(value) * (Height - top - Bottom));

        html.Add($"<figure class=\"chart\"><figcaption><b>{Title}</b>");
        foreach (Series curve in curves) html.Add($" <span class=\"key {curve.Style}\">{curve.Name}</span>");
        html.Add($"</figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Title}\">");
        foreach (double tick in vertical.Ticks)
        {
            html.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\"/>");
            html.Add($"<text class=\"end\" x=\"{Left - 6}\" y=\"{Y(tick) + 4}\">{Text(tick, vertical)}</text>");
        }

        foreach (double tick in horizontal.Ticks)
            html.Add($"<text class=\"mid\" x=\"{X(tick)}\" y=\"{Height - Bottom + 17}\">{(IsLogarithmic ? Texts.Short(tick) : tick.ToString("0.##", CultureInfo.InvariantCulture))}</text>");
        html.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        html.Add($"<text class=\"mid name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\">{Horizontal}</text>");

        foreach ((double x, string text) in marks)
        {
            bool late = horizontal.Place(x) > 0.6;
            html.Add($"<line class=\"mark\" x1=\"{X(x)}\" x2=\"{X(x)}\" y1=\"{top}\" y2=\"{Height - Bottom}\"><title>{text}</title></line>");
            html.Add($"<text class=\"{(late ? "end mark" : "mark")}\" x=\"{X(x) + (late ? 2 : -2)}\" y=\"{top - 8}\">{text}</text>");
        }

        foreach (Series curve in curves)
        {
            html.Add($"<path class=\"{curve.Style}\" d=\"{Path(curve, X, Y)}\"/>");
            if (curve.Points.Count > MostDots) continue;
            foreach ((double x, double y) in curve.Finite)
                html.Add($"<circle class=\"{curve.Style}\" cx=\"{X(x)}\" cy=\"{Y(y)}\" r=\"2.6\"><title>{curve.Name} {(IsPercent ? Texts.Percent(y) : Texts.Short(y))} at {Texts.Short(x)}</title></circle>");
        }

        html.Raw("</svg></figure>\n");
    }

    private string Text(double tick, Axis axis)
    {
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
