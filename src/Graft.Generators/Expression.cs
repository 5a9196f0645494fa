using System.Text.RegularExpressions;

namespace Graft.Generators;

/// <summary>Whole numbers, variables, brackets and <c>* / % + - &lt; &lt;= == !=</c> and <c>&amp;&amp; ||</c>, with the precedence of C#; what holds is 1, what does not 0.</summary>
internal static class Expression
{
    private static readonly string[][] Levels = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];
    private static readonly Regex Token = new(@"\s*(\d+|\w+|&&|\|\||[=!<>]=|[-+*/%()<>])");

    /// <exception cref="FormatException">It can't be read.</exception>
    public static int Evaluate(string text, IReadOnlyDictionary<string, string> variables)
    {
        List<string> tokens = [];
        int read = 0;
        for (Match match = Token.Match(text); match.Success && match.Index == read; match = match.NextMatch())
        {
            tokens.Add(match.Groups[1].Value);
            read = match.Index + match.Length;
        }

        int at = 0;
        int value = text.Substring(read).Trim() == "" && tokens.Count > 0 ? Binary(0) : throw new FormatException($"'{text}' is not an expression.");
        return at == tokens.Count ? value : throw new FormatException($"'{text}' goes on after its end.");

        int Binary(int level)
        {
            if (level == Levels.Length) return Unary();
            int left = Binary(level + 1);
            while (at < tokens.Count && Array.IndexOf(Levels[level], tokens[at]) >= 0) left = Apply(tokens[at++], left, Binary(level + 1));
            return left;
        }

        int Unary()
        {
            string token = at < tokens.Count ? tokens[at++] : throw new FormatException($"'{text}' ends too early.");
            if (token == "(")
            {
                int inner = Binary(0);
                return at < tokens.Count && tokens[at++] == ")" ? inner : throw new FormatException($"'{text}' lacks a bracket.");
            }

            if (variables.TryGetValue(token, out string named)) token = named;
            return int.TryParse(token, out int number) ? number : throw new FormatException($"'{token}' in '{text}' is neither a number nor a variable.");
        }
    }

    private static int Apply(string operation, int a, int b) => operation switch
    {
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        "+" => a + b,
        "-" => a - b,
        "<" => a < b ? 1 : 0,
        "<=" => a <= b ? 1 : 0,
        ">" => a > b ? 1 : 0,
        ">=" => a >= b ? 1 : 0,
        "==" => a == b ? 1 : 0,
        "!=" => a != b ? 1 : 0,
        "&&" => a != 0 && b != 0 ? 1 : 0,
        _ => a != 0 || b != 0 ? 1 : 0,
    };
}
