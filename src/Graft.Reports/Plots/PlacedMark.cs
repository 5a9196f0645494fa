namespace Graft.Reports.Plots;

/// <summary>Where the text of a vertical line stands: in rows above the curves, so that none covers another.</summary>
/// <param name="X">The place of the line.</param>
/// <param name="Text">The text.</param>
/// <param name="IsLate">Whether it ends at the line, and does not begin there.</param>
/// <param name="Row">Its row, from 0, the lowest.</param>
internal sealed record PlacedMark(double X, string Text, bool IsLate, int Row)
{
    // Of letters of 11 pixels, the wide ones counted in, and with a space to the next text.
    private const double Letter = 5.8, Space = 6;

    /// <summary>Places texts, each in the lowest row that has room for it.</summary>
    /// <param name="marks">Places and texts.</param>
    /// <param name="right">Where there is no more room.</param>
    public static PlacedMark[] Place(IReadOnlyList<(double X, string Text)> marks, double right)
    {
        List<(double From, double To, int Row)> taken = [];
        List<PlacedMark> placed = [];
        foreach ((double x, string text) in marks)
        {
            double width = Letter * text.Length;
            bool isLate = x + width > right;
            (double from, double to) = isLate ? (x - width, x) : (x, x + width);
            int row = 0;
            while (taken.Exists(other => other.Row == row && from < other.To + Space && other.From < to + Space)) row++;
            taken.Add((from, to, row));
            placed.Add(new PlacedMark(x, text, isLate, row));
        }

        return [.. placed];
    }
}
