using System.Globalization;
using System.Text;

namespace Graft.Studies.Output;

/// <summary>A chart's numbers as a table for a page: a row for each series, a column for each x, mean (least to greatest).</summary>
internal static class MarkdownTable
{
    /// <summary>The table of a chart.</summary>
    public static string Of(Chart chart, IReadOnlyList<Row> rows)
    {
        IReadOnlyList<(string Series, IReadOnlyList<Spread> Points)> series = Spread.Of(rows, chart.Measure);
        double[] places = [.. rows.Where(row => row.Measure == chart.Measure).Select(row => row.X).Distinct().Order()];
        StringBuilder text = new($"{chart.Title}\n\n| {chart.XLabel} |");
        foreach (double x in places) text.Append(CultureInfo.InvariantCulture, $" {(chart.XNames is null ? x.ToString(x != 0 && Math.Abs(x) < 1e-4 ? "0e0" : "0.#####", CultureInfo.InvariantCulture) : chart.XNames[x])} |");
        text.Append("\n|---|").Append(string.Concat(places.Select(_ => "---|"))).Append('\n');
        foreach ((string name, IReadOnlyList<Spread> points) in series)
        {
            text.Append($"| {name} |");
            foreach (double x in places)
            {
                Spread? at = points.FirstOrDefault(point => point.X == x);
                bool wasTried = rows.Any(row => row.Measure == chart.Measure && row.Series == name && row.X == x);
                text.Append(at is null ? wasTried ? " broke down |" : " |" : at.Low == at.High ? $" {Number(at.Mean, chart)} |" : $" {Number(at.Mean, chart)} ({Number(at.Low, chart)} to {Number(at.High, chart)}) |");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Number(double value, Chart chart) => chart.IsPercent
        ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture)
        : value.ToString(Math.Abs(value) >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture);
}
