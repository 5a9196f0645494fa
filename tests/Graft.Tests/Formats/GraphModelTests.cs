using System.Text;
using Graft.Activations;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>TensorFlow.js graph models; what they compute is by TensorFlow.js itself (Fixtures/make_graphs.js).</summary>
public class GraphModelTests
{
    internal static Dictionary<string, byte[]> Files(string name) => Directory.GetFiles(Fixture.Path("Formats", $"graphs/{name}")).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    private static Imported Read(string name, params (string Name, string Text)[] beside)
    {
        Dictionary<string, byte[]> files = Files(name);
        foreach ((string file, string text) in beside) files[file] = Encoding.UTF8.GetBytes(text);
        return Tfjs.Read(new MemoryFiles(files), "model.json");
    }

    private static float[] Expected(string name, string value) => Fixture.Json("Formats", "graphs.json").GetProperty(name).GetProperty(value).Floats();

    private static float[] Run(Model model, Tensor image, string output) =>
        ReferencePlan.Run(model.Network, new Dictionary<string, Tensor> { [model.Network.Graph.Inputs[0].Name] = image })[output].Span.ToArray();

    // Values of the full range from 0 to 1, prepared as the model says.
    private static Tensor Prepared(Model model, int side)
    {
        Tensor image = TestNumbers.UniformTensor([1, side, side, 3], 50, 0.5, 0.5);
        for (int i = 0; i < image.Span.Length; i++) image.Span[i] = (image.Span[i] - model.Preprocessing.Mean[i % 3]) / model.Preprocessing.StandardDeviation[i % 3];
        return image;
    }

    [Theory]
    [InlineData("fused")]
    [InlineData("gates")]
    [InlineData("joined")]
    public void ComputesWhatTensorFlowJsComputes(string name)
    {
        Imported imported = Read(name);
        Model model = imported.Model;
        Tensor image = TestNumbers.UniformTensor([1, 8, 8, 3], 50);
        Assert.Equal(["features", "logits"], model.Network.Graph.Outputs.Select(output => output.Name));
        TestNumbers.AssertClose(Expected(name, "features"), Run(model, image, "features"), 1e-5);
        TestNumbers.AssertClose(Expected(name, "logits"), Run(model, image, "logits"), 1e-5);
        Assert.Equal(Preprocessing.Centered with { Resolution = 8 }, model.Preprocessing);
        Assert.True(imported.AssumesPreprocessing);
        Assert.True(imported.Report.IsComplete);
        Assert.Equal("TensorFlow.js graph model", model.Provenance["source"]);
        Assert.Equal("TensorFlow.js Converter v4.22.0", model.Provenance["source_converter"]);
    }

    [Fact]
    public void ArithmeticOfTheImageIsThePreprocessing()
    {
        Imported plain = Read("plain");
        Assert.Equal(Preprocessing.Centered with { Resolution = 9 }, plain.Model.Preprocessing);
        Assert.False(plain.AssumesPreprocessing);
        Assert.Contains("The arithmetic that the file begins with, on values from 0 to 1, is the model's preprocessing here: a mean of 0.5 and a deviation of 0.5 of the full range.", plain.Notes);
        TestNumbers.AssertClose(Expected("plain", "features"), Run(plain.Model, Prepared(plain.Model, 9), "features"), 1e-5);
        TestNumbers.AssertClose(Expected("plain", "logits"), Run(plain.Model, Prepared(plain.Model, 9), "logits"), 1e-5);

        // Here values reach 255, and the file leaves the side of the image open.
        Imported prepared = Read("prepared", ("metadata.json", """{"labels": ["a", "b", "c", "d"], "imageSize": 8}"""));
        Assert.Equal(8, prepared.Model.Preprocessing.Resolution);
        TestNumbers.AssertClose([0.485f, 0.456f, 0.406f], prepared.Model.Preprocessing.Mean.AsSpan(), 1e-5);
        TestNumbers.AssertClose([0.229f, 0.224f, 0.225f], prepared.Model.Preprocessing.StandardDeviation.AsSpan(), 1e-5);
        Assert.Equal(["features"], prepared.Model.Network.Graph.Outputs.Select(output => output.Name));
        TestNumbers.AssertClose(Expected("prepared", "features"), Run(prepared.Model, Prepared(prepared.Model, 8), "features"), 1e-5);
        Imported open = Read("prepared");
        Assert.Equal(224, open.Model.Preprocessing.Resolution);
        Assert.Contains("The file leaves the size of its image open: 224 pixels a side were taken.", open.Notes);
    }

    [Theory]
    [InlineData("DT_FLOAT", "2", "1", "0 to 1", 0.5f, 0.5f)]
    [InlineData("DT_UINT8", "0.0078431375", "1", "0 to 255", 0.5f, 0.5f)]
    [InlineData("DT_FLOAT", "0.003921569", "0", "0 to 255", 0, 1)]
    [InlineData("DT_FLOAT", "1", "127.5", "0 to 255", 0.5f, 1 / 255f)]
    public void ItsNumbersSayWhatImagesAre(string type, string factor, string less, string range, float mean, float deviation)
    {
        Dictionary<string, byte[]> files = Files("plain");
        string json = Encoding.UTF8.GetString(files["model.json"]);
        files["model.json"] = Encoding.UTF8.GetBytes(json.Replace("\"dtype\":{\"type\":\"DT_FLOAT\"},\"shape\"", $"\"dtype\":{{\"type\":\"{type}\"}},\"shape\"", StringComparison.Ordinal));
        byte[] weights = files["group1-shard1of1.bin"];
        BitConverter.GetBytes(float.Parse(factor, System.Globalization.CultureInfo.InvariantCulture)).CopyTo(weights, 0);
        BitConverter.GetBytes(float.Parse(less, System.Globalization.CultureInfo.InvariantCulture)).CopyTo(weights, 4);
        Imported imported = Tfjs.Read(new MemoryFiles(files), "model.json");
        Assert.Contains(imported.Notes, note => note.Contains($"on values from {range},", StringComparison.Ordinal));
        Assert.All(imported.Model.Preprocessing.Mean, value => Assert.Equal(mean, value, 1e-5f));
        Assert.All(imported.Model.Preprocessing.StandardDeviation, value => Assert.Equal(deviation, value, 1e-5f));
        Assert.DoesNotContain(imported.Model.Network.Graph.Nodes, node => node.Name.StartsWith("doubled", StringComparison.Ordinal));
    }

