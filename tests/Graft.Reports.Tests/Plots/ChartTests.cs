using System.Xml.Linq;
using Graft.Readouts;
using Graft.Reports.Page;
using Graft.Reports.Plots;

namespace Graft.Reports.Tests.Plots;

public class ChartTests
{
    [Fact]
    public void AnAxisEndsAtRoundNumbers()
    {
        Axis axis = Axis.Linear([0.13, 1.87]);
        Assert.Equal((0, 2), (axis.Low, axis.High));
        Assert.Equal([0, 0.5, 1, 1.5, 2], axis.Ticks);
        Assert.Equal(0.25, axis.Place(0.5), 12);
    }

    [Fact]
    public void AnAxisOfOneValueHasAWidth()
    {
        Axis axis = Axis.Linear([3, 3]);
        Assert.True(axis.Low < 3 && axis.High > 3);
        Assert.True(double.IsFinite(axis.Place(3)));
        Assert.Equal((0, 1), (Axis.Linear([0]).Low, Axis.Linear([0]).High));
    }

    [Fact]
    public void ALogarithmicAxisHasPowersOfTen()
    {
        Axis axis = Axis.Logarithmic([1e-4, 3e-2, 1]);
        Assert.Equal([1e-4, 1e-3, 1e-2, 1e-1, 1], axis.Ticks.Select(t => Math.Round(t, 9)));
        Assert.Equal(0.5, axis.Place(1e-2), 9);
    }

    [Fact]
    public void ACurveGoesThroughItsPointsAndBreaksWhereItIsNotFinite()
    {
        Html html = new();
        new LineChart("Loss", "epoch", [new Series("learned from", "a", [(0, 2), (1, 1), (2, double.NaN), (3, 0), (4, 1)])]).Write(html);
        XElement figure = XElement.Parse(html.ToString());
        // The plot is 52 to 388 across and 206 to 10 down.
        Assert.Equal("M52 10L136 108M304 206L388 108", (string?)figure.Descendants("path").Single().Attribute("d"));
        Assert.Equal(4, figure.Descendants("circle").Count());
        Assert.Equal("Losslearned from", figure.Element("figcaption")!.Value);
        Assert.Equal("learned from 2 at 0", figure.Descendants("circle").First().Value);
    }

    [Fact]
    public void MarksAreLinesWithTheirText()
    {
        Html html = new();
        new LineChart("Loss", "epoch", [new Series("a", "a", [(0, 0), (10, 1)])]) { Marks = [(5, "unfrozen"), (11, "never")] }.Write(html);
        XElement figure = XElement.Parse(html.ToString());
        XElement line = figure.WithClass("mark").First();
        Assert.Equal("220", (string?)line.Attribute("x1"));
        Assert.Equal(["unfrozen", "unfrozen"], figure.WithClass("mark").Select(m => m.Value));
    }

    [Fact]
    public void TextsOfMarksDoNotCoverEachOther()
    {
        // Of one epoch all lie at its end; of two the first text reaches the second.
        (double X, string Text)[] one = [(388, "all unfrozen"), (388, "cut short"), (388, "best model")], two = [(220, "all unfrozen"), (256, "best model")], far = [(100, "all unfrozen"), (300, "best model")];
        Assert.Equal([(true, 0), (true, 1), (true, 2)], PlacedMark.Place(one, 388).Select(mark => (mark.IsLate, mark.Row)));
        Assert.Equal([(false, 0), (false, 1)], PlacedMark.Place(two, 388).Select(mark => (mark.IsLate, mark.Row)));
        Assert.Equal([(false, 0), (false, 0)], PlacedMark.Place(far, 388).Select(mark => (mark.IsLate, mark.Row)));
    }

    [Fact]
    public void WithoutAFinitePointThereIsNoChart()
    {
        Html html = new();
        new LineChart("Loss", "epoch", [new Series("a", "a", [(0, double.NaN)]), new Series("b", "b", [])]).Write(html);
        Assert.Equal("", html.ToString());
    }

    [Fact]
    public void LongCurvesAreAveraged()
    {
        Series series = new Series("a", "a", [.. Enumerable.Range(0, 5000).Select(i => ((double)i, i % 2 == 0 ? 1.0 : 3.0))]).Thinned();
        Assert.Equal(500, series.Points.Count);
        Assert.All(series.Points, p => Assert.Equal(2, p.Y, 9));
        Assert.Equal((4.5, 4994.5), (series.Points[0].X, series.Points[^1].X));
    }

    [Fact]
    public void TheReliabilityDiagramHasABarForEachBinThatHasImages()
    {
        Html html = new();
        new ReliabilityChart([new ReliabilityBin(0, 0.5, 0, 0, 0), new ReliabilityBin(0.5, 0.75, 20, 0.6, 0.4), new ReliabilityBin(0.75, 1, 10, 0.8, 1)]).Write(html);
        XElement[] groups = [.. XElement.Parse(html.ToString()).Elements("g")];
        Assert.Equal(["20 images: sure 60.0 %, right 40.0 %", "10 images: sure 80.0 %, right 100.0 %"], groups.Select(g => g.Element("title")!.Value));
        Assert.Equal(["bar over count", "bar under count"], groups.Select(g => string.Join(" ", g.Elements("rect").Select(r => (string?)r.Attribute("class")))));
        // The plot is 268 high: 0.4 of it, and 0.2 for what it was too sure.
        Assert.Equal(["107.2", "53.6", "40"], groups[0].Elements("rect").Select(r => (string?)r.Attribute("height")));
    }
}
