using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Graft.Formats.PyTorch;
using Graft.Networks;

namespace Graft.Formats;

/// <summary>A model made from another framework's file, and what became of its weights.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">The report.</param>
public sealed record Imported(Model Model, LoadReport Report)
{
    /// <summary>Whether the file does not say how images are prepared, so that it was taken from what wrote such files.</summary>
    public bool AssumesPreprocessing { get; init; }

    /// <summary>Whether the file is a dictionary of named tensors, without a graph.</summary>
    public bool IsStateDictionary { get; init; }

    /// <summary>What was chosen and what was left out, as sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>The architectures, besides the one that it was taken for, whose weights have the same names and shapes.</summary>
    internal ImmutableArray<string> AlsoFits { get; init; } = [];
}

/// <summary>Makes models from the files of other frameworks. What a file is shows in its first bytes, not in its name.</summary>
public static class WeightImporter
{
    /// <summary>
    /// Reads a <c>.graft</c> file; a TensorFlow.js model, of layers or a graph, or an export of Teachable Machine (its folder, <c>model.json</c> or zip archive); a
    /// state dictionary (<c>.safetensors</c> or <c>.pth</c>) of torchvision's MobileNetV2, V3 or ResNets, timm's MobileNetV1 to V4 or EfficientNet-Lite, or the authors' IBN-Nets, whose
    /// width and depth show in its names and shapes. Prefixes that a program put before every name, such as <c>module.</c>, <c>_orig_mod.</c> or <c>backbone.</c>, are dropped.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">What is taken of it; null is everything, and a checkpoint's average where it has one.</param>
    /// <exception cref="WeightFileException">The file is of no kind that is read, breaks its format's rules, or does not fit an architecture that is known.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Imported Import(string path, WeightImportOptions? options = null)
    {
        options ??= new WeightImportOptions();
        Imported imported = Read(path, options);
        if (options.Limits.Exceeded(imported.Model.Network.Graph) is { } exceeded) throw new WeightFileException(path, exceeded);
        return options.DropHead && imported.Model.Network.Graph.Outputs[^1].Name != ClassifierHead.Features ? imported with { Model = imported.Model.WithoutHead() } : imported;
    }

    private static Imported Read(string path, WeightImportOptions options)
    {
        if (Directory.Exists(path))
        {
            if (!File.Exists(Path.Combine(path, "model.json")))
                throw new WeightFileException(path, "the folder has no model.json. A folder is read as a TensorFlow.js model or an export of Teachable Machine; other formats are single files.");
            return Keras.Tfjs.Read(new FolderFiles(path, path), "model.json");
        }

        if (!File.Exists(path)) throw new WeightFileException(path, "there is no such file or folder.");
        byte[] start = new byte[NoModel.HeadLength];
        int length;
        using (FileStream stream = File.OpenRead(path)) length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> first = start.AsSpan(0, length);
        if (first.StartsWith("PK"u8)) return ImportZip(path, options);
        if (PyTorchFile.IsLegacy(first)) return StateDictionaryImporter.Import(PyTorchFile.Read(path, options.Take), options);
        if (length > 8 && first[8] == '{') return ImportSafetensors(path, options);
        if (Encoding.UTF8.GetString(first).TrimStart('\uFEFF', ' ', '\t', '\r', '\n').StartsWith('{'))
            return Keras.Tfjs.Read(new FolderFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, path), Path.GetFileName(path));
        throw NoModel.Of(path, first, "a .graft, .safetensors, .pth, .onnx, .tflite, .h5 or .keras file, or the model.json or .zip file of TensorFlow.js or Teachable Machine");
    }

    private static Imported ImportSafetensors(string path, WeightImportOptions options)
    {
        SafetensorsHeader header;
        using (FileStream stream = File.OpenRead(path)) header = SafetensorsHeader.Read(stream, path);
        if (!ModelFile.IsModel(header.Metadata)) return StateDictionaryImporter.Import(Safetensors.Read(path), options);
        Model model = ModelFile.Load(path, options.Limits);
        return new Imported(model, new LoadReport(path) { Applied = [.. model.Network.Graph.Parameters.Keys] });
    }

    private static Imported ImportZip(string path, WeightImportOptions options)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            ZipArchiveEntry? model = archive.Entries.Where(e => e.Name == "model.json").MinBy(e => e.FullName.Length);
            if (model is not null) return Keras.Tfjs.Read(new ZipFiles(archive, model.FullName[..^"model.json".Length], path), "model.json");
            if (!archive.Entries.Any(e => e.Name == "data.pkl"))
                throw new WeightFileException(path, "it is no model, it seems to be a ZIP archive of something else: it has neither a model.json, as an export of Teachable Machine, nor a data.pkl, as a .pth file of PyTorch.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new WeightFileException(path, $"the archive is damaged: {e.Message}", cause: e);
        }

        return StateDictionaryImporter.Import(PyTorchFile.Read(path, options.Take), options);
    }
}
