using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Graft.Cli.Tests.Terminals;

/// <summary>What a terminal of a width shows after it was sent text; lines that have scrolled away are kept. It knows no more than the tool may send: another control sequence is an error.</summary>
internal sealed partial class Screen
{
    private readonly int width;
    private readonly List<StringBuilder> rows = [new()];
    private int column;

    private Screen(int width) => this.width = width;

    /// <summary>The rows, without blanks at their ends.</summary>
    public static IReadOnlyList<string> Show(string sent, int width)
    {
        Screen screen = new(width);
        for (int i = 0; i < sent.Length; i++)
        {
            if (sent[i] == '\e')
            {
                Match sequence = Sequence().Match(sent, i);
                if (!sequence.Success) throw new InvalidOperationException($"The terminal was sent an unknown control sequence: {sent[i..Math.Min(sent.Length, i + 12)].Replace("\e", "ESC")}");
                if (sequence.Value == "\e[K" && screen.column < screen.Row.Length) screen.Row.Length = screen.column;
                i += sequence.Length - 1;
            }
            else
            {
                screen.Put(sent[i]);
            }
        }

        return [.. screen.rows.Select(row => row.ToString().TrimEnd())];
    }

    private StringBuilder Row => rows[^1];

    private void Put(char c)
    {
        if (c == '\r')
        {
            column = 0;
        }
        else if (c == '\n')
        {
            rows.Add(new StringBuilder(new string(' ', column)));
        }
        else if (c is '\a' or '\u0004' or '\b' || char.IsControl(c))
        {
            throw new InvalidOperationException($"The terminal was sent the control character {(int)c}.");
        }
        else
        {
            // The row is full only when a further character comes.
            if (Row.ToString().GetCellWidth() >= width && column >= Row.Length)
            {
                rows.Add(new StringBuilder());
                column = 0;
            }

            if (column < Row.Length) Row[column] = c;
            else Row.Append(c);
            column++;
        }
    }

    // Colours, the keypad's mode, and the erasing of the rest of a line.
    [GeneratedRegex(@"\G\e(\[[\d;]*m|\[K|\[\?1[hl]|[=>])")]
    private static partial Regex Sequence();
}
