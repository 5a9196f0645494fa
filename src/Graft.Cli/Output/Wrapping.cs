using System.Text;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>Keeps a terminal from breaking lines within words.</summary>
internal static class Wrapping
{
    /// <summary>
    /// Text of which a terminal of a width breaks no word that fits on a line: blanks fill the line before it. It has no line breaks of its own,
    /// so that a command that was broken is copied as one line.
    /// </summary>
    /// <param name="text">The text, of a line or several.</param>
    /// <param name="width">The terminal's width.</param>
    /// <param name="indent">How many blanks a line begins with that goes on.</param>
    public static string Fill(string text, int width, int indent = 0) => string.Join('\n', text.Split('\n').Select(line => FillLine(line, width, indent)));

    private static string FillLine(string line, int width, int indent)
    {
        if (indent > width / 2) indent = 0;
        if (width < 2 || line.GetCellWidth() <= width) return line;
        StringBuilder filled = new(line.Length + 32);
        int column = 0;
        foreach (string word in line.Split(' '))
        {
            int length = word.GetCellWidth(), gap = filled.Length == 0 ? 0 : 1;
            if (column + gap + length <= width || length > width - indent)
            {
                filled.Append(' ', gap).Append(word);
                column = (column + gap + length) % width;
            }
            else
            {
                filled.Append(' ', width - column + indent).Append(word);
                column = indent + length;
            }
        }

        return filled.ToString();
    }
}
