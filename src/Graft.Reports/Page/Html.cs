using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Graft.Reports.Page;

/// <summary>
/// Builds markup that is XML as well as HTML. Every value put into <see cref="Add"/> is escaped, so that no name of a class or a file can become markup.
/// </summary>
internal sealed class Html
{
    private readonly StringBuilder text = new();

    /// <summary>Adds markup with values in it.</summary>
    public void Add([InterpolatedStringHandlerArgument("")] Handler markup) => _ = markup;

    /// <summary>Adds markup that is not to be escaped: constants of this project alone.</summary>
    public void Raw(string markup) => text.Append(markup);

    public override string ToString() => text.ToString();

    // XML 1.0 cannot say most control characters, not even escaped, and no file can hold half a surrogate pair.
    private void Escape(string value)
    {
        foreach (Rune rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '"' => text.Append("&quot;"),
                '\'' => text.Append("&#39;"),
                '\t' or '\n' or '\r' => text.Append(' '),
                < ' ' or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => text.Append('\uFFFD'),
                _ => text.Append(rune.ToString()),
            };
        }
    }

    [InterpolatedStringHandler]
    public readonly struct Handler(int literalLength, int formattedCount, Html html)
    {
        // The compiler hands these to every handler.
        public int Length { get; } = literalLength + formattedCount;

        public void AppendLiteral(string markup) => html.text.Append(markup);

        public void AppendFormatted(string? value) => html.Escape(value ?? "");

        public void AppendFormatted(long value) => html.text.Append(value.ToString(CultureInfo.InvariantCulture));

        /// <summary>A coordinate: two decimals at most.</summary>
        public void AppendFormatted(double value) => html.text.Append(value.ToString("0.##", CultureInfo.InvariantCulture));
    }
}
