using Graft.Reports.Page;
using Graft.Reports.Sections;

namespace Graft.Reports.Plots;

/// <summary>A point of a scatter plot.</summary>
/// <param name="True">The true number.</param>
/// <param name="Predicted">What was predicted.</param>
/// <param name="Name">The image.</param>
internal readonly record struct ScatterPoint(double True, double Predicted, string Name);

/// <summary>Predicted numbers over true ones: on the line they are right.</summary>
/// <param name="Title">What is measured.</param>
/// <param name="Points">The images.</param>
/// <param name="Margin">The half-width of the interval, shown beside the line; null is none.</param>
internal sealed record ScatterChart(string Title, IReadOnlyList<ScatterPoint> Points, double? Margin)
{
    private const double Width = 420, Height = 400, Left = 74, Right = 14, Top = 26, Bottom = 352;

    public void Write(Html html)
    {
        if (Points.Count == 0) return;
        double least = Points.Min(p => Math.Min(p.True, p.Predicted)), most = Points.Max(p => Math.Max(p.True, p.Predicted));
        Axis axis = Axis.Linear([least, most]);
        (least, most) = (axis.Low, axis.High);
        double X(double value) => Left + (axis.Place(value) * (Width - Left - Right));
        double Y(double value) => Bottom - (axis.Place(value) * (Bottom - Top));
        html.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Predicted over true {Title}\">");
        foreach (double tick in axis.Ticks)
        {
            html.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\"/><text class=\"end\" x=\"{Left - 6}\" y=\"{Y(tick) + 4}\">{ValuesSection.Number(tick)}</text>");
            html.Add($"<text class=\"mid\" x=\"{X(tick)}\" y=\"{Bottom + 16}\">{ValuesSection.Number(tick)}</text>");
        }

        html.Add($"<line class=\"ideal\" x1=\"{X(least)}\" y1=\"{Y(least)}\" x2=\"{X(most)}\" y2=\"{Y(most)}\"/>");
        if (Margin is { } margin)
        {
            foreach (double side in (double[])[-margin, margin])
            {
                double from = Math.Max(least, least - side), to = Math.Min(most, most - side);
                if (to > from) html.Add($"<line class=\"grid\" x1=\"{X(from)}\" y1=\"{Y(from + side)}\" x2=\"{X(to)}\" y2=\"{Y(to + side)}\"/>");
            }
        }

        foreach (ScatterPoint point in Points)
            html.Add($"<circle class=\"dot\" cx=\"{X(point.True)}\" cy=\"{Y(point.Predicted)}\" r=\"3.2\"><title>{point.Name}: is {ValuesSection.Number(point.True)}, taken for {ValuesSection.Number(point.Predicted)}</title></circle>");
        html.Add($"<text class=\"name\" x=\"{Left}\" y=\"16\">{Title}, predicted</text><text class=\"mid name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\">{Title}, true</text></svg>");
    }
}
