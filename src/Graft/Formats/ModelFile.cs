using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>
/// <c>.graft</c> files. Each is a safetensors file that any safetensors reader opens: the weights under timm's names, and in its metadata
/// <c>format</c> ("graft"), <c>format_version</c>, and, as JSON, <c>graph</c>, <c>labels</c>, <c>preprocessing</c>, <c>provenance</c> where the outputs are not classes <c>task</c>,
/// and where a head was trained <c>features</c>, the statistics of what it learned from.
/// </summary>
internal static class ModelFile
{
    /// <summary>The version of the format that is written, and the newest that is read.</summary>
    public const int Version = 1;

    /// <summary>A label has at most so many letters.</summary>
    internal const int LongestLabel = 4096;

    private const int MostLabels = 1_000_000;

    /// <summary>Saves a model whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file, by custom ending in <c>.graft</c>.</param>
    /// <param name="precision">How weights are stored.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="GraftException">The network has an operation that the format has no name for.</exception>
    public static void Save(Model model, string path, WeightPrecision precision = WeightPrecision.Float32) =>
        AtomicFile.Write(path, stream => Save(model, stream, precision));

    /// <summary>Saves a model to a stream. The same model gives the same bytes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="precision">How weights are stored.</param>
    /// <exception cref="GraftException">The network has an operation that the format has no name for.</exception>
    public static void Save(Model model, Stream stream, WeightPrecision precision = WeightPrecision.Float32)
    {
        Graph graph = model.Network.Graph;
        Dictionary<string, string> metadata = new()
        {
            ["format"] = "graft",
            ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["graph"] = GraphJson.Write(graph),
            ["labels"] = JsonPart.Write(writer =>
            {
                writer.WriteStartArray();
                foreach (string label in model.Labels) writer.WriteStringValue(label);
                writer.WriteEndArray();
            }),
            ["preprocessing"] = WritePreprocessing(model.Preprocessing),
            ["provenance"] = JsonPart.Write(writer =>
            {
                writer.WriteStartObject();
                foreach ((string key, string value) in model.Provenance) writer.WriteString(key, value);
                writer.WriteEndObject();
            }),
        };
        if (TaskJson.Write(model) is { } task) metadata["task"] = task;
        if (model.FeatureStatistics is { } statistics) metadata["features"] = FeatureStatisticsJson.Write(statistics);
        Safetensors.Write(stream, graph.Parameters.Keys.Select(name => KeyValuePair.Create(name, model.Network.Weights[name])), metadata, precision, Scales(model.Network));
    }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file is not a whole and well-formed <c>.graft</c> file of a version that is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path) => Load(path, NetworkLimits.Default);

    /// <summary>Loads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What its network may cost.</param>
    /// <exception cref="WeightFileException">The file is not a whole and well-formed <c>.graft</c> file of a version that is known, or its network is over a limit.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path, NetworkLimits limits)
    {
        if (Directory.Exists(path)) throw new WeightFileException(path, "it is a folder. Name a .graft file.");
        if (!File.Exists(path)) throw new WeightFileException(path, "there is no such file.");
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path, limits);
    }

    /// <summary>Loads a model from a stream.</summary>
    /// <param name="stream">The stream, read from its start to its end; one that cannot seek is copied to memory first.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">It is not a whole and well-formed <c>.graft</c> file of a version that is known.</exception>
    public static Model Load(Stream stream, string name = "model") => Load(stream, name, NetworkLimits.Default);

    private static Model Load(Stream stream, string name, NetworkLimits limits)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(ref stream, name, "a .graft file");
        CheckKind(header);
        Graph graph = GraphJson.Read(name, Metadata(header, "graph"));
        if (limits.Exceeded(graph) is { } exceeded) throw new WeightFileException(name, exceeded);
        CheckWeights(header, graph);
        OrderedDictionary<string, Tensor> weights = Weights(stream, header, graph);
        foreach (Node node in graph.Nodes.Where(node => node.Operation is ILinearLayer { IsQuantized: true }))
            if (QuantizedWeight.Problem(weights[node.WeightName(QuantizedWeight.Scale)]) is { } problem) throw new WeightFileException(name, $"the layer {WeightFileException.Quote(node.Name)} {problem}");
        Model model = JsonPart.Guard(name, () => new Model(new Network(graph, weights))
        {
            Labels = ReadLabels(header),
            Preprocessing = ReadPreprocessing(header),
            Provenance = ReadProvenance(header),
        });
        Shape main = graph.Shapes[graph.Outputs[^1].Value];
        if (!model.Labels.IsEmpty && model.Labels.Length != main[^1])
            throw new WeightFileException(name, $"the file has {Amount.Of(model.Labels.Length, "label")}, but the network's output '{graph.Outputs[^1].Name}' has {Amount.Of(main[^1], "value")}.");
        if (header.Metadata.ContainsKey("features") && graph.Outputs.Any(output => output.Name == ClassifierHead.Features))
        {
            using JsonDocument features = Parse(header, "features");
            model = model with { FeatureStatistics = FeatureStatisticsJson.Read(new JsonPart(header.File, "features", features.RootElement), graph.OutputShape(ClassifierHead.Features)[^1]) };
        }

        if (!header.Metadata.ContainsKey("task")) return model;
        using JsonDocument task = Parse(header, "task");
        return TaskJson.Read(model, new JsonPart(header.File, "task", task.RootElement), main[^1]);
    }

    /// <summary>Whether a safetensors file's metadata says that it is a model.</summary>
    internal static bool IsModel(IReadOnlyDictionary<string, string> metadata) => metadata.TryGetValue("format", out string? format) && format == "graft";

    private static void CheckKind(SafetensorsHeader header)
    {
        if (!IsModel(header.Metadata))
            throw new WeightFileException(header.File, "it is a safetensors file, but not a .graft file: its metadata has no format \"graft\". Import it with `graft import`.");
        if (header.Metadata.TryGetValue(SeriesFile.Kind, out string? kind))
            throw new WeightFileException(header.File, $"it holds {SeriesFile.Describe(kind)}, not a network for images. Use it with `graft forecast`.");
        CheckVersion(header.File, Metadata(header, "format_version"));
    }

    internal static void CheckVersion(string file, string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
            throw new WeightFileException(file, $"format_version must be a whole number from 1, not {WeightFileException.Quote(text)}.");
        if (version > Version)
            throw new WeightFileException(file, $"it was written in version {version} of the .graft format, and this Graft reads up to version {Version}. Update Graft.");
    }

    /// <summary>The scales of each weight that the network computes with as whole numbers.</summary>
    private static Dictionary<string, Tensor> Scales(Network network) => network.Graph.Nodes
        .Where(node => node.Operation is ILinearLayer { IsQuantized: true }).DistinctBy(node => node.Scope)
        .ToDictionary(node => node.WeightName("weight"), node => network.Weight(node, QuantizedWeight.Scale));

    private static OrderedDictionary<string, Tensor> Weights(Stream stream, SafetensorsHeader header, Graph graph)
    {
        OrderedDictionary<string, Tensor> tensors = Safetensors.ReadTensors(stream, header);
        foreach (SafetensorsHeader.Entry scales in header.Entries)
        {
            if (QuantizedRows.MatrixOf(header, scales) is not { } matrix) continue;
            if (tensors[matrix.Name].Span.Contains(sbyte.MinValue))
                throw new WeightFileException(header.File, $"the weight {WeightFileException.Quote(matrix.Name)} holds -128, and whole numbers that stand for weights are from -127 to 127.");
            QuantizedRows.Scale(tensors[matrix.Name], tensors[scales.Name]);
            if (!graph.Parameters.ContainsKey(scales.Name)) tensors.Remove(scales.Name);
        }

        return tensors;
    }

    // Before anything is allocated: what the graph needs must be what the file holds.
    private static void CheckWeights(SafetensorsHeader header, Graph graph)
    {
        HashSet<string> held = [];
        foreach (SafetensorsHeader.Entry entry in header.Entries.Where(entry => graph.Parameters.ContainsKey(entry.Name) || QuantizedRows.MatrixOf(header, entry) is null))
        {
            if (!graph.Parameters.TryGetValue(entry.Name, out Parameter? parameter))
                throw new WeightFileException(header.File, $"the file holds the weight {WeightFileException.Quote(entry.Name)}, which its network does not have.");
            if (parameter.Shape != entry.Shape)
                throw new WeightFileException(header.File, $"the weight {WeightFileException.Quote(entry.Name)} has the shape {entry.Shape}, but the network takes {parameter.Shape}.");
            held.Add(entry.Name);
        }

        string? missing = graph.Parameters.Keys.FirstOrDefault(name => !held.Contains(name));
        if (missing is not null) throw new WeightFileException(header.File, $"the network needs the weight {WeightFileException.Quote(missing)}, which the file does not hold.");
    }

    internal static string Metadata(SafetensorsHeader header, string key) => header.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new WeightFileException(header.File, $"its metadata has no '{key}'.");

    private static ImmutableArray<string> ReadLabels(SafetensorsHeader header)
    {
        using JsonDocument document = Parse(header, "labels");
        return [.. new JsonPart(header.File, "labels", document.RootElement).Items(MostLabels).Select(label => label.String())];
    }

    private static ImmutableSortedDictionary<string, string> ReadProvenance(SafetensorsHeader header)
    {
        using JsonDocument document = Parse(header, "provenance");
        return new JsonPart(header.File, "provenance", document.RootElement).Members()
            .ToImmutableSortedDictionary(m => m.Name, m => m.Value.String(1 << 16), StringComparer.Ordinal);
    }

    private static string WritePreprocessing(Preprocessing preprocessing) => JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("resolution", preprocessing.Resolution);
        writer.WriteNumber("crop_fraction", preprocessing.CropFraction);
        writer.WriteString("interpolation", preprocessing.Interpolation == Interpolation.Bilinear ? "bilinear" : "bicubic");
        if (preprocessing.Decoding == JpegDecoding.Scaled) writer.WriteString("decoding", "scaled");
        writer.WriteArray("mean", preprocessing.Mean, writer.WriteNumberValue);
        writer.WriteArray("std", preprocessing.StandardDeviation, writer.WriteNumberValue);
        writer.WriteEndObject();
    });

    private static Preprocessing ReadPreprocessing(SafetensorsHeader header)
    {
        using JsonDocument document = Parse(header, "preprocessing");
        JsonPart root = new(header.File, "preprocessing", document.RootElement);
        Preprocessing preprocessing = new()
        {
            Resolution = root["resolution"].Int(1, 1 << 14),
            CropFraction = root["crop_fraction"].Number(),
            Interpolation = root["interpolation"].String() switch
            {
                "bilinear" => Interpolation.Bilinear,
                "bicubic" => Interpolation.Bicubic,
                string other => throw root["interpolation"].Error($"must be bilinear or bicubic, not {WeightFileException.Quote(other)}."),
            },
            Decoding = root.Find("decoding")?.String() switch
            {
                null or "exact" => JpegDecoding.Exact,
                "scaled" => JpegDecoding.Scaled,
                string other => throw root["decoding"].Error($"must be exact or scaled, not {WeightFileException.Quote(other)}."),
            },
            Mean = [.. root["mean"].Items(3).Select(v => v.Float())],
            StandardDeviation = [.. root["std"].Items(3).Select(v => v.Float())],
        };
        if (preprocessing.Problem is { } problem) throw new WeightFileException(header.File, $"its preprocessing cannot be done: {problem}.");
        return preprocessing;
    }

    private static JsonDocument Parse(SafetensorsHeader header, string key) =>
        JsonPart.Parse(header.File, key, Encoding.UTF8.GetBytes(Metadata(header, key)), depth: 8);
}
