using System.Text;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>Breaks lines where a terminal would break them within words.</summary>
internal static class Wrapping
{
    private const string CommandFollows = ": graft ";

    /// <summary>
    /// Text of which no line is longer than a terminal is wide, but for words that do not fit on any. A command that ends a line, to be typed or copied, counts as one word: if it is too long it is the
    /// terminal that breaks it, which takes nothing from it and puts nothing in.
    /// </summary>
    /// <param name="text">The text, of a line or several.</param>
    /// <param name="width">The terminal's width.</param>
    /// <param name="indent">How many blanks a line begins with that goes on.</param>
    public static string Break(string text, int width, int indent = 0) => string.Join('\n', text.Split('\n').Select(line => BreakLine(line, width, indent)));

    private static string BreakLine(string line, int width, int indent)
    {
        if (width < 2 || line.GetCellWidth() <= width) return line;

        // What goes on stands under its beginning.
        string text = line.TrimStart(' ');
        int start = line.Length - text.Length, column = start;
        indent = Math.Max(indent, start);
        if (indent > width / 2) indent = 0;
        StringBuilder broken = new StringBuilder(line.Length + 32).Append(' ', start);
        bool isFirst = true;
        foreach (string word in Words(text))
        {
            int length = word.GetCellWidth(), gap = isFirst ? 0 : 1;
            isFirst = false;
            if (column + gap + length <= width || column <= indent)
            {
                broken.Append(' ', gap).Append(word);
                column += gap + length;
            }
            else
            {
                // Blanks at the end of a line would be copied with it.
                while (broken.Length > 0 && broken[^1] == ' ') broken.Length--;
                broken.Append('\n').Append(' ', indent).Append(word);
                column = indent + length;
            }

            // The terminal has broken it.
            if (column > width) column = ((column - 1) % width) + 1;
        }

        return broken.ToString();
    }

    private static IEnumerable<string> Words(string line)
    {
        int end = line.LastIndexOf(CommandFollows, StringComparison.Ordinal);
        return end < 0 ? line.Split(' ') : [.. line[..(end + 1)].Split(' '), line[(end + 2)..]];
    }
}
