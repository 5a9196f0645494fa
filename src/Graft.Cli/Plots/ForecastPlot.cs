using System.Globalization;
using Graft.Cli.TableFiles.Times;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Graft.Cli.Plots;

/// <summary>What is shown of one target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="History">The values before the forecast; NaN where one is missing.</param>
/// <param name="Value">The forecast.</param>
/// <param name="Low">The lower ends of its interval.</param>
/// <param name="High">The upper ends.</param>
/// <param name="Truth">What came; empty where it is not known yet.</param>
internal sealed record ForecastCurves(string Name, double[] History, double[] Value, double[] Low, double[] High, double[] Truth);

/// <summary>Where the rows of a plot are.</summary>
/// <param name="Time">When the rows of the history were; null: they are numbered.</param>
/// <param name="FirstRow">The number of the first row that is forecast.</param>
/// <param name="Ahead">Which steps after the history are forecast, from 1.</param>
internal sealed record ForecastAxis(SeriesTime? Time, long FirstRow, IReadOnlyList<int> Ahead);

/// <summary>Draws forecasts after the end of their history, with intervals as bands, a panel for each target.</summary>
internal static class ForecastPlot
{
    private const int Width = 980, Height = 430, LeastShown = 60, MostShown = 1000, MostMarked = 40;

    /// <summary>Draws to a file.</summary>
    /// <param name="path">A .png or .svg file.</param>
    /// <param name="targets">The targets; their histories end at the same row.</param>
    /// <param name="coverage">The part of the truth that should lie in the bands.</param>
    /// <param name="axis">Where their rows are.</param>
    public static void Write(string path, IReadOnlyList<ForecastCurves> targets, double coverage, ForecastAxis axis) =>
        PlotFile.Write(path, [.. targets.Select((target, i) => Panel(target, coverage, axis, i == targets.Count - 1))], 1, Width, targets.Count == 1 ? Height : 300);

    private static Plot Panel(ForecastCurves target, double coverage, ForecastAxis axis, bool hasLegend)
    {
        SeriesTime? time = axis.Time;
        int rows = target.History.Length, steps = target.Value.Length;
        int shown = Math.Min(rows, Math.Clamp(3 * steps, LeastShown, MostShown)), first = rows - shown;
        double Days(DateTime at) => (at - time!.Times[first]).TotalDays;
        double[] past = [.. Enumerable.Range(first, shown).Select(row => time is null ? axis.FirstRow - rows + row : Days(time.Times[row]))];
        double[] ahead = [.. axis.Ahead.Select(step => time is null ? axis.FirstRow + step - 1 : Days(time.After(step)))];

        Plot plot = PlotFile.New(target.Name, time is null ? "row" : time.Offset == TimeSpan.Zero ? $"{time.Column} (UTC)" : time.Column, "");
        Color blue = Color.FromHex(PlotFile.Colours[0]), orange = Color.FromHex(PlotFile.Colours[1]), grey = Color.FromHex("#333333");

        // The forecast is joined to the last value that is known.
        int last = Array.FindLastIndex(target.History, value => !double.IsNaN(value));
        bool isJoined = last == rows - 1;
        double[] xs = isJoined ? [past[^1], .. ahead] : ahead;
        double[] Joined(double[] values) => isJoined ? [target.History[last], .. values] : values;

        FillY band = plot.Add.FillY(xs, Joined(target.Low), Joined(target.High));
        band.FillColor = blue.WithAlpha(0.18);
        band.LineWidth = 0;
        band.LegendText = $"{100 * coverage:0.#} % interval";
        Curve(plot, past, target.History[first..], grey, "history", 1.5f, shown <= MostMarked ? 4 : 0);
        Curve(plot, xs, Joined(target.Value), blue, "forecast", 2.2f, steps <= MostMarked ? 5 : 0);
        if (target.Truth.Length > 0)
        {
            // Above the forecast and broken, so that both are seen where they agree.
            double[] places = ahead[..target.Truth.Length];
            Scatter truth = Curve(plot, isJoined ? [past[^1], .. places] : places, Joined(target.Truth), orange, "truth", 1.8f, target.Truth.Length <= MostMarked ? 4 : 0);
            truth.LinePattern = LinePattern.Dashed;
        }

        VerticalLine now = plot.Add.VerticalLine(past[^1]);
        now.LineColor = grey.WithAlpha(0.5);
        now.LinePattern = LinePattern.Dotted;
        now.LineWidth = 1.2f;

        if (time is not null)
        {
            TimeTick[] ticks = TimeTicks.Between(time.Times[first], time.After(axis.Ahead[^1]), time.Form);
            plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(tick => Days(tick.At))], [.. ticks.Select(tick => tick.Label)]);
        }
        else
        {
            plot.Axes.Bottom.TickGenerator = new NumericAutomatic { LabelFormatter = x => x.ToString("0.##", CultureInfo.InvariantCulture) };
        }

        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = y => y.ToString(Math.Abs(y) is >= 1e7 or (> 0 and < 1e-4) ? "0.##e0" : "#,0.####", CultureInfo.InvariantCulture) };
        plot.Axes.Margins(0.01, 0.08);
        plot.HideLegend();
        if (!hasLegend) return plot;
        plot.Legend.FontSize = 11;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.Orientation = Orientation.Horizontal;
        return plot;
    }

    private static ScottPlot.Plottables.Scatter Curve(Plot plot, double[] xs, double[] ys, Color colour, string name, float width, float marker)
    {
        Scatter line = plot.Add.Scatter(xs, ys, colour);
        line.LegendText = name;
        line.LineWidth = width;
        line.MarkerSize = marker;
        return line;
    }
}
