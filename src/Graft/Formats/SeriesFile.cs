using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Graft.Formats.Series;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;

namespace Graft.Formats;

/// <summary>
/// <c>.graft</c> files of forecasters and of echo state networks. As those of models they are safetensors files with <c>format</c> "graft" and <c>format_version</c> in the metadata, and there
/// <c>kind</c>, "forecaster" or "echo_state_network"; as JSON <c>network</c>, <c>forecaster</c> and <c>provenance</c>; weights, scaling and the last state as arrays, exact to the last bit.
/// </summary>
internal static class SeriesFile
{
    internal const string Kind = "kind";

    private const string ForecasterKind = "forecaster", NetworkKind = "echo_state_network";

    /// <summary>Saves a forecaster whole or not at all.</summary>
    /// <param name="forecaster">The forecaster, which goes on from its state to the same bits when it is loaded.</param>
    /// <param name="path">The file, by custom ending in <c>.graft</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Forecaster forecaster, string path) => AtomicFile.Write(path, stream => Save(forecaster, stream));

    /// <summary>Saves a network whole or not at all.</summary>
    /// <param name="network">The network, which goes on from its state to the same bits when it is loaded.</param>
    /// <param name="path">The file, by custom ending in <c>.graft</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(EchoStateNetwork network, string path) => AtomicFile.Write(path, stream => Save(network, stream));

    /// <summary>Saves a forecaster to a stream. The same forecaster gives the same bytes.</summary>
    /// <param name="forecaster">The forecaster.</param>
    /// <param name="stream">The stream.</param>
    public static void Save(Forecaster forecaster, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(forecaster);
        ArrayWriter arrays = new();
        Dictionary<string, string> metadata = Metadata(ForecasterKind);
        metadata["forecaster"] = Object(writer => ForecasterFormat.Write(forecaster, writer, arrays));

        // The forecaster's state holds the network's.
        metadata["network"] = Object(writer => NetworkFormat.Write(forecaster.Network.With(null), writer, arrays));
        metadata["provenance"] = Object(writer =>
        {
            foreach ((string key, string value) in forecaster.Provenance) writer.WriteString(key, value);
        });
        arrays.Write(stream, metadata);
    }

    /// <summary>Saves a network to a stream. The same network gives the same bytes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">The stream.</param>
    public static void Save(EchoStateNetwork network, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArrayWriter arrays = new();
        Dictionary<string, string> metadata = Metadata(NetworkKind);
        metadata["network"] = Object(writer => NetworkFormat.Write(network, writer, arrays));
        arrays.Write(stream, metadata);
    }

    /// <summary>What a file holds; null where it is not one of a forecaster or network, or cannot be read at all.</summary>
    /// <param name="path">The file.</param>
    public static SeriesFileKind? KindOf(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
            return !ModelFile.IsModel(header.Metadata) ? null : header.Metadata.GetValueOrDefault(Kind) switch
            {
                ForecasterKind => SeriesFileKind.Forecaster,
                NetworkKind => SeriesFileKind.Network,
                _ => null,
            };
        }
        catch (Exception e) when (e is WeightFileException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Loads a forecaster.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file is not a whole and well-formed one of a forecaster, in a version that is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Forecaster LoadForecaster(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return LoadForecaster(stream, path);
    }

    /// <summary>Loads a forecaster from a stream.</summary>
    /// <param name="stream">The stream, read from its start to its end; one that cannot seek is copied to memory first.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">It is not a whole and well-formed file of a forecaster, in a version that is known.</exception>
    public static Forecaster LoadForecaster(Stream stream, string name = "forecaster") => Load(stream, name, ForecasterKind, (header, network, arrays) =>
    {
        using JsonDocument document = Parse(header, "forecaster"), provenance = Parse(header, "provenance");
        return ForecasterFormat.Read(new JsonPart(name, "forecaster", document.RootElement), network, arrays) with
        {
            Provenance = new JsonPart(name, "provenance", provenance.RootElement).Members()
                .ToImmutableSortedDictionary(m => m.Name, m => m.Value.String(1 << 16), StringComparer.Ordinal),
        };
    });

    /// <summary>Loads a network.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file is not a whole and well-formed one of an echo state network, in a version that is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EchoStateNetwork LoadNetwork(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return LoadNetwork(stream, path);
    }

    /// <summary>Loads a network from a stream.</summary>
    /// <param name="stream">The stream, read from its start to its end; one that cannot seek is copied to memory first.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">It is not a whole and well-formed file of an echo state network, in a version that is known.</exception>
    public static EchoStateNetwork LoadNetwork(Stream stream, string name = "network") => Load(stream, name, NetworkKind, (_, network, _) => network);

    /// <summary>What a kind of file holds, in words.</summary>
    internal static string Describe(string? kind) => kind switch
    {
        ForecasterKind => "a forecaster of series",
        NetworkKind => "an echo state network for series",
        null => "a network for images",
        _ => $"something of the kind {WeightFileException.Quote(kind)}",
    };

    private static T Load<T>(Stream stream, string name, string kind, Func<SafetensorsHeader, EchoStateNetwork, ArrayReader, T> read)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(ref stream, name, $"a .graft file of {Describe(kind)}");
        if (!ModelFile.IsModel(header.Metadata))
            throw new WeightFileException(name, $"it is a safetensors file, but not a .graft file: its metadata has no format \"graft\". A file of {Describe(kind)} is made by fitting one.");
        string? held = header.Metadata.GetValueOrDefault(Kind);
        if (held != kind)
            throw new WeightFileException(name, $"it holds {Describe(held)}, not {Describe(kind)}.{(held is null ? " Use it with `graft predict`." : "")}");
        ModelFile.CheckVersion(name, ModelFile.Metadata(header, "format_version"));
        return Jsons.Guard(name, () =>
        {
            ArrayReader arrays = new(stream, header);
            using JsonDocument document = Parse(header, "network");
            T result = read(header, NetworkFormat.Read(new JsonPart(name, "network", document.RootElement), arrays), arrays);
            arrays.Finish();
            return result;
        });
    }

    private static Dictionary<string, string> Metadata(string kind) => new()
    {
        ["format"] = "graft",
        ["format_version"] = ModelFile.Version.ToString(CultureInfo.InvariantCulture),
        [Kind] = kind,
    };

    private static string Object(Action<Utf8JsonWriter> write) => JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    });

    private static JsonDocument Parse(SafetensorsHeader header, string key) => JsonPart.Parse(header.File, key, Encoding.UTF8.GetBytes(ModelFile.Metadata(header, key)), depth: 32);
}
