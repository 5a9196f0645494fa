using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Output;

/// <summary>Curves over epochs or steps, drawn with characters.</summary>
internal sealed class TextChart : IRenderable
{
    private const int Rows = 8, MostColumns = 60;

    private static readonly Color[] Colours = [Color.Blue, Color.Green];

    private readonly string title, unit;
    private readonly (string Name, double?[] Values)[] series;
    private readonly Func<double, string> label;
    private readonly char[] marks;
    private readonly (char Corner, char Side, char Bottom) axis;

    /// <summary>Makes a chart.</summary>
    /// <param name="title">What the values are.</param>
    /// <param name="series">At most two series of equal length, one value an epoch or step; a series without any value is left out.</param>
    /// <param name="label">A value on the axis.</param>
    /// <param name="unicode">Whether the terminal has more than ASCII.</param>
    /// <param name="unit">What the values follow each other by.</param>
    public TextChart(string title, (string Name, double?[] Values)[] series, Func<double, string> label, bool unicode, string unit = "epochs")
    {
        (this.title, this.unit) = (title, unit);
        this.label = label;
        this.series = [.. series.Select(s => (s.Name, s.Values.Select(v => v is { } value && double.IsFinite(value) ? v : null).ToArray()))];
        marks = unicode ? ['○', '●'] : ['o', '*'];
        axis = unicode ? ('└', '│', '─') : ('+', '|', '-');
    }

    /// <summary>Whether there is nothing to draw.</summary>
    public bool IsEmpty => !series.Any(s => s.Values.Any(v => v is not null));

    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        double[] all = [.. series.SelectMany(s => s.Values).OfType<double>()];
        double low = all.Min(), high = all.Max();
        string top = label(high), bottom = label(low);
        int margin = Math.Max(top.Length, bottom.Length), epochs = series[0].Values.Length;
        int columns = Math.Max(1, Math.Min(Math.Min(MostColumns, maxWidth - margin - unit.Length - 3), Math.Max(epochs, Math.Min(4 * epochs, MostColumns))));

        int[,] cells = new int[Rows, columns];
        for (int s = 0; s < series.Length; s++)
        {
            for (int i = 0; i < epochs; i++)
            {
                if (series[s].Values[i] is not { } value) continue;
                int row = high > low ? (int)Math.Round((high - value) / (high - low) * (Rows - 1)) : Rows / 2;
                cells[row, epochs == 1 ? 0 : (int)((long)i * (columns - 1) / (epochs - 1))] = s + 1;
            }
        }

        yield return new Segment($"{title}  ");
        for (int s = 0; s < series.Length; s++)
        {
            if (!series[s].Values.Any(v => v is not null)) continue;
            yield return new Segment($"{marks[s]}", new Style(Colours[s]));
            yield return new Segment($" {series[s].Name}  ");
        }

        yield return Segment.LineBreak;
        for (int row = 0; row < Rows; row++)
        {
            string value = row == 0 ? top : row == Rows - 1 ? bottom : "";
            yield return new Segment($"{value.PadLeft(margin)} {axis.Side}");
            for (int column = 0; column < columns; column++)
            {
                int s = cells[row, column];
                yield return s == 0 ? new Segment(" ") : new Segment($"{marks[s - 1]}", new Style(Colours[s - 1]));
            }

            yield return Segment.LineBreak;
        }

        string last = $"{epochs}";
        yield return new Segment($"{new string(' ', margin)} {axis.Corner}{new string(axis.Bottom, columns)}");
        yield return Segment.LineBreak;
        yield return new Segment($"{new string(' ', margin + 2)}1{last.PadLeft(Math.Max(columns - 1, last.Length + 1))} {unit}");
        yield return Segment.LineBreak;
        yield return Segment.LineBreak;
    }
}
