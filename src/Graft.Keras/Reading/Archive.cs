using System.IO.Compression;
using System.Text.Json;
using Graft.Formats;
using Graft.Keras.Hdf5;

namespace Graft.Keras.Reading;

/// <summary>Keras 3's own file: a ZIP archive of the model as JSON, its weights in HDF5, and the version that wrote it.</summary>
internal static class Archive
{
    private const string ConfigFile = "config.json", WeightFile = "model.weights.h5", VersionFile = "metadata.json";

    // Keras stores files as they are; others may compress them.
    private const int BytesPerByte = 4;
    private const int BytesFor = 4 << 20;

    public static KerasImport Read(byte[] bytes, string name, KerasImportOptions options)
    {
        using ZipArchive archive = new(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
        ZipFiles files = new(archive, "", name);
        if (archive.GetEntry(ConfigFile) is null || archive.GetEntry(WeightFile) is null)
            throw new WeightFileException(name, $"it is no .keras archive, which has {ConfigFile} and {WeightFile}. Save the model with model.save(\"name.keras\") of Keras 3.");
        long total = 0;
        foreach (string part in (string[])[ConfigFile, WeightFile, VersionFile])
            if (archive.GetEntry(part) is not null) total += files.Open(part).Length;
        if (total > ((long)BytesPerByte * bytes.Length) + BytesFor) throw new WeightFileException(name, $"the files in the archive unpack to {total} bytes from {bytes.Length}; that is refused.");
        string version = "";
        if (files.TryRead(VersionFile) is { } metadata)
        {
            using JsonDocument document = JsonPart.Parse(name, VersionFile, metadata, depth: 16);
            version = new JsonPart(name, VersionFile, document.RootElement).FindValue("keras_version")?.String(64) ?? "";
        }

        return NetworkReader.Read(files.Read(ConfigFile), ConfigFile, new PathWeights(new H5File(files.Read(WeightFile), name)), version.Length > 0 ? version : "3", options);
    }
}
