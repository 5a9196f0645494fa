using System.Collections.Immutable;
using System.Globalization;
using Graft.Formats;
using Graft.Vision.Decoding;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using ImageFormat = ScottPlot.ImageFormat;
using Orientation = ScottPlot.Orientation;

namespace Graft.Studies.Output;

/// <summary>Draws charts side by side as a PNG file.</summary>
internal static class Plot
{
    private const int PanelWidth = 560, Height = 470, MostColumns = 3;

    // A legend of more series than fit below a panel makes it taller.
    private const int FittingSeries = 10, HeightOfSeries = 9;

    // From here on points are a curve with a band.
    private const int Dense = 15;
    private const string Font = "DejaVu Sans";

    // Okabe and Ito's colours, which people who confuse red and green tell apart; black last.
    private static readonly ImmutableArray<string> Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];
    private static readonly ImmutableArray<MarkerShape> Markers = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown, MarkerShape.OpenCircle, MarkerShape.OpenSquare];

    // A machine may have no fonts of its own.
    static Plot()
    {
        Fonts.AddFontFile(Font, Path.Combine(AppContext.BaseDirectory, "Fonts", "DejaVuSans.ttf"));
        Fonts.Default = Font;
    }

    /// <summary>Draws the charts; the file appears whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<Chart> charts, IReadOnlyList<Row> rows)
    {
        int columns = charts.Count <= MostColumns ? charts.Count : 2, lines = (charts.Count + columns - 1) / columns;
        Multiplot figure = new() { Layout = new ScottPlot.MultiplotLayouts.Grid(lines, columns) };
        figure.RemovePlot(figure.GetPlot(0));
        Dictionary<string, int> styles = [];
        foreach (Chart chart in charts) figure.AddPlot(Panel(chart, rows, styles));
        int height = Height + (HeightOfSeries * Math.Max(0, styles.Count - FittingSeries));
        byte[] png = figure.Render(PanelWidth * columns, height * lines).GetImageBytes(ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private static ScottPlot.Plot Panel(Chart chart, IReadOnlyList<Row> rows, Dictionary<string, int> styles)
    {
        ScottPlot.Plot plot = new();
        IReadOnlyList<(string Series, IReadOnlyList<Spread> Points)> all = Spread.Of(rows, chart.Measure);
        (double low, double high) = Limits(chart, all);
        (string Series, IReadOnlyList<Spread> Points)[] series = [.. all.Where(s => s.Points.Any(p => Y(chart, p.High) >= low && Y(chart, p.Low) <= high))];
        double[] places = [.. series.SelectMany(s => s.Points).Select(p => X(chart, p.X))];
        double extent = places.Length == 0 ? 0 : places.Max() - places.Min();
        for (int i = 0; i < series.Length; i++)
        {
            // A little aside, so that bars do not hide each other; not where single points lie at places that were measured.
            double aside = series[i].Points.Count > Dense || (!chart.HasLines && chart.XNames is null) ? 0 : (i - ((series.Length - 1) / 2.0)) * (chart.HasLines ? 0.008 : 0.03) * extent;

            // A series looks the same in every panel.
            if (!styles.TryGetValue(series[i].Series, out int style)) styles.Add(series[i].Series, style = styles.Count);
            Draw(plot, chart, series[i].Series, series[i].Points, style, aside);
        }

        plot.Title(chart.Title, 15);
        plot.XLabel(chart.XLabel, 13);
        plot.YLabel(chart.YLabel, 13);
        plot.Axes.SetLimitsY(low, high);
        plot.Axes.Left.TickGenerator = YTicks(chart, (low, high));
        if (XTicks(chart, series) is { } ticks) plot.Axes.Bottom.TickGenerator = ticks;
        foreach (LabelStyle label in (LabelStyle[])[plot.Axes.Title.Label, plot.Axes.Bottom.Label, plot.Axes.Left.Label]) label.Bold = false;
        if (series.Length < all.Count)
        {
            IEnumerable<string> outside = all.Where(s => !series.Contains(s)).Select(s => $"{s.Series} ({Y(chart, s.Points.Average(p => p.Mean)).ToString("0.#", CultureInfo.InvariantCulture)})");
            Annotation note = plot.Add.Annotation($"outside: {string.Join('\n', outside)}", Alignment.LowerLeft);
            (note.LabelFontSize, note.LabelBackgroundColor, note.LabelShadowColor) = (11, Colors.White, Colors.Transparent);
        }

        plot.Legend.FontSize = 11;
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.TightHorizontalWrapping = true;
        return plot;
    }

    private static void Draw(ScottPlot.Plot plot, Chart chart, string name, IReadOnlyList<Spread> points, int style, double aside)
    {
        Color colour = Color.FromHex(Colours[style % Colours.Length]);
        bool isDense = points.Count > Dense;
        double[] xs = [.. points.Select(p => X(chart, p.X) + aside)], means = [.. points.Select(p => Y(chart, p.Mean))];
        double[] lows = [.. points.Select(p => Y(chart, p.Low))], highs = [.. points.Select(p => Y(chart, p.High))];
        if (isDense)
        {
            FillY band = plot.Add.FillY(xs, lows, highs);
            band.FillColor = colour.WithAlpha(0.15);
            band.LineWidth = 0;
        }
        else
        {
            for (int i = 0; i < xs.Length; i++)
            {
                LinePlot bar = plot.Add.Line(xs[i], lows[i], xs[i], highs[i]);
                bar.LineColor = colour;
                bar.LineWidth = 1.5f;
            }
        }

        Scatter line = plot.Add.Scatter(xs, means, colour);
        line.LegendText = name;
        line.LineWidth = chart.HasLines ? 2 : 0;
        line.MarkerSize = isDense ? 0 : 8;
        line.MarkerShape = Markers[(style + (style / Colours.Length)) % Markers.Length]; // No two lines of 49 are alike.
    }

    private static double X(Chart chart, double x) => chart.IsXLogarithmic ? Math.Log10(x) : x;

    private static double Y(Chart chart, double y) => chart.IsYLogarithmic ? Math.Log10(Math.Max(y, 1e-12)) : chart.IsPercent ? 100 * y : y;

    private static (double Low, double High) Limits(Chart chart, IReadOnlyList<(string, IReadOnlyList<Spread> Points)> series)
    {
        if (chart.YRange is { } range) return (Y(chart, range.Low), Y(chart, range.High));
        Spread[] all = [.. series.SelectMany(s => s.Points)];
        if (all.Length == 0) return (0, 1);
        double low = all.Min(p => Y(chart, p.Low)), high = all.Max(p => Y(chart, p.High)), room = high > low ? 0.05 * (high - low) : 0.5;
        return (low - room, high + room);
    }

    private static NumericManual? XTicks(Chart chart, IReadOnlyList<(string, IReadOnlyList<Spread> Points)> series)
    {
        if (!chart.IsXLogarithmic && chart.XNames is null) return null;
        double[] measured = [.. series.SelectMany(s => s.Points).Select(p => p.X).Distinct().Order()];

        // Those that were asked for, where they are among what was measured, or a little aside.
        double[] within = [.. chart.XTicks.Where(x => measured is [double first, ..] && x >= 0.9 * first && x <= 1.1 * measured[^1])];
        double[] places = within.Length > 1 ? within : measured;
        return new NumericManual([.. places.Select(x => X(chart, x))], [.. places.Select(x => chart.XNames?.GetValueOrDefault(x) ?? x.ToString("G4", CultureInfo.InvariantCulture))]);
    }

    private static ITickGenerator YTicks(Chart chart, (double Low, double High) limits)
    {
        if (!chart.IsYLogarithmic) return new NumericAutomatic { LabelFormatter = y => y.ToString("0.###", CultureInfo.InvariantCulture) };
        double[] steps = limits.High - limits.Low > 3 ? [1] : [1, 2, 5];
        double[] places = [.. from decade in Enumerable.Range((int)Math.Floor(limits.Low), (int)Math.Ceiling(limits.High) - (int)Math.Floor(limits.Low) + 1)
                              from step in steps
                              let y = Math.Log10(step) + decade
                              where y >= limits.Low && y <= limits.High
                              select y];
        return new NumericManual(places, [.. places.Select(y => Math.Pow(10, y).ToString("G3", CultureInfo.InvariantCulture))]);
    }
}
