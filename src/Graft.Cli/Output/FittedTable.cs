using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Output;

/// <summary>
/// A table that breaks no word: columns are as wide as their longest words at least. Where there is no room for that, each row becomes a list: what its first cell says, and below it the others
/// beside the names of their columns.
/// </summary>
internal sealed class FittedTable(Table table) : IRenderable
{
    // Beside its cells a column has a blank before and one behind, and a line of blanks before the first and behind each.
    private const int Padding = 3, Edge = 1;

    private const string Indent = "  ";

    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        int[] least = new int[table.Columns.Count], most = new int[table.Columns.Count];
        for (int i = 0; i < least.Length; i++)
        {
            TableColumn column = table.Columns[i];
            foreach (IRenderable cell in table.Rows.Select(row => row[i]).Prepend(column.Header))
            {
                Measurement size = cell.Measure(options, int.MaxValue);
                least[i] = Math.Max(least[i], column.NoWrap ? size.Max : size.Min);
                most[i] = Math.Max(most[i], size.Max);
            }
        }

        int room = maxWidth - Edge - (Padding * least.Length), spare = room - least.Sum();
        if (spare < 0) return List(options, maxWidth);
        if (most.Sum() > room)
        {
            for (; spare > 0; spare--)
            {
                // To whoever lacks most.
                int widest = Enumerable.Range(0, least.Length).MaxBy(i => most[i] - least[i]);
                least[widest]++;
            }

            for (int i = 0; i < least.Length; i++) table.Columns[i].Width = least[i];
        }

        return ((IRenderable)table).Render(options, maxWidth);
    }

    private IEnumerable<Segment> List(RenderOptions options, int maxWidth)
    {
        if (table.Title is { } title)
        {
            yield return new Segment(title.Text, title.Style ?? Style.Plain);
            yield return Segment.LineBreak;
        }

        int names = table.Columns.Skip(1).Max(column => column.Header.Measure(options, maxWidth).Max), start = Indent.Length + names + Indent.Length;
        foreach (TableRow row in table.Rows)
        {
            for (int i = 0; i < table.Columns.Count; i++)
            {
                int least = row[i].Measure(options, int.MaxValue).Min, indent = i == 0 ? 0 : start, column = 0;
                if (least == 0) continue;
                if (i > 0)
                {
                    yield return new Segment(Indent);
                    foreach (Segment segment in Lines(table.Columns[i].Header, options, names)[0]) yield return segment;
                    column = Indent.Length + table.Columns[i].Header.Measure(options, names).Max;
                }

                if (indent + least > maxWidth && i > 0)
                {
                    // A word that has no room beside the name has it below.
                    yield return Segment.LineBreak;
                    (indent, column) = (2 * Indent.Length, 0);
                }

                foreach (SegmentLine line in Lines(row[i], options, Math.Max(maxWidth - indent, least)))
                {
                    yield return new Segment(new string(' ', indent - column));
                    foreach (Segment segment in line) yield return segment;
                    yield return Segment.LineBreak;
                    column = 0;
                }
            }
        }

        yield return Segment.LineBreak;
    }

    private static List<SegmentLine> Lines(IRenderable content, RenderOptions options, int width) => Segment.SplitLines(content.Render(options, width));
}
