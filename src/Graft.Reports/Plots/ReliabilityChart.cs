using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Plots;

/// <summary>A reliability diagram: how often answers were right against how sure the model was, and how many answers there were of each sureness.</summary>
/// <param name="Bins">The bins.</param>
internal sealed record ReliabilityChart(IReadOnlyList<ReliabilityBin> Bins)
{
    private const double Width = 340, Height = 380, Left = 50, Right = 12, Top = 10, Plot = 278, CountsTop = 300, CountsBottom = 340;

    public void Write(Html html)
    {
        double X(double part) => Left + (part * (Width - Left - Right));
        double Y(double part) => Top + ((1 - part) * (Plot - Top));
        int most = Math.Max(1, Bins.Max(b => b.Images));
        html.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Reliability diagram\">");
        for (double part = 0; part < 1.01; part += 0.2)
        {
            html.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(part)}\" y2=\"{Y(part)}\"/>");
            html.Add($"<text class=\"end\" x=\"{Left - 6}\" y=\"{Y(part) + 4}\">{100 * part} %</text>");
            html.Add($"<text class=\"mid\" x=\"{X(part)}\" y=\"{CountsBottom + 16}\">{100 * part} %</text>");
        }

        foreach (ReliabilityBin bin in Bins.Where(b => b.Images > 0))
        {
            string told = $"{Amount.Of(bin.Images, "image")}: sure {Texts.Percent(bin.Confidence)}, right {Texts.Percent(bin.Accuracy)}";
            double left = X(bin.Low) + 1, width = X(bin.High) - X(bin.Low) - 2;
            (double low, double high) = (Math.Min(bin.Accuracy, bin.Confidence), Math.Max(bin.Accuracy, bin.Confidence));
            html.Add($"<g><title>{told}</title><rect class=\"bar\" x=\"{left}\" y=\"{Y(low)}\" width=\"{width}\" height=\"{Y(0) - Y(low)}\"/>");
            html.Add($"<rect class=\"{(bin.Accuracy < bin.Confidence ? "over" : "under")}\" x=\"{left}\" y=\"{Y(high)}\" width=\"{width}\" height=\"{Y(low) - Y(high)}\"/>");
            double tall = Math.Max(1, (CountsBottom - CountsTop) * bin.Images / (double)most);
            html.Add($"<rect class=\"count\" x=\"{left}\" y=\"{CountsBottom - tall}\" width=\"{width}\" height=\"{tall}\"/></g>");
        }

        html.Add($"<line class=\"ideal\" x1=\"{X(0)}\" y1=\"{Y(0)}\" x2=\"{X(1)}\" y2=\"{Y(1)}\"/>");
        html.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(0)}\" y2=\"{Y(0)}\"/>");
        html.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{CountsBottom}\" y2=\"{CountsBottom}\"/>");
        html.Add($"<text class=\"end\" x=\"{Left - 6}\" y=\"{CountsTop + 8}\">{Texts.Count(most)}</text>");
        html.Add($"<text class=\"mid name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\">how sure the model was</text></svg>");
    }
}