    [Fact]
    public void FunctionsOfSeveralNodesAreOneActivation()
    {
        Graph graph = Read("gates").Model.Network.Graph;
        Assert.Equal(
            [ActivationFunction.HardSwish, ActivationFunction.Relu, ActivationFunction.HardSigmoid, ActivationFunction.HardSwish, ActivationFunction.Silu, ActivationFunction.Relu],
            graph.Nodes.Select(node => node.Operation).OfType<Activation>().Select(activation => activation.Function));
        Assert.Single(graph.Nodes, node => node.Operation is Multiply);

        // A product, a difference, a quotient and another difference with constants are one factor and one offset.
        Assert.Equal("scaled", Assert.Single(graph.Nodes, node => node.Operation is BatchNorm).Name);
        Assert.All(graph.Nodes.Select(node => node.Operation).OfType<Dense>(), dense => Assert.True(dense.HasBias));
    }

    [Fact]
    public void WindowsAndPaddingAreThoseOfTheFile()
    {
        Dictionary<string, Operation> plain = Read("plain").Model.Network.Graph.Nodes.ToDictionary(node => node.Name, node => node.Operation);
        Assert.Equal(new Conv2d(4, 3) { HasBias = true }, plain["conv"]);
        Assert.Equal(new Conv2d(4, 3) { HasBias = true, Stride = 2, Groups = 4, Padding = new Padding(false, 0, 1, 0, 1) }, plain["depthwise"]);
        Assert.Equal(new Pool2d(PoolFunction.Max, 3) { Padding = new Padding(false, 0, 1, 0, 1) }, plain["largest"]);
        Assert.Equal(new Pool2d(PoolFunction.Average, 2) { Padding = Padding.Same }, plain["average"]);
        Assert.Equal(1e-3f, Assert.IsType<BatchNorm>(plain["norm"]).Epsilon);
        Dictionary<string, Operation> fused = Read("fused").Model.Network.Graph.Nodes.ToDictionary(node => node.Name, node => node.Operation);
        Assert.Equal(new Conv2d(6, 3) { HasBias = true, Stride = 2, Padding = Padding.Same }, fused["model/stem/Relu6"]);
        Assert.Equal(new Conv2d(12, 3) { HasBias = true, Groups = 6, Padding = Padding.Same }, fused["model/wide/Relu"]);
        Dictionary<string, Operation> gates = Read("gates").Model.Network.Graph.Nodes.ToDictionary(node => node.Name, node => node.Operation);
        Assert.Equal(new Conv2d(4, 3) { HasBias = true, Stride = 2, Padding = new Padding(false, 1, 0, 1, 1) }, gates["stem"]);
    }

    [Fact]
    public void ASigmoidAtTheEndIsOfIndependentLabels()
    {
        Model model = Read("gates", ("labels.txt", "red\nround\nripe\n")).Model;
        Assert.Equal(ModelTask.MultiLabel, model.Task);
        Assert.Equal(["red", "round", "ripe"], model.Labels);
    }

    [Fact]
    public void LabelsAreTakenWhereTheyFit()
    {
        Assert.Equal(["a", "b", "c", "d", "é"], Read("fused", ("labels.txt", "\uFEFFa\r\nb\r\nc\r\nd\r\né\r\n")).Model.Labels);
        Imported few = Read("fused", ("labels.txt", "a\nb"));
        Assert.Empty(few.Model.Labels);
        Assert.Contains("labels.txt has 2 labels for 5 outputs: it was left out.", few.Notes);
        Assert.Contains("labels.txt has a label without letters, or one that is too long: it was left out.", Read("fused", ("labels.txt", "a\n\nb\nc\nd")).Notes);
    }

    [Fact]
    public void AFolderIsImportedAndMayLoseItsHead()
    {
        string folder = Fixture.Path("Formats", "graphs/fused");
        Model model = WeightImporter.Import(Path.Combine(folder, "model.json"), new WeightImportOptions { DropHead = true }).Model;
        Assert.Equal(["features"], model.Network.Graph.Outputs.Select(output => output.Name));
        TestNumbers.AssertClose(Expected("fused", "features"), Run(model, TestNumbers.UniformTensor([1, 8, 8, 3], 50), "features"), 1e-5);
        MemoryStream stream = new();
        ModelFile.Save(WeightImporter.Import(folder).Model, stream);
        stream.Position = 0;
        TestNumbers.AssertClose(Expected("fused", "logits"), Run(ModelFile.Load(stream, "x"), TestNumbers.UniformTensor([1, 8, 8, 3], 50), "logits"), 1e-5);
    }
}
