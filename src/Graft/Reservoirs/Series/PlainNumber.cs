using System.Globalization;

namespace Graft.Reservoirs.Series;

/// <summary>Numbers in the texts of published data sets.</summary>
internal static class PlainNumber
{
    public static double Parse(ReadOnlySpan<char> word, int line) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
        ? value
        : throw new GraftException($"Line {line} has \"{word}\" where a number is expected. Give the published file as it is.");
}
