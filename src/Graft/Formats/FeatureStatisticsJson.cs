using System.Collections.Immutable;
using System.Globalization;

namespace Graft.Formats;

/// <summary>The statistics of a model's features, as a <c>.graft</c> file has them in its metadata under <c>features</c>: <c>{"means": [...], "variances": [...]}</c>, four digits of each.</summary>
internal static class FeatureStatisticsJson
{
    private const int MostFeatures = 1_000_000;

    /// <summary>Writes them.</summary>
    public static string Write(FeatureStatistics statistics) => JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        Numbers("means", statistics.Means);
        Numbers("variances", statistics.Variances);
        writer.WriteEndObject();

        void Numbers(string name, ImmutableArray<float> values)
        {
            writer.WriteStartArray(name);
            foreach (float value in values) writer.WriteRawValue(value.ToString("G4", CultureInfo.InvariantCulture));
            writer.WriteEndArray();
        }
    });

    /// <summary>Reads them.</summary>
    /// <param name="part">What the file has.</param>
    /// <param name="length">How many features the network has.</param>
    public static FeatureStatistics Read(JsonPart part, int length)
    {
        return new(Numbers("means", value => float.IsFinite(value), "finite"), Numbers("variances", value => float.IsFinite(value) && value >= 0, "finite and at least 0"));

        ImmutableArray<float> Numbers(string name, Predicate<float> isPossible, string range)
        {
            JsonPart array = part[name];
            ImmutableArray<float> values = [.. array.Items(MostFeatures).Select(value => value.Float())];
            if (values.Length != length) throw array.Error($"has {Amount.Of(values.Length, "number")}, and the network has {Amount.Of(length, "feature")}.");
            return values.All(value => isPossible(value)) ? values : throw array.Error($"has a number that is not {range}.");
        }
    }
}
