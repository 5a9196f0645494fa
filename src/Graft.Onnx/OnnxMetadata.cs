using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Graft.Formats;

namespace Graft.Onnx;

/// <summary>
/// What stands beside the graph in an ONNX file, as JSON under the keys <c>labels</c>, <c>task</c> (what the outputs are, where they are no classes), <c>preprocessing</c> and
/// <c>provenance</c>.
/// </summary>
internal static class OnnxMetadata
{
    public const string Labels = "labels";
    public const string Task = "task";
    public const string PreprocessingKey = "preprocessing";
    public const string Provenance = "provenance";

    /// <summary>The entries for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normalized">Whether the graph normalizes: then all that is left to do is to hand over values from 0 to 255.</param>
    public static IEnumerable<(string Key, string Value)> Write(Model model, bool normalized)
    {
        Preprocessing preprocessing = model.Preprocessing;
        if (normalized) preprocessing = preprocessing with { Mean = [0, 0, 0], StandardDeviation = [1f / 255, 1f / 255, 1f / 255] };
        if (!model.Labels.IsEmpty) yield return (Labels, Json(json => WriteArray(json, model.Labels)));
        if (TaskJson.Write(model) is { } task) yield return (Task, task);
        yield return (PreprocessingKey, Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("resolution", preprocessing.Resolution);
            json.WriteNumber("crop_fraction", preprocessing.CropFraction);
            json.WriteString("interpolation", preprocessing.Interpolation == Interpolation.Bilinear ? "bilinear" : "bicubic");
            if (preprocessing.Decoding == JpegDecoding.Scaled) json.WriteString("decoding", "scaled");
            WriteNumbers(json, "mean", preprocessing.Mean);
            WriteNumbers(json, "std", preprocessing.StandardDeviation);
            json.WriteEndObject();
        }));
        if (model.Provenance.IsEmpty) yield break;
        yield return (Provenance, Json(json =>
        {
            json.WriteStartObject();
            foreach ((string key, string value) in model.Provenance) json.WriteString(key, value);
            json.WriteEndObject();
        }));
    }

    /// <summary>The labels in a text that may be anything; none where it is not a list of names.</summary>
    public static ImmutableArray<string> ReadLabels(string text) => Read(text, root =>
        [.. root.EnumerateArray().Select(label => label.GetString() ?? throw new FormatException())], ImmutableArray<string>.Empty);

    /// <summary>A model with the task in a text that may be anything; as it was where it is none.</summary>
    public static Model ReadTask(string text, Model model) =>
        Read(text, root => TaskJson.Read(model, new JsonPart("", Task, root), model.Network.Graph.Shapes[model.Network.Graph.Outputs[^1].Value][^1]), model);

    /// <summary>The preprocessing in a text that may be anything, if it is there.</summary>
    public static Preprocessing? ReadPreprocessing(string text) => Read<Preprocessing?>(text, root => new Preprocessing
    {
        Resolution = root.GetProperty("resolution").GetInt32(),
        CropFraction = root.GetProperty("crop_fraction").GetDouble(),
        Interpolation = root.GetProperty("interpolation").GetString() switch
        {
            "bilinear" => Interpolation.Bilinear,
            "bicubic" => Interpolation.Bicubic,
            _ => throw new FormatException(),
        },
        Decoding = root.TryGetProperty("decoding", out JsonElement decoding) && decoding.GetString() == "scaled" ? JpegDecoding.Scaled : JpegDecoding.Exact,
        Mean = [.. root.GetProperty("mean").EnumerateArray().Take(4).Select(number => number.GetSingle())],
        StandardDeviation = [.. root.GetProperty("std").EnumerateArray().Take(4).Select(number => number.GetSingle())],
    }, null);

    /// <summary>The provenance in a text that may be anything; empty where it is not an object of texts.</summary>
    public static ImmutableSortedDictionary<string, string> ReadProvenance(string text) => Read(
        text,
        root => root.EnumerateObject().ToImmutableSortedDictionary(fact => fact.Name, fact => fact.Value.GetString() ?? throw new FormatException(), StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    // Other programs write what they like under these keys.
    private static T Read<T>(string text, Func<JsonElement, T> read, T otherwise)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException or WeightFileException)
        {
            return otherwise;
        }
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) write(json);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteArray(Utf8JsonWriter json, ImmutableArray<string> texts)
    {
        json.WriteStartArray();
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ImmutableArray<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (float number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
