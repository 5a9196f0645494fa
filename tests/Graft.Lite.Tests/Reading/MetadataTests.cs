using System.IO.Compression;
using System.Text;
using Graft.Lite.Reading;

namespace Graft.Lite.Tests.Reading;

/// <summary>Labels and preprocessing in a file's metadata.</summary>
public sealed class MetadataTests
{
    private const string Labels = "background\nrose\r\ntulip\ncrane\ncrane\ndaisy\nSonnenblume \u00fc\n\n";

    /// <summary>Names of classes lie in an archive behind the tables, whose places are counted from the file's beginning or from its own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LabelsAreRead(bool fromTheBeginning)
    {
        LiteImport import = LiteImporter.Import(WithLabels(Labels, fromTheBeginning), "hand.tflite");
        Assert.Equal(["background", "rose", "tulip", "crane", "crane", "daisy", "Sonnenblume \u00fc"], import.Model.Labels);
        Assert.Equal("Flowers", import.Model.Network.Graph.Architecture);
        Assert.Equal("Graft's tests", import.Model.Provenance["producer"]);
    }

    [Theory]
    [InlineData("one\ntwo", "The file's list of labels, 'labels.txt', has 2 names for 7 outputs: it was left out.")]
    [InlineData("1\n2\n3\n\n5\n6\n7", "The file's list of labels, 'labels.txt', has a name without letters, or one that is too long: it was left out.")]
    [InlineData(null, "The file's list of labels, 'labels.txt', cannot be unpacked (there is no archive behind the tables): it was left out.")]
    public void LabelsThatDoNotFitAreLeftOut(string? labels, string note)
    {
        LiteImport import = LiteImporter.Import(WithLabels(labels, true), "hand.tflite");
        Assert.Empty(import.Model.Labels);
        Assert.Contains(note, import.Report.Notes);
    }

    /// <summary>A list that unpacks to far more than names of classes can be is not unpacked.</summary>
    [Fact]
    public void AnEndlessListIsLeftOut()
    {
        LiteImport import = LiteImporter.Import(WithLabels(new string('a', 100_000_000), true), "hand.tflite");
        Assert.Contains("The file's list of labels, 'labels.txt', cannot be unpacked (it is longer than the names of the classes can be): it was left out.", import.Report.Notes);
    }

    /// <summary>The file that other projects' tests read is what the writer beside it writes; with GRAFT_WRITE_FIXTURES=1 this test writes it.</summary>
    [Fact]
    public void TheFixtureIsWhatIsWritten()
    {
        string path = Path.Combine(Repository.Root, "tests", "Graft.Lite.Tests", "Reading", "Fixtures", "flowers.tflite");
        byte[] file = WithLabels(Labels, fromTheBeginning: true);
        if (Environment.GetEnvironmentVariable("GRAFT_WRITE_FIXTURES") == "1") File.WriteAllBytes(path, file);
        Assert.Equal(file, File.ReadAllBytes(path));
        Assert.Equal(7, LiteImporter.Import(path).Model.Labels.Length);
    }

    /// <summary>What is subtracted from a pixel's value, and what it is divided by.</summary>
    [Fact]
    public void NormalizationIsRead()
    {
        LiteNetwork network = new();
        network.Inputs = [network.Tensor(new TensorPart("image", [1, 4, 4, 3], LiteType.Float32))];
        network.Outputs = [network.Operator(LiteNetwork.HardSwish, network.Inputs, new TensorPart("swish", [1, 4, 4, 3], LiteType.Float32))];
        Assert.True(network.Import().Report.AssumesPreprocessing);
        network.Metadata.Add(("TFLITE_METADATA", Metadata([127.5f], [127.5f])));
        LiteImport import = network.Import();
        Assert.False(import.Report.AssumesPreprocessing);
        Assert.Equal([0.5f, 0.5f, 0.5f], import.Model.Preprocessing.Mean);
        Assert.Equal([0.5f, 0.5f, 0.5f], import.Model.Preprocessing.StandardDeviation);

        network.Metadata[0] = ("TFLITE_METADATA", Metadata([123.675f, 116.28f, 103.53f], [51, 102, 255]));
        import = network.Import();
        Assert.Equal([0.485f, 0.456f, 0.406f], import.Model.Preprocessing.Mean.Select(mean => MathF.Round(mean, 5)));
        Assert.Equal([0.2f, 0.4f, 1], import.Model.Preprocessing.StandardDeviation);

        network.Metadata[0] = ("TFLITE_METADATA", Metadata([127.5f], [0]));
        import = network.Import();
        Assert.True(import.Report.AssumesPreprocessing);
        Assert.Contains("What the file says of the normalization of images cannot be meant (1 mean, 1 deviation): it was left out.", import.Report.Notes);
        network.Metadata[0] = ("TFLITE_METADATA", [200, 0, 0, 0, 1, 2, 3, 4]);
        Assert.Contains(network.Import().Report.Notes, note => note.StartsWith("The file's metadata were left out: hand.tflite: it points to 4 bytes at 200, beyond its end at 8.", StringComparison.Ordinal));
    }

    /// <summary>A network of seven classes with a list of labels.</summary>
    internal static byte[] WithLabels(string? labels, bool fromTheBeginning)
    {
        LiteNetwork network = new QuantizedLite(new QuantizedKind(LiteType.Int8, true)).Network.Clone();
        network.Metadata.Add(("TFLITE_METADATA", Metadata([127.5f], [127.5f])));
        byte[] file = network.Write();
        if (labels is null) return file;
        using MemoryStream all = new(), own = new();
        all.Write(file);
        using (ZipArchive archive = new(fromTheBeginning ? all : own, ZipArchiveMode.Create, leaveOpen: true))
        {
            ZipArchiveEntry entry = archive.CreateEntry("labels.txt", labels.Length > 10_000 ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream stream = entry.Open();
            stream.Write(Encoding.UTF8.GetBytes(labels));
        }

        if (!fromTheBeginning) all.Write(own.ToArray());
        return all.ToArray();
    }

    private static byte[] Metadata(float[] mean, float[] deviation)
    {
        FlatNode input = new((0, "image"), (4, new[] { new FlatNode((0, (sbyte)1), (1, new FlatNode((0, mean), (1, deviation)))) }));
        FlatNode output = new((0, "probability"), (6, new[] { new FlatNode((0, "labels.txt"), (2, (sbyte)2)) }));
        return FlatWriter.Write(new FlatNode((0, "Flowers"), (3, new[] { new FlatNode((2, new[] { input }), (3, new[] { output })) })), "M001");
    }
}
