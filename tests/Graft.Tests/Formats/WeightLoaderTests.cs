using System.IO.Compression;
using System.Text.Json;
using Graft.Formats;
using Graft.Formats.KeyMaps;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public sealed class WeightLoaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-weights").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>torchvision's state dictionary with numbers made by a formula, as a file.</summary>
    private string TorchvisionFile()
    {
        Dictionary<string, Tensor> tensors = [];
        uint seed = 100;
        foreach (JsonElement key in Fixture.Json("Formats", "torchvision.json").GetProperty("keys").EnumerateArray())
        {
            string name = key.GetProperty("name").GetString()!;
            tensors.Add(name, TestNumbers.UniformTensor(Shape.Create(key.GetProperty("shape").Integers()), seed++, key.GetProperty("scale").GetDouble(), key.GetProperty("offset").GetDouble()));
            if (name.EndsWith("running_var", StringComparison.Ordinal)) tensors.Add(name.Replace("running_var", "num_batches_tracked"), new Tensor([], [7]));
        }

        string path = Path.Combine(folder, "torchvision.safetensors");
        Safetensors.Write(path, tensors);
        return path;
    }

    [Fact]
    public void TorchvisionsWeightsGiveTorchvisionsLogits()
    {
        Imported imported = WeightImporter.Import(TorchvisionFile());
        Assert.Equal("mobilenetv2_025", imported.Model.Network.Graph.Architecture);
        Assert.True(imported.Report.IsComplete);
        Assert.Equal(52, imported.Report.Ignored.Length);
        Assert.Equal(262, imported.Report.Applied.Length);
        Network network = imported.Model.Network.WithInputSize(64, 64);
        Tensor logits = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = TestNumbers.UniformTensor([2, 64, 64, 3], 1) })["logits"];
        TestNumbers.AssertClose(Fixture.Json("Formats", "torchvision.json").GetProperty("logits").Floats(), logits.Span, 1e-4);
    }

    [Fact]
    public void ReadsOurOwnNames()
    {
        foreach (string name in new[] { "mobilenetv1_050", "mobilenetv2_050" })
        {
            Network network = Network.Random(Architectures.Get(name).Trunk().WithHead(7), 3);
            string path = Path.Combine(folder, $"{name}.safetensors");
            Safetensors.Write(path, network.Weights);
            Imported imported = WeightImporter.Import(path);
            Assert.Equal(name, imported.Model.Network.Graph.Architecture);
            Assert.Equal(network.Graph.Nodes, imported.Model.Network.Graph.Nodes);
            foreach ((string weight, Tensor value) in network.Weights) Assert.Equal(value.Span.ToArray(), imported.Model.Network.Weights[weight].Span.ToArray());
            Assert.Equal(name.Contains("v1") ? Preprocessing.Centered : Preprocessing.ImageNet, imported.Model.Preprocessing);
        }
    }

    [Fact]
    public void AStrictLoadReportsWhatDoesNotFit()
    {
        (Graph graph, TensorFile file) = Damaged();
        Assert.Equal(
            """
            x: the file and the network do not fit. 2 applied, 1 missing, 1 unused, 1 of another shape, 1 ignored.
              missing: bn1.bias; the file has bn1.bios
              shape: bn1.weight takes [4], the file's bn1.weight has [5]
              unused: bn1.bios
            """,
            Assert.Throws<WeightFileException>(() => WeightLoader.Load(graph, file)).Message);
    }

    [Fact]
    public void ALooseLoadKeepsTheRandomStartOfWhatDoesNotFit()
    {
        (Graph graph, TensorFile file) = Damaged();
        (Network network, LoadReport report) = WeightLoader.Load(graph, file, strict: false, seed: 9);
        Network random = Network.Random(graph, 9);
        Assert.False(report.IsComplete);
        Assert.Equal(random.Weights["bn1.weight"].Span.ToArray(), network.Weights["bn1.weight"].Span.ToArray());
        Assert.Equal(random.Weights["bn1.bias"].Span.ToArray(), network.Weights["bn1.bias"].Span.ToArray());
        Assert.Same(file.Tensors["bn1.running_mean"], network.Weights["bn1.running_mean"]);
        Assert.Equal("bn1.bios", report.NearName("bn1.bias"));
    }

    [Fact]
    public void UnknownNamesAreRefused()
    {
        string path = Path.Combine(folder, "other.safetensors");
        Safetensors.Write(path, new Dictionary<string, Tensor> { ["layer1.weight"] = new([1]) });
        Assert.Equal(
            $"{path}: its 1 tensor has a name of no architecture that is known: timm EfficientNet-Lite, timm MobileNetV4, timm MobileNetV3, timm MobileNetV2, timm MobileNetV1, torchvision MobileNetV3 large, torchvision MobileNetV3 small, torchvision MobileNetV2, torchvision ResNet. The first is 'layer1.weight'.",
            Assert.Throws<WeightFileException>(() => WeightImporter.Import(path)).Message);
    }

    [Fact]
    public void OtherFilesAreRefused()
    {
        string path = Path.Combine(folder, "notes.txt");
        File.WriteAllText(path, "hello, this is text");
        const string Expected = "Expected is a .graft, .safetensors, .pth, .onnx, .tflite, .h5 or .keras file, or the model.json or .zip file of TensorFlow.js or Teachable Machine.";
        Refused($"{path}: it is no model, it seems to be text. {Expected}");
        File.WriteAllText(path, "day,x\n1,2\n");
        Refused($"{path}: it is no model, it seems to be a table as text, such as CSV. {Expected}");
        File.WriteAllBytes(path, [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]);
        Refused($"{path}: it is no model, it seems to be a JPEG image. {Expected}");
        File.WriteAllBytes(path, [7, 1, 2, 3]);
        Refused($"{path}: it is no model. {Expected}");
        File.WriteAllText(path, "");
        Refused($"{path}: the file is empty. {Expected}");
        using (ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create)) zip.CreateEntry("a.csv");
        Refused($"{path}: it is no model, it seems to be a ZIP archive of something else: it has neither a model.json, as an export of Teachable Machine, nor a data.pkl, as a .pth file of PyTorch.");
        File.Delete(path);
        Refused($"{path}: there is no such file or folder.");
        Directory.CreateDirectory(path);
        Refused($"{path}: the folder has no model.json. A folder is read as a TensorFlow.js model or an export of Teachable Machine; other formats are single files.");

        void Refused(string message) => Assert.Equal(message, Assert.Throws<WeightFileException>(() => WeightImporter.Import(path)).Message);
    }

    [Fact]
    public void TorchvisionsResNetIsReadWithItsClassifier()
    {
        Network network = Network.Random(ResNet.Trunk(18).WithHead(7), 3);
        Dictionary<string, Tensor> tensors = network.Weights.ToDictionary(w => w.Key.Replace("classifier.", "fc.", StringComparison.Ordinal), w => w.Value);
        tensors.Add("layer1.0.bn1.num_batches_tracked", new Tensor([], [7]));
        string path = Path.Combine(folder, "resnet.safetensors");
        Safetensors.Write(path, tensors);
        Imported imported = WeightImporter.Import(path);
        Assert.Equal("resnet18", imported.Model.Network.Graph.Architecture);
        Assert.Equal(network.Graph.Nodes, imported.Model.Network.Graph.Nodes);
        Assert.Equal(102, imported.Report.Applied.Length);
        Assert.Equal(["layer1.0.bn1.num_batches_tracked"], imported.Report.Ignored);
        foreach ((string weight, Tensor value) in network.Weights) Assert.True(value.Span.SequenceEqual(imported.Model.Network.Weights[weight].Span), weight);
        Assert.Equal(Architectures.Get("resnet18").Preprocessing, imported.Model.Preprocessing);
        Assert.Equal("torchvision ResNet state dictionary", imported.Model.Provenance["source"]);
    }

    /// <summary>A shallow network's names are among a deep one's, and a plain one's but for the statistics among those of IBN-b.</summary>
    [Theory]
    [MemberData(nameof(ResNets))]
    public void AResNetIsKnownByItsNamesAndShapes(string name)
    {
        Graph graph = Architectures.Get(name).Trunk(new TrunkOptions { Resolution = 64 });
        Dictionary<string, Tensor> tensors = graph.Parameters.ToDictionary(p => p.Key, p => new Tensor(p.Value.Shape));
        KeyMap map = KeyMap.Detect(tensors)!;
        Assert.Equal("torchvision ResNet", map.Name);
        Assert.Equal(name, map.Fitting(tensors)[0].Name);
        Assert.Equal(["features"], map.TrunkAndHead(map.Fitting(tensors)[0], tensors).Outputs.Select(o => o.Name).TakeLast(1));
    }

    public static TheoryData<string> ResNets() => [.. Architectures.All.Select(a => a.Name).Where(n => n.StartsWith("resnet", StringComparison.Ordinal))];

    [Fact]
    public void EveryWeightOfTorchvisionHasItsOwnKey()
    {
        Graph graph = MobileNetV2.Trunk().WithHead(1000);
        KeyMap map = KeyMap.All.Single(m => m.Name == "torchvision MobileNetV2");
        string[] keys = [.. graph.Parameters.Keys.Select(map.Key)];
        string[] expected = [.. Fixture.Json("Formats", "torchvision.json").GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("name").GetString()!)];
        Assert.Equal(expected.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    private static (Graph Graph, TensorFile File) Damaged()
    {
        GraphBuilder builder = new("small");
        string x = builder.Input("image", 4, 4, 4);
        builder.Output("out", builder.Add("bn1", new Graft.Operations.Normalization.BatchNorm(), x));
        Dictionary<string, Tensor> tensors = new()
        {
            ["bn1.weight"] = new([5]),
            ["bn1.bios"] = new([4]),
            ["bn1.running_mean"] = new([4]),
            ["bn1.running_var"] = new([4]),
            ["bn1.num_batches_tracked"] = new([]),
        };
        return (builder.Build(), new TensorFile("x", tensors));
    }
}
