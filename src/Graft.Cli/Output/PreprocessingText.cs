using System.Collections.Immutable;
using System.Globalization;

namespace Graft.Cli.Output;

/// <summary>What is done to an image, in words.</summary>
internal static class PreprocessingText
{
    /// <summary>A sentence without its end.</summary>
    public static string Of(Preprocessing preprocessing)
    {
        int side = preprocessing.Resolution;
        double shorter = Math.Round(side / preprocessing.CropFraction, MidpointRounding.ToEven);

        // Networks on raw values have deviations of 1/255 or so: they read better in units of those values.
        bool isRaw = preprocessing.StandardDeviation.Max() < 0.1;
        float unit = isRaw ? 255 : 1;
        string mean = Numbers(preprocessing.Mean, unit), deviation = Numbers(preprocessing.StandardDeviation, unit), value = isRaw ? "value" : "value / 255";
        string values = mean == "0" ? value : $"({value} - {mean})";
        if (deviation != "1") values += $" / {deviation}";
        return FormattableString.Invariant(
            $"the shorter side to {shorter} pixels ({preprocessing.Interpolation.ToString().ToLowerInvariant()}), the middle {side}x{side}, red, green, blue as {values}")
            + (preprocessing.Decoding == JpegDecoding.Scaled ? "; large JPEGs decoded at a fraction of their size" : "");
    }

    private static string Numbers(ImmutableArray<float> values, float unit)
    {
        string[] texts = [.. values.Select(value => (value * unit).ToString(unit == 1 ? "0.######" : "0.###", CultureInfo.InvariantCulture))];
        return texts.Distinct().Count() == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }
}
