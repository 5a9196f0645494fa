using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Graft.Formats;

namespace Graft.Lite.Reading;

/// <summary>
/// What a file says beside its network, by the schema of TensorFlow Lite's metadata: how numbers are made of pixels, and the names of classes, which are in a zip archive behind the file's tables. It is taken where it can be
/// understood, and said where it cannot; the network is read all the same.
/// </summary>
internal sealed class FileMetadata
{
    private const string Key = "TFLITE_METADATA";
    private const int Normalization = 1, AxisLabels = 2, ValueLabels = 3, MostParts = 64;
    private const float Largest = 1e20f;

    private readonly byte[] bytes;
    private readonly List<string> notes;

    /// <summary>Reads what is there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="input">The place of the image among the file's inputs.</param>
    /// <param name="notes">Collects what the user should know.</param>
    public FileMetadata(LiteFile file, byte[] bytes, int input, List<string> notes)
    {
        (this.bytes, this.notes) = (bytes, notes);
        ReadOnlyMemory<byte> stored = file.Metadata(Key);
        if (stored.IsEmpty) return;
        try
        {
            FlatTable root = new FlatFile(stored.ToArray(), file.Name).Root();
            Name = root.Text(0);
            FlatTables subgraphs = root.Tables(3);
            if (subgraphs.Count == 0) return;
            FlatTable graph = subgraphs.Take(0, "subgraph");
            if (graph.Tables(2) is var inputs && input < inputs.Count) ReadNormalization(inputs.Take(input, "input"));
            if (graph.Tables(3) is { Count: > 0 } outputs) LabelFile = FindLabels(outputs.Take(0, "output").Tables(6));
        }
        catch (WeightFileException e)
        {
            notes.Add($"The file's metadata were left out: {e.Message}");
        }
    }

    /// <summary>What the model is called; empty where that is not said.</summary>
    public string Name { get; } = "";

    /// <summary>What is subtracted from a pixel's values from 0 to 255, one for all channels or one for each, and what they are divided by; null where that is not said.</summary>
    public (float[] Mean, float[] Deviation)? Pixels { get; private set; }

    /// <summary>The name of the file of labels; null where there is none.</summary>
    public string? LabelFile { get; }

    /// <summary>The names of the classes; empty where the file has none for them.</summary>
    /// <param name="classes">How many there are.</param>
    public ImmutableArray<string> Labels(int classes)
    {
        if (LabelFile is null) return [];
        try
        {
            string[]? lines = Lines(LabelFile, classes);
            if (lines is null) return LeftOut("is not in the file");
            if (lines.Length != classes) return LeftOut($"has {Amount.Of(lines.Length, "name")} for {Amount.Of(classes, "output")}");
            return Array.Exists(lines, line => line.Length is 0 or > ModelFile.LongestLabel) ? LeftOut("has a name without letters, or one that is too long") : [.. lines];
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException)
        {
            return LeftOut($"cannot be unpacked ({e.Message.TrimEnd('.')})");
        }

        ImmutableArray<string> LeftOut(string why)
        {
            notes.Add($"The file's list of labels, {WeightFileException.Quote(LabelFile)}, {why}: it was left out.");
            return [];
        }
    }

    private void ReadNormalization(FlatTable tensor)
    {
        FlatTables units = tensor.Tables(4);
        for (int i = 0; i < Math.Min(units.Count, MostParts); i++)
        {
            FlatTable unit = units.Take(i, "step of preparation");
            if (unit.SByte(0) != Normalization || unit.Table(1) is not { } options) continue;
            (float[] mean, float[] deviation) = (options.Floats(0, MostParts, "mean"), options.Floats(1, MostParts, "deviation"));
            if (mean.Length is 1 or 3 && deviation.Length is 1 or 3 && mean.All(value => Math.Abs(value) <= Largest) && deviation.All(value => value is > 1 / Largest and <= Largest)) Pixels = (mean, deviation);
            else notes.Add($"What the file says of the normalization of images cannot be meant ({Amount.Of(mean.Length, "mean")}, {Amount.Of(deviation.Length, "deviation")}): it was left out.");
        }
    }

    private static string? FindLabels(FlatTables files)
    {
        for (int i = 0; i < Math.Min(files.Count, MostParts); i++)
        {
            FlatTable entry = files.Take(i, "file");

            // Those in other languages say so.
            if (entry.SByte(2) is AxisLabels or ValueLabels && entry.Text(3).Length == 0) return entry.Text(0);
        }

        return null;
    }

    /// <summary>The lines of a file in the archive, no more of it than names of so many classes can take.</summary>
    private string[]? Lines(string name, int classes)
    {
        using ZipArchive archive = new(new MemoryStream(bytes, ArchiveStart(), bytes.Length - ArchiveStart(), writable: false), ZipArchiveMode.Read);
        if (archive.GetEntry(name) is not { } entry) return null;
        byte[] text = new byte[(256 * classes) + 4096];
        int length;
        using (Stream stream = entry.Open()) length = stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (length == text.Length) throw new InvalidDataException("it is longer than the names of the classes can be");
        return [.. Encoding.UTF8.GetString(text, 0, length).TrimStart('\uFEFF').TrimEnd().Split('\n').Select(line => line.Trim())];
    }

    // Some programs count places from the beginning of the file, others from that of the archive: it is where its list of contents, which lies just before the record of its end, says it begins.
    private int ArchiveStart()
    {
        int end = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + 22 > bytes.Length) throw new InvalidDataException("there is no archive behind the tables");
        long size = BitConverter.ToUInt32(bytes, end + 12), offset = BitConverter.ToUInt32(bytes, end + 16), start = end - size - offset;
        return start >= 0 && start <= end ? (int)start : throw new InvalidDataException("the archive's list of contents lies outside it");
    }
}
