using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Graft.Formats.KeyMaps;
using Graft.Formats.PyTorch;
using Graft.Models;
using Graft.Networks;

namespace Graft.Formats;

/// <summary>A model made from another framework's file, and what became of its weights.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">The report.</param>
public sealed record Imported(Model Model, LoadReport Report);

/// <summary>Makes models from the files of other frameworks. What a file is shows in its first bytes, not in its name.</summary>
public static class WeightImporter
{
    /// <summary>
    /// Reads a <c>.graft</c> file; a TensorFlow.js layers model or an export of Teachable Machine (its folder, <c>model.json</c> or zip archive); a
    /// state dictionary (<c>.safetensors</c> or <c>.pth</c>) of torchvision's MobileNetV2 or ResNets, timm's MobileNetV1 or V2, or the authors' IBN-Nets, whose
    /// width and depth show in its names and shapes.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <exception cref="WeightFileException">The file is of no kind that is read, breaks its format's rules, or does not fit an architecture that is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Imported Import(string path) => Import(path, NetworkLimits.Default);

    /// <summary>As <see cref="Import(string)"/>, with limits of what the network may cost.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="limits">The limits.</param>
    /// <exception cref="WeightFileException">The file is of no kind that is read, breaks its format's rules, does not fit an architecture that is known, or is over a limit.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Imported Import(string path, NetworkLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Imported imported = Read(path, limits);
        return limits.Exceeded(imported.Model.Network.Graph) is { } exceeded ? throw new WeightFileException(path, exceeded) : imported;
    }

    private static Imported Read(string path, NetworkLimits limits)
    {
        if (Directory.Exists(path))
        {
            if (!File.Exists(Path.Combine(path, "model.json")))
                throw new WeightFileException(path, "the folder has no model.json. A folder is read as a TensorFlow.js model or an export of Teachable Machine; other formats are single files.");
            return Tfjs(new FolderFiles(path, path), "model.json");
        }

        if (!File.Exists(path)) throw new WeightFileException(path, "there is no such file or folder.");
        byte[] start = new byte[16];
        int length;
        using (FileStream stream = File.OpenRead(path)) length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> first = start.AsSpan(0, length);
        if (length == 0) throw new WeightFileException(path, "the file is empty.");
        if (first.StartsWith("PK"u8)) return ImportZip(path);
        if (PyTorchFile.IsLegacy(first)) return ImportStateDictionary(PyTorchFile.Read(path));
        if (length > 8 && first[8] == '{') return ImportSafetensors(path, limits);
        if (Encoding.UTF8.GetString(first).TrimStart('\uFEFF', ' ', '\t', '\r', '\n').StartsWith('{'))
            return Tfjs(new FolderFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, path), Path.GetFileName(path));
        throw new WeightFileException(path, "no format of weights that is known: it is no .graft, .safetensors, .pth or .onnx file, and no model.json of TensorFlow.js.");
    }

    private static Imported Tfjs(FileSet files, string modelFile)
    {
        (Model model, LoadReport report) = Keras.Tfjs.Read(files, modelFile);
        return new Imported(model, report);
    }

    private static Imported ImportSafetensors(string path, NetworkLimits limits)
    {
        SafetensorsHeader header;
        using (FileStream stream = File.OpenRead(path)) header = SafetensorsHeader.Read(stream, path);
        if (!ModelFile.IsModel(header.Metadata)) return ImportStateDictionary(Safetensors.Read(path));
        Model model = ModelFile.Load(path, limits);
        return new Imported(model, new LoadReport(path) { Applied = [.. model.Network.Graph.Parameters.Keys] });
    }

    private static Imported ImportStateDictionary(TensorFile file)
    {
        KeyMap keys = KeyMap.Detect(file.Tensors)
            ?? throw new WeightFileException(file.Name, $"its {file.Tensors.Count} tensors have names of no architecture that is known: {string.Join(", ", KeyMap.All.Select(m => m.Name))}. The first is {WeightFileException.Quote(file.Tensors.Keys.FirstOrDefault("none"))}.");
        Graph graph = keys.Infer(file.Tensors)
            ?? throw new WeightFileException(file.Name, $"its tensors are named as those of {keys.Name}, but their shapes fit none of those that are known: {string.Join(", ", Architectures.All.Select(a => a.Name).Where(n => n.StartsWith(keys.Family, StringComparison.Ordinal)))}.");
        (Network network, LoadReport report) = WeightLoader.Load(graph, file, keys);
        Model model = new(network)
        {
            Preprocessing = keys.Preprocessing,
            Provenance = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", $"{keys.Name} state dictionary"),
        };
        return new Imported(model, report);
    }

    private static Imported ImportZip(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            ZipArchiveEntry? model = archive.Entries.Where(e => e.Name == "model.json").MinBy(e => e.FullName.Length);
            if (model is not null) return Tfjs(new ZipFiles(archive, model.FullName[..^"model.json".Length], path), "model.json");
            if (!archive.Entries.Any(e => e.Name == "data.pkl"))
                throw new WeightFileException(path, "the archive has neither a model.json, as an export of Teachable Machine, nor a data.pkl, as a .pth file of PyTorch.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new WeightFileException(path, $"the archive is damaged: {e.Message}", cause: e);
        }

        return ImportStateDictionary(PyTorchFile.Read(path));
    }
}
