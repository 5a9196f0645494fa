using System.Globalization;
using Graft.Reservoirs.Search;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Graft.Cli.Plots;

/// <summary>Draws the error of every candidate of a search against each parameter in turn: a parameter whose points form a valley mattered, a cloud did not.</summary>
internal static class SearchPlot
{
    private const int Width = 430, Height = 330, MostColumns = 3;

    /// <summary>Draws to a file.</summary>
    /// <param name="path">A .png or .svg file.</param>
    /// <param name="result">What the search found.</param>
    public static void Write(string path, SearchResult result)
    {
        // Candidates on less data have other errors; of those that failed there is nothing to draw.
        SearchTrial[] trials = [.. result.Trials.Where(t => t.Budget == result.Best.Budget && double.IsFinite(t.Score) && t.Score > 0)];
        Plot[] plots = [.. result.Parameters.Select((parameter, i) => Panel(result, parameter, i, trials))];
        PlotFile.Write(path, plots, Math.Min(plots.Length, MostColumns), Width, Height);
    }

    private static Plot Panel(SearchResult result, SearchParameter parameter, int index, SearchTrial[] trials)
    {
        string name = parameter.Name.Replace('_', ' ');
        Plot plot = PlotFile.New(result.Importance[index] >= 0.005 ? $"{name}: explains {100 * result.Importance[index]:0} %" : $"{name}: explains nothing", name, index % MostColumns == 0 ? "normalized error" : "");
        plot.Axes.Title.Label.FontSize = 13;
        double X(SearchTrial t) => parameter.IsLogarithmic ? Math.Log10(t.Values[index]) : t.Values[index];
        (double low, double high) = Reach(trials);
        double Y(SearchTrial t) => Math.Min(Math.Log10(t.Score), high);
        if (trials.Length > 0)
        {
            Scatter cloud = plot.Add.ScatterPoints(trials.Select(X).ToArray(), trials.Select(Y).ToArray(), Color.FromHex(PlotFile.Colours[0]).WithAlpha(0.55));
            cloud.MarkerSize = 7;
            plot.Add.Marker(X(result.Best), Y(result.Best), MarkerShape.FilledDiamond, 13, Color.FromHex(PlotFile.Colours[1]));
        }

        if (parameter.IsLogarithmic) plot.Axes.Bottom.TickGenerator = Decades(Math.Log10(parameter.Low), Math.Log10(parameter.High));
        plot.Axes.Left.TickGenerator = Decades(low, high);
        plot.Axes.Margins(0.06, 0.1);
        plot.HideLegend();
        return plot;
    }

    // Candidates that run away would press all others together: they are drawn at the upper end.
    private static (double Low, double High) Reach(SearchTrial[] trials)
    {
        double[] sorted = [.. trials.Select(t => Math.Log10(t.Score)).Order()];
        return sorted.Length == 0 ? (-1, 0) : (sorted[0], Math.Min(sorted[^1], Math.Max(sorted[sorted.Length / 2] + 0.5, Math.Log10(2))));
    }

    private static NumericManual Decades(double low, double high)
    {
        double[] steps = high - low > 2 ? [1] : high - low > 0.8 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
        int every = high - low > 6 ? 3 : 1;
        double[] places = [.. from decade in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
                              where decade % every == 0
                              from step in steps
                              let place = Math.Log10(step) + decade
                              where place >= low - 0.05 && place <= high + 0.05
                              select place];
        return new NumericManual(places, [.. places.Select(place => Math.Pow(10, place).ToString("G3", CultureInfo.InvariantCulture))]);
    }
}
