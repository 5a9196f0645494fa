using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Reads the laser series of the Santa Fe competition (data set A) from a file that the user has: plain text, numbers apart by spaces or lines.</summary>
/// <remarks>Source: Weigend, Gershenfeld (editors), "Time series prediction: forecasting the future and understanding the past", Addison-Wesley 1993.</remarks>
public static class SantaFeLaser
{
    /// <summary>Reads a file.</summary>
    /// <returns>[time, 1]: the intensities as they stand, 0 to 255 in the published files.</returns>
    /// <exception cref="GraftException">The file has no numbers, or something that is not a number.</exception>
    public static Matrix Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using StreamReader reader = new(path);
        return Read(reader);
    }

    /// <summary>Reads text.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static Matrix Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<double> values = [];
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) values.Add(PlainNumber.Parse(word, line));
        }

        return values.Count > 0 ? new Matrix(values.Count, 1, [.. values]) : throw new GraftException("A series has at least one number; this text has none.");
    }
}
