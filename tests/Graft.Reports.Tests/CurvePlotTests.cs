using System.Xml.Linq;

namespace Graft.Reports.Tests;

/// <summary>Curves as a file of their own.</summary>
public sealed class CurvePlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void APlotIsWellFormedAndHasItsTitleKeysAxesAndMarks()
    {
        CurvePlot plot = new("Loss of <a & b>", "epoch", [new("learned from", [(1, 1), (2, 0.1), (3, 0.01)]), new("held out", [(1, 1), (3, 0.1)])])
        {
            IsLogarithmic = true,
            Marks = [(2, "whole \"128\"")],
        };
        XElement svg = XDocument.Parse(plot.ToSvg()).Root!;
        Assert.Equal(Svg + "svg", svg.Name);
        string[] texts = [.. svg.Descendants(Svg + "text").Select(t => t.Value)];
        Assert.Equal(["Loss of <a & b>", "learned from", "held out"], texts[..3]);
        Assert.Contains("epoch", texts);
        Assert.Contains("whole \"128\"", texts);
        Assert.Equal(["a", "b"], svg.Descendants(Svg + "path").Select(p => p.Attribute("class")!.Value));

        // From 0.01 to 1 a logarithmic axis puts 0.1 in the middle.
        double[] heights = [.. svg.Descendants(Svg + "circle").Where(c => c.Attribute("class")!.Value == "a").Select(c => double.Parse(c.Attribute("cy")!.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal((heights[0] + heights[2]) / 2, heights[1], 0.02);
    }

    [Fact]
    public void APlotHasThreeCurvesAtMost()
    {
        Curve curve = new("x", [(0, 0)]);
        Assert.Equal("A plot has at most 3 curves, not 4. (Parameter 'Curves')", Assert.Throws<ArgumentException>(() => new CurvePlot("t", "x", [curve, curve, curve, curve])).Message);
        Assert.StartsWith("<svg", new CurvePlot("empty", "x", []).ToSvg());
    }
}
