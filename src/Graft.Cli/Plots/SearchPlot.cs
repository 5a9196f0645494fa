using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Graft.Cli.Plots;

/// <summary>One setting of a search and how it did.</summary>
/// <param name="Values">The values of the parameters, in the order of their names.</param>
/// <param name="Score">Its error on validation data; not finite where it failed.</param>
internal sealed record SearchPoint(IReadOnlyList<double> Values, double Score);

/// <summary>A parameter that was searched.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal ratios.</param>
internal sealed record SearchAxis(string Name, bool IsLogarithmic);

/// <summary>Draws the score of every setting tried against each parameter in turn: a parameter whose points form a valley mattered, a cloud did not.</summary>
internal static class SearchPlot
{
    private const int Width = 430, Height = 330, MostColumns = 3;

    /// <summary>Draws to a file.</summary>
    /// <param name="path">A .png or .svg file.</param>
    /// <param name="axes">The parameters.</param>
    /// <param name="points">The settings tried.</param>
    /// <param name="score">What the score is called.</param>
    public static void Write(string path, IReadOnlyList<SearchAxis> axes, IReadOnlyList<SearchPoint> points, string score)
    {
        SearchPoint[] finite = [.. points.Where(p => double.IsFinite(p.Score) && p.Score > 0)];
        Plot[] plots = [.. axes.Select((axis, i) => Panel(axis, i, finite, score))];
        PlotFile.Write(path, plots, Math.Min(plots.Length, MostColumns), Width, Height);
    }

    private static Plot Panel(SearchAxis axis, int index, SearchPoint[] points, string score)
    {
        Plot plot = PlotFile.New($"{axis.Name}: explains {100 * Explained(axis, index, points):0} % of the score", axis.Name, score);
        plot.Axes.Title.Label.FontSize = 13;
        double X(SearchPoint p) => axis.IsLogarithmic ? Math.Log10(p.Values[index]) : p.Values[index];
        if (points.Length > 0)
        {
            var cloud = plot.Add.ScatterPoints(points.Select(X).ToArray(), points.Select(p => Math.Log10(p.Score)).ToArray(), Color.FromHex(PlotFile.Colours[0]).WithAlpha(0.55));
            cloud.MarkerSize = 6;
            SearchPoint best = points.MinBy(p => p.Score)!;
            var mark = plot.Add.Marker(X(best), Math.Log10(best.Score), MarkerShape.FilledDiamond, 12, Color.FromHex(PlotFile.Colours[1]));
            mark.LegendText = "best";
        }

        if (axis.IsLogarithmic) plot.Axes.Bottom.TickGenerator = Decades(points.Select(X));
        plot.Axes.Left.TickGenerator = Decades(points.Select(p => Math.Log10(p.Score)));
        plot.Axes.Margins(0.06, 0.08);
        plot.HideLegend();
        return plot;
    }

    /// <summary>How much of the variance of the scores' logarithms a cubic in one parameter explains: near 0 for a cloud, near 1 for a valley.</summary>
    internal static double Explained(SearchAxis axis, int index, IReadOnlyList<SearchPoint> points)
    {
        const int Terms = 4;
        if (points.Count <= 2 * Terms) return 0;
        double[] xs = [.. points.Select(p => axis.IsLogarithmic ? Math.Log10(p.Values[index]) : p.Values[index])], ys = [.. points.Select(p => Math.Log10(p.Score))];
        double low = xs.Min(), high = xs.Max(), mean = ys.Average(), total = ys.Sum(y => (y - mean) * (y - mean));
        if (high <= low || total == 0) return 0;
        Graft.Numerics.Matrix powers = new(xs.Length, Terms), right = new(xs.Length, 1, ys);
        for (int i = 0; i < xs.Length; i++)
        {
            double u = (2 * (xs[i] - low) / (high - low)) - 1;
            (powers[i, 0], powers[i, 1], powers[i, 2], powers[i, 3]) = (1, u, (2 * u * u) - 1, (4 * u * u * u) - (3 * u));
        }

        // Few distinct values leave fewer columns than a cubic has.
        if (xs.Distinct().Count() < Terms) return 1 - (xs.Zip(ys).GroupBy(p => p.First).Sum(g => Spread([.. g.Select(p => p.Second)])) / total);
        Graft.Numerics.Matrix fitted = powers.Multiply(Graft.Numerics.QR.Factor(powers).SolveLeastSquares(right));
        double rest = 0;
        for (int i = 0; i < ys.Length; i++) rest += (ys[i] - fitted[i, 0]) * (ys[i] - fitted[i, 0]);

        // Adjusted for the terms, which explain a little of anything.
        return Math.Max(0, 1 - (rest / (ys.Length - Terms) / (total / (ys.Length - 1))));
    }

    private static double Spread(double[] values) => values.Sum(v => (v - values.Average()) * (v - values.Average()));

    private static NumericManual Decades(IEnumerable<double> logarithms)
    {
        double low = logarithms.DefaultIfEmpty(0).Min(), high = logarithms.DefaultIfEmpty(0).Max();
        double[] steps = high - low > 3 ? [1] : high - low > 1 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
        double[] places = [.. from decade in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
                              from step in steps
                              let place = Math.Log10(step) + decade
                              where place >= low - 0.05 && place <= high + 0.05
                              select place];
        return new NumericManual(places, [.. places.Select(place => Math.Pow(10, place).ToString("G3", CultureInfo.InvariantCulture))]);
    }
}
