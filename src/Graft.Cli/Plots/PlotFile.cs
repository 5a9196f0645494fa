using ScottPlot;

namespace Graft.Cli.Plots;

/// <summary>Writes plots, PNG or SVG as the file's name says.</summary>
internal static class PlotFile
{
    /// <summary>The font that the tool brings along.</summary>
    public const string Font = "DejaVu Sans";

    /// <summary>Okabe and Ito's colours, which people who confuse red and green tell apart; black last.</summary>
    public static readonly IReadOnlyList<string> Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

    // A machine may have no fonts of its own.
    static PlotFile()
    {
        Fonts.AddFontFile(Font, Path.Combine(AppContext.BaseDirectory, "Fonts", "DejaVuSans.ttf"));
        Fonts.Default = Font;
    }

    /// <summary>Makes sure, before long work, that a plot can be written afterwards.</summary>
    /// <exception cref="ArgumentsException">The name is neither a PNG nor an SVG file's.</exception>
    public static void Require(string path)
    {
        OutputFormat(path);
        Output.OutputFile.RequireWritable(path, "--plot");
    }

    /// <summary>A plot with plain letters.</summary>
    public static Plot New(string title, string horizontal, string vertical)
    {
        Plot plot = new();
        plot.Title(Text(title), 15);
        plot.XLabel(Text(horizontal), 13);
        plot.YLabel(Text(vertical), 13);
        foreach (LabelStyle label in (LabelStyle[])[plot.Axes.Title.Label, plot.Axes.Bottom.Label, plot.Axes.Left.Label]) label.Bold = false;
        plot.Grid.MajorLineColor = Color.FromHex("#E6E6E6");
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        return plot;
    }

    /// <summary>Writes plots, side by side in columns; the file appears whole or not at all.</summary>
    /// <param name="path">A .png or .svg file.</param>
    /// <param name="plots">The plots, row after row.</param>
    /// <param name="columns">How many stand in a row.</param>
    /// <param name="width">The width of each in pixels.</param>
    /// <param name="height">The height of each in pixels.</param>
    public static void Write(string path, IReadOnlyList<Plot> plots, int columns, int width, int height)
    {
        int lines = (plots.Count + columns - 1) / columns;
        Multiplot figure = new() { Layout = new ScottPlot.MultiplotLayouts.Grid(lines, columns) };
        figure.RemovePlot(figure.GetPlot(0));
        foreach (Plot plot in plots) figure.AddPlot(plot);
        byte[] content = OutputFormat(path) == ".svg"
            ? System.Text.Encoding.UTF8.GetBytes(Svg(figure, columns * width, lines * height))
            : figure.Render(columns * width, lines * height).GetImageBytes(ImageFormat.Png);
        Output.OutputFile.Write(path, stream => stream.Write(content));
    }

    // Names come from files: control characters have no place in an image, and make an SVG that is no XML.
    private static string Text(string text) => Output.Printable.Text(text);

    private static string Svg(Multiplot figure, int width, int height)
    {
        // The first rendering settles the axes and draws all again: what is kept is a later one.
        figure.Render(width, height).Dispose();
        using MemoryStream stream = new();
        using (SkiaSharp.SKCanvas canvas = SkiaSharp.SKSvgCanvas.Create(new SkiaSharp.SKRect(0, 0, width, height), stream))
        {
            canvas.Clear(SkiaSharp.SKColors.White);
            figure.Render(canvas, new PixelRect(0, width, height, 0));
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string OutputFormat(string path)
    {
        string format = Path.GetExtension(path).ToLowerInvariant();
        return format is ".png" or ".svg" ? format : throw new ArgumentsException($"--plot writes a .png or an .svg file, not '{path}'.");
    }
}
