using System.Text;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Inference;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public class TfjsTests
{
    private static readonly Tensor Image = TestNumbers.UniformTensor([1, 8, 8, 3], 50);

    private static Model Read(string folder, string file) => Tfjs.Read(new FolderFiles(Fixture.Path("Formats", folder), "x"), file).Model;

    private static float[] Run(Model model, string output) =>
        ReferencePlan.Run(model.Network, new Dictionary<string, Tensor> { ["image"] = Image })[output].Span.ToArray();

    [Theory]
    [InlineData("model.json", "logits")]
    [InlineData("keras3.json", "logits")]
    [InlineData("quantized.json", "quantized")]
    public void ComputesWhatTorchComputes(string file, string expected)
    {
        Model model = Read("tiny", file);
        TestNumbers.AssertClose(Fixture.Json("Formats", "tiny.json").GetProperty(expected).Floats(), Run(model, "logits"), 1e-5);
        Assert.Equal("tiny", model.Network.Graph.Architecture);
        Assert.Equal(["features", "logits"], model.Network.Graph.Outputs.Select(o => o.Name));
        Assert.Equal("pool", model.Network.Graph.Output("features").Value);
        Assert.Equal(Preprocessing.Centered with { Resolution = 8 }, model.Preprocessing);
    }

    [Fact]
    public void ComputesLayersThatMobileNetsDoNotHave()
    {
        Model model = Read("layers", "model.json");
        TestNumbers.AssertClose(Fixture.Json("Formats", "layers.json").GetProperty("logits").Floats(), Run(model, "logits"), 1e-5);
        Assert.Equal(["features", "logits"], model.Network.Graph.Outputs.Select(o => o.Name));
    }

    [Fact]
    public void ConvertsMomentumAndKeepsEpsilon()
    {
        Model model = Read("tiny", "model.json");
        BatchNorm[] norms = [.. model.Network.Graph.Nodes.Select(n => n.Operation).OfType<BatchNorm>()];
        Assert.Equal(new BatchNorm { Epsilon = 1e-3f, Momentum = (float)(1 - 0.99) }, norms[0]);
        Assert.Equal(new BatchNorm { Epsilon = 1e-2f, Momentum = (float)(1 - 0.999) }, norms[1]);
    }

    [Fact]
    public void ReadsAnExportOfTeachableMachine()
    {
        Model model = WeightImporter.Import(Fixture.Path("Formats", "machine")).Model;
        Assert.Equal(["김치", "sushi", "pizza"], model.Labels);
        Assert.Equal(Preprocessing.TeachableMachine with { Resolution = 8 }, model.Preprocessing);
        TestNumbers.AssertClose(Fixture.Json("Formats", "machine.json").GetProperty("features").Floats(), Run(model, "features"), 1e-5);
        TestNumbers.AssertClose(Fixture.Json("Formats", "machine.json").GetProperty("logits").Floats(), Run(model, "logits"), 1e-5);
        Assert.Equal("Teachable Machine", model.Provenance["source"]);
        Assert.Equal("2.4.4", model.Provenance["source_version"]);
        Assert.Equal("my model", model.Provenance["source_model"]);
    }

    [Fact]
    public void ReadsAnExportInAZipArchive()
    {
        string folder = Directory.CreateTempSubdirectory("graft-zip").FullName;
        try
        {
            string zip = Path.Combine(folder, "export.zip");
            System.IO.Compression.ZipFile.CreateFromDirectory(Fixture.Path("Formats", "machine"), zip, System.IO.Compression.CompressionLevel.Optimal, includeBaseDirectory: true);
            Model model = WeightImporter.Import(zip).Model;
            TestNumbers.AssertClose(Fixture.Json("Formats", "machine.json").GetProperty("logits").Floats(), Run(model, "logits"), 1e-5);
            Assert.Equal(3, model.Labels.Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A name in a file may be a link to a device that never ends, or to a large file of which nothing is wanted.</summary>
    [Theory]
    [InlineData("weights.bin", "the weight files weights.bin have 0 bytes, but the manifest describes {0}.")]
    [InlineData("model.json", "model.json is not valid JSON: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true. LineNumber: 0 | BytePositionInLine: 0.")]
    public void ALinkToAnEndlessDeviceIsNotRead(string linked, string message)
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no endless device.");
        string folder = Directory.CreateTempSubdirectory("graft-link").FullName;
        try
        {
            foreach (string file in Directory.GetFiles(Fixture.Path("Formats", "machine"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            string path = Path.Combine(folder, linked);
            long length = new FileInfo(Path.Combine(folder, "weights.bin")).Length;
            File.Delete(path);
            File.CreateSymbolicLink(path, "/dev/zero");
            Assert.Equal($"{folder}: {string.Format(message, length)}", Assert.Throws<WeightFileException>(() => WeightImporter.Import(folder)).Message);

            // A link to an ordinary file is followed: folders of downloads are made of them.
            File.Delete(path);
            File.CreateSymbolicLink(path, Path.Combine(Fixture.Path("Formats", "machine"), linked));
            Assert.Equal(3, WeightImporter.Import(folder).Model.Labels.Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AFileLargerThanItsManifestIsNotRead()
    {
        Dictionary<string, byte[]> files = Directory.GetFiles(Fixture.Path("Formats", "machine")).ToDictionary(f => Path.GetFileName(f)!, File.ReadAllBytes);
        CountingFiles counting = new(files);
        files["weights.bin"] = [.. files["weights.bin"], 0];
        Assert.Equal(
            $"x: the weight files weights.bin have more than {files["weights.bin"].Length - 1} bytes, but the manifest describes {files["weights.bin"].Length - 1}.",
            Assert.Throws<WeightFileException>(() => Tfjs.Read(counting, "model.json")).Message);
        Assert.DoesNotContain("weights.bin", counting.Read);
    }

    /// <summary>Files that remember which of them were read.</summary>
    private sealed class CountingFiles(Dictionary<string, byte[]> files) : FileSet
    {
        public new List<string> Read { get; } = [];

        public override string Name => "x";

        protected override Entry? Find(string file) => !files.TryGetValue(file, out byte[]? bytes) ? null : new Entry(bytes.Length, () =>
        {
            Read.Add(file);
            return bytes;
        });
    }

    [Theory]
    [InlineData("\"class_name\":\"Dropout\"", "\"class_name\":\"LSTM\"", "x: model.modelTopology.config.layers[11] ('dropout') is a 'LSTM', which is not read. These are: InputLayer, ZeroPadding2D, Conv2D, DepthwiseConv2D, SeparableConv2D, BatchNormalization, ReLU, Activation, Softmax, Add, Multiply, Concatenate, Subtract, TrueDivide, Divide, Rescaling, Normalization, GlobalAveragePooling2D, MaxPooling2D, AveragePooling2D, Dense, Dropout, Flatten, Reshape, RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast, RandomBrightness, GaussianNoise.")]
    [InlineData("\"kernel_size\":[3,3],\"strides\":[2,2]", "\"kernel_size\":[3,5],\"strides\":[2,2]", "x: model.modelTopology.config.layers[2].config.kernel_size must be the same in both directions, not 3 and 5.")]
    [InlineData("\"max_value\":6", "\"max_value\":5", "x: model.modelTopology.config.layers[4].config.max_value must be 6 or null, not 5.")]
    [InlineData("group1-shard2of3.bin", "../group1-shard2of3.bin", "x: it names the file '../group1-shard2of3.bin'; only files beside it are read.")]
    [InlineData("group1-shard2of3.bin", "/etc/passwd", "x: it names the file '/etc/passwd'; only files beside it are read.")]
    [InlineData("group1-shard2of3.bin", "shard.bin", "x: the file 'shard.bin' is missing beside it.")]
    [InlineData("\"group1-shard2of3.bin\",", "", "x: the weight files group1-shard1of3.bin, group1-shard3of3.bin have 795 bytes, but the manifest describes 1044.")]
    [InlineData("{\"name\":\"dense/bias\",\"shape\":[5],\"dtype\":\"float32\"}", "{\"name\":\"dense/bias\",\"shape\":[5],\"dtype\":\"string\"}", "x: model.weightsManifest[0].weights[8].dtype is 'string', which is not read. It may be float32, float16, int32, uint8, uint16 or bool.")]
    [InlineData("\"name\":\"dense/bias\"", "\"name\":\"dense/base\"", "x: the file and the network do not fit. 13 applied, 1 missing, 1 unused, 0 of another shape, 0 ignored.\n  missing: dense.bias (looked for as dense/bias); the file has dense/base\n  unused: dense/base")]
    [InlineData("\"units\":5", "\"units\":6", "x: the file and the network do not fit. 12 applied, 0 missing, 0 unused, 2 of another shape, 0 ignored.\n  shape: dense.weight takes [6, 4], the file's dense/kernel has [4, 5]\n  shape: dense.bias takes [6], the file's dense/bias has [5]")]
    [InlineData("\"padding\":\"valid\"", "\"padding\":\"same\"", "x: model.modelTopology.config.layers[2] ('stem') pads by the same rule after a ZeroPadding2D, which is not read.")]
    [InlineData("\"format\":\"layers-model\"", "\"format\":\"graph-model\"", "x: model.format is graph-model, but model.modelTopology has no 'node': the file is damaged.")]
    public void RefusesWhatItDoesNotUnderstand(string original, string replacement, string message)
    {
        string json = File.ReadAllText(Fixture.Path("Formats", "tiny/model.json"));
        Assert.Contains(original, json);
        int at = json.IndexOf(original, StringComparison.Ordinal);
        json = json[..at] + replacement + json[(at + original.Length)..];
        Dictionary<string, byte[]> files = Directory.GetFiles(Fixture.Path("Formats", "tiny"), "*.bin").ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
        files["model.json"] = Encoding.UTF8.GetBytes(json);
        Assert.Equal(message, Assert.Throws<WeightFileException>(() => Tfjs.Read(new MemoryFiles(files), "model.json")).Message);
    }
}
