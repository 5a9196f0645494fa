using System.Text;
using System.Text.RegularExpressions;

namespace Graft.Generators;

/// <summary>
/// A text with loops. <c>$for i in 0..7</c> or <c>$for i in 8, 4, 1</c> repeats the lines up to its <c>$end</c>; the end of a range is left out, as in C#. <c>$if i &lt; n</c>
/// keeps those up to its <c>$else</c> or <c>$end</c> where it holds. <c>${i + 1}</c> is the number that an expression has, or the text that a variable of a list of names stands for.
/// </summary>
internal static class Template
{
    private static readonly Regex Loop = new(@"^\$for (\w+) in (.+)$"), Hole = new(@"\$\{([^}]*)\}");

    /// <exception cref="FormatException">A directive can't be read, or has no end.</exception>
    public static string Expand(string text)
    {
        StringBuilder output = new();
        string[] lines = text.Replace("\r", "").TrimEnd('\n').Split('\n');
        int end = Expand(lines, 0, [], output);
        if (end < lines.Length) throw new FormatException($"line {end + 1}: '{lines[end].Trim()}' ends nothing.");
        return output.ToString();
    }

    // Writes the lines from one on up to the directive that ends them, and gives its place. Without an output the lines are only passed over.
    private static int Expand(string[] lines, int at, Dictionary<string, string> variables, StringBuilder? output)
    {
        for (; at < lines.Length; at++)
        {
            string line = lines[at].Trim();
            if (line is "$end" or "$else") return at;
            if (line.StartsWith("$for ", StringComparison.Ordinal)) at = Repeat(lines, at, line, variables, output);
            else if (line.StartsWith("$if ", StringComparison.Ordinal)) at = Choose(lines, at, line, variables, output);
            else if (output is not null) output.Append(Hole.Replace(lines[at], hole => Value(hole.Groups[1].Value, variables))).Append('\n');
        }

        return at;
    }

    private static int Repeat(string[] lines, int at, string line, Dictionary<string, string> variables, StringBuilder? output)
    {
        Match loop = Loop.Match(line);
        if (!loop.Success) throw new FormatException($"line {at + 1}: '{line}' is not of the form '$for i in 0..7' or '$for i in 8, 4, 1'.");
        string name = loop.Groups[1].Value;
        int end = Expand(lines, at + 1, variables, null);
        if (output is not null)
        {
            foreach (string value in Values(loop.Groups[2].Value, variables)) Expand(lines, at + 1, new Dictionary<string, string>(variables) { [name] = value }, output);
        }

        return Closed(lines, end, at);
    }

    private static int Choose(string[] lines, int at, string line, Dictionary<string, string> variables, StringBuilder? output)
    {
        bool holds = output is not null && Expression.Evaluate(line.Substring("$if ".Length), variables) != 0;
        int end = Expand(lines, at + 1, variables, holds ? output : null);
        if (end < lines.Length && lines[end].Trim() == "$else") end = Expand(lines, end + 1, variables, holds ? null : output);
        return Closed(lines, end, at);
    }

    private static int Closed(string[] lines, int end, int start) =>
        end < lines.Length && lines[end].Trim() == "$end" ? end : throw new FormatException($"line {start + 1}: '{lines[start].Trim()}' has no $end.");

    private static IEnumerable<string> Values(string list, Dictionary<string, string> variables)
    {
        int dots = list.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            foreach (string item in list.Split(',')) yield return item.Trim();
        }
        else
        {
            int end = Expression.Evaluate(list.Substring(dots + 2), variables);
            for (int i = Expression.Evaluate(list.Substring(0, dots), variables); i < end; i++) yield return i.ToString();
        }
    }

    private static string Value(string expression, Dictionary<string, string> variables) =>
        variables.TryGetValue(expression.Trim(), out string text) ? text : Expression.Evaluate(expression, variables).ToString();
}
