using System.Text.Json;

namespace Graft.Formats.Series;

/// <summary>What JSON has no word for: numbers that may be NaN, and names of choices.</summary>
internal static class Jsons
{
    public static void WriteMaybe(this Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumber(name, value);
        else writer.WriteNull(name);
    }

    public static void WriteChoice<T>(this Utf8JsonWriter writer, string name, T value)
        where T : struct, Enum => writer.WriteString(name, JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    public static double Maybe(this JsonPart part) => part.IsNull ? double.NaN : part.Number();

    public static T Choice<T>(this JsonPart part)
        where T : struct, Enum
    {
        string name = part.String();
        foreach (T value in Enum.GetValues<T>())
        {
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == name) return value;
        }

        throw part.Error($"must be one of {string.Join(", ", Enum.GetValues<T>().Select(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())))}, not {WeightFileException.Quote(name)}.");
    }

    /// <summary>Runs a reader; a rule that what is made from a file breaks becomes an error that names the file.</summary>
    public static T Guard<T>(string file, Func<T> read) => JsonPart.Guard(file, () =>
    {
        try
        {
            return read();
        }
        catch (GraftException e) when (e is not WeightFileException)
        {
            throw new WeightFileException(file, e.Message, cause: e);
        }
    });
}
