using System.Collections.Immutable;
using System.Text.Json;
using Graft.Activations;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public class ModelFileTests
{
    /// <summary>A model with one of every operation.</summary>
    internal static Model EveryOperation()
    {
        GraphBuilder builder = new("every");
        string x = builder.Input("image", 16, 12, 3);
        x = builder.Add("conv", new Conv2d(4, 3) { Stride = 2, Dilation = 2, HasBias = true, Padding = new Padding(false, 1, 2, 3, 4) }, x);
        x = builder.Add("norm", new BatchNorm { Epsilon = 1e-3f, Momentum = 0.01f }, x);
        foreach (ActivationFunction function in ActivationFunction.All) x = builder.Add($"act.{function}", new Activation(function), x);
        string depthwise = builder.Add("dw", Conv2d.Depthwise(4, 3) with { Padding = Padding.Same }, x);
        x = builder.Add("sum", new Add(), depthwise, x);
        x = builder.Add("max", new Pool2d(PoolFunction.Max, 2) { Stride = 2, Padding = Padding.Symmetric(1) }, x);
        x = builder.Add("average", new Pool2d(PoolFunction.Average, 3) { Padding = Padding.Same }, x);
        x = builder.Add("up", new Resize(7, 9, ResizeMode.Bilinear), x);
        x = builder.Add("up2", new Resize(8, 9, ResizeMode.Nearest), x);
        x = builder.Add("up3", new Resize(11, 13, ResizeMode.Bilinear) { Scale = (1.4f, 1.5f) }, x);
        builder.Output("tap", x);
        x = builder.Add("pool", new GlobalAveragePool(), x);
        x = builder.Add("dropout", new Dropout(0.25f), x);
        builder.Output(ClassifierHead.Features, x);
        x = builder.Add("hidden", new Dense(4) { HasBias = false }, x);
        x = builder.Add("classifier", new Dense(3), x);
        x = builder.Add("softmax", new Softmax(), x);
        builder.Output(ClassifierHead.Logits, x);
        return new Model(Network.Random(builder.Build(), 1))
        {
            Labels = ["김치", "a \"b\"", ""],
            Preprocessing = Preprocessing.TeachableMachine with { Resolution = 96, CropFraction = 0.3, Decoding = JpegDecoding.Scaled },
            Provenance = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", "test").Add("Z", "1"),
        };
    }

    internal static byte[] Bytes(Model model, WeightPrecision precision = WeightPrecision.Float32)
    {
        MemoryStream stream = new();
        ModelFile.Save(model, stream, precision);
        return stream.ToArray();
    }

    private static Model Load(byte[] bytes) => ModelFile.Load(new MemoryStream(bytes), "x");

    [Fact]
    public void KeepsEverything()
    {
        Model model = EveryOperation();
        Model back = Load(Bytes(model));
        Graph graph = model.Network.Graph;
        Assert.Equal(graph.Architecture, back.Network.Graph.Architecture);
        Assert.Equal(graph.Inputs, back.Network.Graph.Inputs);
        Assert.Equal(graph.Nodes, back.Network.Graph.Nodes);
        Assert.Equal(graph.Outputs, back.Network.Graph.Outputs);
        Assert.Equal(graph.Parameters.Keys, back.Network.Graph.Parameters.Keys);
        foreach ((string name, Tensor weight) in model.Network.Weights) Assert.Equal(weight.Span.ToArray(), back.Network.Weights[name].Span.ToArray());
        Assert.Equal(model.Labels, back.Labels);
        Assert.Equal(model.Preprocessing, back.Preprocessing);
        Assert.Equal(model.Provenance, back.Provenance);
        Assert.Equal(Bytes(model), Bytes(back));
    }

    [Fact]
    public void KeepsSharedWeights()
    {
        Graph start = new("shared", [new("image", 4, 4, 2)], [new("a", new Conv2d(2, 1), ["image"]), new("b", new Conv2d(2, 1), ["a"]) { Scope = "a" }], [new("out", "b")]);
        Model back = Load(Bytes(new Model(Network.Random(start, 1))));
        Assert.Equal(start.Nodes, back.Network.Graph.Nodes);
        Assert.Equal(["a.weight"], back.Network.Weights.Keys);
    }

    [Fact]
    public void HalfPrecisionHalvesTheFile()
    {
        Model model = new(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.25, Resolution = 64 }), 1));
        byte[] single = Bytes(model), half = Bytes(model, WeightPrecision.Float16);
        Assert.InRange(half.Length, 0.5 * single.Length, 0.65 * single.Length);
        Model back = Load(half);
        float[] stem = model.Network.Weights["conv_stem.weight"].Span.ToArray();
        Assert.Equal([.. stem.Select(v => (float)(Half)v)], back.Network.Weights["conv_stem.weight"].Span.ToArray());
    }

    /// <summary>Whole numbers with a scale for each row: no weight is off by more than half a step of its row, and the largest of each row by nothing but rounding.</summary>
    [Fact]
    public void EightBitsTakeAQuarterOfTheFile()
    {
        Model model = new(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 64 }).WithHead(200), 1));
        byte[] single = Bytes(model), eight = Bytes(model, WeightPrecision.Int8);
        Assert.InRange(eight.Length, 0.25 * single.Length, 0.36 * single.Length);
        Model back = Load(eight);
        Assert.Equal(model.Network.Weights.Keys.Order(), back.Network.Weights.Keys.Order());
        foreach ((string name, Tensor weight) in model.Network.Weights)
        {
            Tensor read = back.Network.Weights[name];
            Assert.Equal(weight.Shape, read.Shape);
            int length = weight.Span.Length / weight.Shape[0];
            if (weight.Shape.Rank < 2) Assert.Equal(weight.Span, read.Span);
            else if (length < 24) Assert.Equal([.. weight.Span.ToArray().Select(v => (float)(Half)v)], read.Span.ToArray());
            else Assert.All(weight.Span.ToArray().Chunk(length).Zip(read.Span.ToArray().Chunk(length)), AreNear);
        }

        // Any reader finds whole numbers and their scales.
        TensorFile raw = Safetensors.Read(new MemoryStream(eight), "x");
        Assert.Equal(200, raw.Tensors["classifier.weight.scale"].Span.Length);
        Assert.Equal(127, raw.Tensors["classifier.weight"].Span.ToArray().Max(Math.Abs));

        static void AreNear((float[] Wanted, float[] Read) row)
        {
            float step = row.Wanted.Max(Math.Abs) / 127;
            Assert.Equal(row.Wanted.Max(Math.Abs), row.Read.Max(Math.Abs), 1e-5f * step * 127);
            Assert.All(row.Wanted.Zip(row.Read), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 0.5001f * step, $"{pair} {step}"));
        }
    }

    [Fact]
    public void RowsOfZerosAndWhatIsNotFiniteAreKept()
    {
        Graph graph = new("dense", [new("image", 1, 1, 24)], [new("a", new Conv2d(3, 1), ["image"])], [new("out", "a")]);
        float[] weights = [.. Enumerable.Range(0, 72).Select(i => i < 24 ? 0f : i - 40)];
        foreach (float odd in (float[])[0, float.NaN, float.PositiveInfinity])
        {
            weights[70] = odd;
            Tensor read = Load(Bytes(new Model(new Network(graph, new Dictionary<string, Tensor> { ["a.weight"] = new([3, 24, 1, 1], [.. weights]) })), WeightPrecision.Int8)).Network.Weights["a.weight"];
            Assert.Equal(new float[24], read.Span[..24].ToArray());
            Assert.Equal(odd, read.Span[70]);
        }
    }

    [Fact]
    public void TheGraphIsReadable()
    {
        TensorFile file = Safetensors.Read(new MemoryStream(Bytes(EveryOperation())), "x");
        Assert.Equal(["format", "format_version", "graph", "labels", "preprocessing", "provenance"], file.Metadata.Keys);
        Assert.Equal("1", file.Metadata["format_version"]);
        JsonElement conv = JsonDocument.Parse(file.Metadata["graph"]).RootElement.GetProperty("nodes")[0];
        Assert.Equal("""{"name":"conv","inputs":["image"],"op":"conv2d","outputs":4,"kernel":3,"stride":2,"dilation":2,"padding":[1,2,3,4],"bias":true}""", conv.GetRawText());
        Assert.Equal("""["김치","a \"b\"",""]""", file.Metadata["labels"]);
        Assert.Equal("""{"resolution":96,"crop_fraction":0.3,"interpolation":"bilinear","decoding":"scaled","mean":[0.49803922,0.49803922,0.49803922],"std":[0.49803922,0.49803922,0.49803922]}""", file.Metadata["preprocessing"]);
    }

    [Fact]
    public void RefusesANewerVersion() =>
        Refused("format_version", "2", "x: it was written in version 2 of the .graft format, and this Graft reads up to version 1. Update Graft.");

    [Fact]
    public void RefusesAVersionThatIsNoNumber() =>
        Refused("format_version", "one", "x: format_version must be a whole number from 1, not 'one'.");

    [Fact]
    public void RefusesPlainSafetensors() =>
        Refused("format", "pt", "x: it is a safetensors file, but not a .graft file: its metadata has no format \"graft\". Import it with `graft import`.");

    [Fact]
    public void RefusesLabelsThatDoNotFit() =>
        Refused("labels", """["a"]""", "x: the file has 1 label, but the network's output 'logits' has 3 values.");

    [Fact]
    public void AnUnknownOperationIsNamedWithThoseThatThereAre() => RefusesGraphsThatBreakARule(
        "\"op\":\"softmax\"",
        "\"op\":\"attention\"",
        $"x: graph.nodes[20].op is 'attention', which this version does not know. It knows: {string.Join(", ", OperationRegistry.Names)}. Update Graft.");

    [Theory]
    [InlineData("\"kernel\":3,\"stride\":2", "\"kernel\":3,\"twist\":1,\"stride\":2", "x: graph.nodes[0].twist is an attribute that this version does not know. Update Graft.")]
    [InlineData("\"kernel\":3,\"stride\":2", "\"kernel\":300,\"stride\":2", "x: graph.nodes[0].kernel must be a whole number from 1 to 255, not 300.")]
    [InlineData("\"height\":16", "\"height\":99999", "x: graph.inputs[0].height must be a whole number from 1 to 16384, not 99999.")]
    [InlineData("\"inputs\":[\"pool\"]", "\"inputs\":[\"poo\"]", "x: Node 'dropout': It takes the value 'poo', which no earlier node computes.")]
    [InlineData("\"name\":\"hidden\"", "\"name\":\"conv\"", "x: The name 'conv' is used twice.")]
    [InlineData("\"outputs\":3", "\"outputs\":4", "x: the weight 'classifier.weight' has the shape [3, 4], but the network takes [4, 4].")]
    [InlineData("\"bias\":true", "\"bias\":false", "x: the file holds the weight 'conv.bias', which its network does not have.")]
    [InlineData("\"outputs\":4,\"bias\":false", "\"outputs\":4", "x: the network needs the weight 'hidden.bias', which the file does not hold.")]
    public void RefusesGraphsThatBreakARule(string original, string replacement, string message)
    {
        string graph = GraphJson.Write(EveryOperation().Network.Graph);
        Assert.Contains(original, graph);
        Refused("graph", graph.Replace(original, replacement), message);
    }

    [Fact]
    public void RefusesValuesTooLargeToHold()
    {
        GraphBuilder builder = new("huge");
        string x = builder.Input("image", 16384, 16384, 3);
        x = builder.Add("conv", new Conv2d(8, 1), x);
        builder.Output("out", x);
        Refused("graph", GraphJson.Write(builder.Build()), "x: the value 'conv' has the shape [1, 16384, 16384, 8], which is more than 2147483583 elements.");
    }

    private static void Refused(string key, string value, string message)
    {
        TensorFile file = Safetensors.Read(new MemoryStream(Bytes(EveryOperation())), "x");
        Dictionary<string, string> metadata = new(file.Metadata) { [key] = value };
        MemoryStream stream = new();
        Safetensors.Write(stream, file.Tensors, metadata);
        stream.Position = 0;
        Assert.Equal(message, Assert.Throws<WeightFileException>(() => ModelFile.Load(stream, "x")).Message);
    }

    [Fact]
    public void LabelsAndNumbersAreKeptWithTheirThresholdsAndMargins()
    {
        Model model = EveryOperation();
        foreach (Model kept in (Model[])[model with { Task = ModelTask.MultiLabel, Thresholds = [0.25f, 0.5f, 1] }, model with { Task = ModelTask.Regress, Margins = [0.5f, 2, 0], Coverage = 0.9 }, model with { Task = ModelTask.Regress }])
        {
            using MemoryStream stream = new();
            ModelFile.Save(kept, stream);
            stream.Position = 0;
            Model read = ModelFile.Load(stream);
            Assert.Equal((kept.Task, kept.Coverage), (read.Task, read.Coverage));
            Assert.Equal(kept.Thresholds, read.Thresholds);
            Assert.Equal(kept.Margins, read.Margins);
        }

        Assert.Equal(ModelTask.Classify, (model with { Task = ModelTask.Regress }).WithoutHead().Task);
    }

    [Theory]
    [InlineData("{\"name\": \"fly\"}", "task.name must be multilabel or regress, not 'fly'. Update Graft.")]
    [InlineData("{\"name\": \"multilabel\", \"thresholds\": [0.5]}", "task.thresholds has 1 number, and the network has 3 outputs.")]
    [InlineData("{\"name\": \"multilabel\", \"thresholds\": [0.5, 2, 0]}", "task.thresholds has a number that is not from 0 to 1.")]
    [InlineData("{\"name\": \"regress\", \"margins\": [0.5, -2, 0], \"coverage\": 0.9}", "task.margins has a number that is not at least 0.")]
    [InlineData("{\"name\": \"regress\", \"margins\": [0.5, 2, 0], \"coverage\": 1}", "task.coverage must be above 0 and below 1.")]
    [InlineData("{}", "task has no 'name'.")]
    public void ATaskThatCannotBeIsRefused(string task, string message)
    {
        using JsonDocument document = JsonDocument.Parse(task);
        Assert.Equal($"x: {message}", Assert.Throws<WeightFileException>(() => TaskJson.Read(EveryOperation(), new JsonPart("x", "task", document.RootElement), 3)).Message);
    }

    [Fact]
    public void StatisticsOfFeaturesAreKeptToFourDigits()
    {
        Model model = EveryOperation() with { Network = Network.Random(Architectures.Get("mobilenetv2_035").Trunk().WithHead(2), 1), Labels = ["a", "b"] };
        int length = model.Network.Graph.OutputShape("features")[1];
        model = model with { FeatureStatistics = new([.. Enumerable.Range(0, length).Select(i => 0.123456f * i)], [.. Enumerable.Range(0, length).Select(i => 1e-7f * i)]) };
        using MemoryStream stream = new();
        ModelFile.Save(model, stream);
        stream.Position = 0;
        FeatureStatistics read = ModelFile.Load(stream).FeatureStatistics!;
        Assert.Equal((0, 0.1235f, 157.9f), (read.Means[0], read.Means[1], read.Means[1279]));
        Assert.Equal((0, 1e-7f, 0.0001279f), (read.Variances[0], read.Variances[1], read.Variances[1279]));
    }

    [Theory]
    [InlineData("{\"means\": [1], \"variances\": [1, 2]}", "features.means has 1 number, and the network has 2 features.")]
    [InlineData("{\"means\": [1, 2], \"variances\": [1, -2]}", "features.variances has a number that is not finite and at least 0.")]
    [InlineData("{\"means\": [1, 2]}", "features has no 'variances'.")]
    public void StatisticsOfFeaturesThatCannotBeAreRefused(string features, string message)
    {
        using JsonDocument document = JsonDocument.Parse(features);
        Assert.Equal($"x: {message}", Assert.Throws<WeightFileException>(() => FeatureStatisticsJson.Read(new JsonPart("x", "features", document.RootElement), 2)).Message);
    }
}
