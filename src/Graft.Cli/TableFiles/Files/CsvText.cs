using System.Globalization;
using Graft.Formats;

namespace Graft.Cli.TableFiles.Files;

/// <summary>Writes cells of CSV files so that spreadsheets and Graft itself read what was meant.</summary>
internal static class CsvText
{
    private const string Starts = "=+-@\t\r";

    /// <summary>A name or a time as a cell. A spreadsheet takes a text that begins like a formula for one: an apostrophe says that it is text.</summary>
    public static string Cell(string text)
    {
        if (text.Length > 0 && Starts.Contains(text[0]) && !NumberText.IsNumber(text)) text = $"'{text}";
        return text.AsSpan().ContainsAny(",;\t\"\n\r") || (text.Length > 0 && (text[0] is ' ' or '#' || text[^1] == ' ')) ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }

    /// <summary>A number as a cell; nothing where it is not known. Three digits after the point would leave open whether it stands between thousands: a fourth decides.</summary>
    public static string Cell(double number)
    {
        if (!double.IsFinite(number)) return "";
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return DecimalMarks.Asks(text) ? text + "0" : text;
    }

    /// <summary>The name that a cell of the first row means.</summary>
    public static string Name(string cell) => cell.Length > 1 && cell[0] == '\'' && Starts.Contains(cell[1]) ? cell[1..] : cell;
}
