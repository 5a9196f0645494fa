using System.Globalization;
using System.Text.Json;
using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;

namespace Graft.Tests.Models;

/// <summary>Counts, names, shapes and logits of MobileNetV3 and V4 and of EfficientNet-Lite against timm and torchvision, whose networks make_mobilenets.py runs.</summary>
public sealed class NewerMobileNetTests : IDisposable
{
    private static readonly JsonElement Expected = Fixture.Json("Models", "mobilenets.json");

    private readonly string folder = Directory.CreateTempSubdirectory("graft-mobile").FullName;

    public static TheoryData<string, string> Networks() =>
        [.. Expected.GetProperty("networks").EnumerateArray().Select(n => (n.GetProperty("source").GetString()!, n.GetProperty("architecture").GetString()!))];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Parameters, and multiply-adds at the resolution that timm's first weights were trained at: exactly as many as timm's networks have.</summary>
    [Fact]
    public void CountsAreThoseOfTimm()
    {
        JsonProperty[] counts = [.. Expected.GetProperty("counts").EnumerateObject()];
        Assert.Equal(29, counts.Length);
        foreach (JsonProperty count in counts)
        {
            NetworkSummary summary = new(Architectures.Get(count.Name).Trunk().WithHead(1000));
            Assert.Equal((count.Name, count.Value[0].GetInt64(), count.Value[1].GetInt64()), (summary.Architecture, summary.Parameters, summary.MultiplyAdds));
        }
    }

    /// <summary>
    /// As they are printed: torchvision's <c>num_params</c> and <c>_ops</c> (billions) of MobileNet_V3_Large_Weights and MobileNet_V3_Small_Weights, and timm's table of results, millions of parameters alone.
    /// </summary>
    [Theory]
    [InlineData("mobilenetv3_large_100", 5.483032, 0.217)]
    [InlineData("mobilenetv3_small_100", 2.542856, 0.057)]
    [InlineData("mobilenetv3_small_050", 1.59, null)]
    [InlineData("tf_mobilenetv3_large_minimal_100", 3.92, null)]
    [InlineData("mobilenetv4_conv_small", 3.77, null)]
    [InlineData("mobilenetv4_conv_medium", 9.72, null)]
    [InlineData("mobilenetv4_conv_large", 32.59, null)]
    [InlineData("efficientnet_lite0", 4.65, null)]
    [InlineData("tf_efficientnet_lite4", 13.01, null)]
    [InlineData("mobilenetv1_100h", 5.28, null)]
    public void CountsAreThosePublished(string name, double millions, double? billions)
    {
        NetworkSummary summary = new(Architectures.Get(name).Trunk().WithHead(1000));
        Assert.Equal(millions, summary.Parameters / 1e6, millions == Math.Round(millions, 2) ? 0.005 : 0);
        if (billions is { } operations) Assert.Equal(operations, summary.MultiplyAdds / 1e9, 0.0005);
    }

    /// <summary>Million multiply-adds of arXiv:1905.02244, table 3, at 224: the paper's large one has a few more, of which its text does not say where they are.</summary>
    [Theory]
    [InlineData(false, 1, 219, 3)]
    [InlineData(false, 0.75, 155, 1)]
    [InlineData(true, 1, 56, 1)]
    [InlineData(true, 0.75, 44, 1)]
    public void MultiplyAddsAreThoseOfThePaper(bool small, double width, int millions, double within) =>
        Assert.Equal(millions, new NetworkSummary(MobileNetV3.Trunk(new TrunkOptions { Width = width }, small).WithHead(1000)).MultiplyAdds / 1e6, within);

    /// <summary>A state dictionary with the names and shapes that timm's or torchvision's network has is imported, and the network gives the same logits for the same weights and image.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void AStateDictionaryGivesTheLogitsOfItsNetwork(string source, string architecture)
    {
        JsonElement expected = Expected.GetProperty("networks").EnumerateArray().Single(n => n.GetProperty("source").GetString() == source && n.GetProperty("architecture").GetString() == architecture);
        string path = Path.Combine(folder, "state.safetensors");
        Safetensors.Write(path, StateDictionary(expected.GetProperty("weights").GetString()!));
        Imported imported = WeightImporter.Import(path, new WeightImportOptions { Architecture = architecture });
        Graph graph = imported.Model.Network.Graph;
        Assert.True(imported.Report.IsComplete);
        Assert.Equal(architecture, graph.Architecture);
        bool isTensorFlow = architecture.StartsWith("tf_", StringComparison.Ordinal);
        Assert.All(graph.Nodes.Select(n => n.Operation).OfType<BatchNorm>(), norm => Assert.Equal(isTensorFlow || source != "timm" ? 1e-3f : 1e-5f, norm.Epsilon));
        Assert.All(graph.Nodes.Select(n => n.Operation).OfType<Conv2d>().Where(c => c.KernelSize > 1), convolution => Assert.Equal(isTensorFlow, convolution.Padding.IsSame));

        int resolution = expected.GetProperty("resolution").GetInt32();
        Assert.Equal((resolution, resolution, resolution), (graph.Inputs[0].Height, graph.Inputs[0].Width, imported.Model.Preprocessing.Resolution));
        Assert.Equal(source == "timm" ? Architectures.Get(architecture).Preprocessing : Preprocessing.Torchvision, imported.Model.Preprocessing);
        float[] logits = new float[10];
        using InferenceSession session = InferencePlan.Compile(imported.Model.Network, new InferenceOptions { Threads = 1 }).CreateSession();
        session.Run(TestNumbers.UniformTensor([1, resolution, resolution, 3], 7, 2).Span, 1, logits);
        TestNumbers.AssertClose(expected.GetProperty("logits").Floats(), logits, 1e-4, architecture);
    }

    [Fact]
    public void OfArchitecturesThatNoWeightTellsApartTheFirstIsTakenAndSaid()
    {
        string path = Path.Combine(folder, "state.safetensors");
        Safetensors.Write(path, Network.Random(Architectures.Get("tf_mobilenetv3_small_075").Trunk().WithHead(3), 1).Weights);
        Imported imported = WeightImporter.Import(path);
        Assert.Equal("mobilenetv3_small_075", imported.Model.Network.Graph.Architecture);
        Assert.Equal(
            ["Took it for mobilenetv3_small_075. tf_mobilenetv3_small_075 has weights of the same names and shapes: if it is that, say --architecture tf_mobilenetv3_small_075 (WeightImportOptions.Architecture)."],
            imported.Notes);
        Assert.Equal("tf_mobilenetv3_small_075", WeightImporter.Import(path, new WeightImportOptions { Architecture = "tf_mobilenetv3_small_075" }).Model.Network.Graph.Architecture);
        Assert.Equal(
            $"{path}: its weights are not of 'mobilenetv3_small_100': their names and shapes are those of mobilenetv3_small_075 and tf_mobilenetv3_small_075. Import it as one of these, or without --architecture.",
            Assert.Throws<WeightFileException>(() => WeightImporter.Import(path, new WeightImportOptions { Architecture = "mobilenetv3_small_100" })).Message);
    }

    /// <summary>A head of torchvision's MobileNetV3 is beside a layer of the trunk, <c>classifier.0</c>.</summary>
    [Fact]
    public void AnUnknownHeadBesideALayerOfTheTrunkIsDropped()
    {
        string weights = Expected.GetProperty("networks")[1].GetProperty("weights").GetString()!.Replace("classifier.3.", "classifier.3.1.", StringComparison.Ordinal);
        string path = Path.Combine(folder, "state.safetensors");
        Safetensors.Write(path, StateDictionary(weights));
        Assert.Contains(
            "its trunk is mobilenetv3_small_100, but its head is not the one dense layer that Graft reads: it has 'classifier.3.1.weight' [10, 1024], 'classifier.3.1.bias' [10]",
            Assert.Throws<WeightFileException>(() => WeightImporter.Import(path)).Message, StringComparison.Ordinal);
        Model trunk = WeightImporter.Import(path, new WeightImportOptions { DropHead = true }).Model;
        Assert.Equal((ClassifierHead.Features, 1024), (trunk.Network.Graph.Outputs[^1].Name, trunk.Network.Graph.OutputShape(ClassifierHead.Features)[1]));
    }

    [Fact]
    public void TapsHaveTheSizesOfTheirStrides()
    {
        string[] names = ["stride2", "stride4", "stride8", "stride16", "stride32", "features"];
        Graph large = MobileNetV3.Trunk(), small = MobileNetV3.Trunk(new TrunkOptions { Resolution = 75, Width = 0.5 }, small: true);
        Graph conv = MobileNetV4.Trunk(), medium = MobileNetV4.Trunk(new TrunkOptions { Resolution = 256 }, MobileNetV4Size.Medium), lite = EfficientNetLite.Trunk(2), v1 = MobileNetV1.Trunk(head: true);
        Assert.All([large, small, conv, medium, lite, v1], graph => Assert.Equal(names, graph.Outputs.Select(o => o.Name)));
        Assert.Equal([[1, 112, 112, 16], [1, 56, 56, 24], [1, 28, 28, 40], [1, 14, 14, 112], [1, 7, 7, 960], [1, 1280]], names.Select(large.OutputShape));
        Assert.Equal([[1, 38, 38, 16], [1, 19, 19, 8], [1, 10, 10, 16], [1, 5, 5, 24], [1, 3, 3, 288], [1, 1024]], names.Select(small.OutputShape));
        Assert.Equal([[1, 112, 112, 32], [1, 56, 56, 32], [1, 28, 28, 64], [1, 14, 14, 96], [1, 7, 7, 960], [1, 1280]], names.Select(conv.OutputShape));
        Assert.Equal([[1, 128, 128, 32], [1, 64, 64, 48], [1, 32, 32, 80], [1, 16, 16, 160], [1, 8, 8, 960], [1, 1280]], names.Select(medium.OutputShape));
        Assert.Equal([[1, 130, 130, 16], [1, 65, 65, 24], [1, 33, 33, 48], [1, 17, 17, 120], [1, 9, 9, 1280], [1, 1280]], names.Select(lite.OutputShape));
        Assert.Equal([1, 7, 7, 1024], v1.OutputShape("stride32"));
        Assert.Equal(
            ["mobilenetv3_large_100", "mobilenetv3_small_050", "mobilenetv4_conv_small", "mobilenetv4_conv_medium", "efficientnet_lite2", "mobilenetv1_100h"],
            ((Graph[])[large, small, conv, medium, lite, v1]).Select(graph => graph.Architecture));
    }

    /// <summary>Each can be asked for by name, at the resolution of its images, and gives a graph of that name.</summary>
    [Fact]
    public void EveryArchitectureHasTheNameAndResolutionThatItSays()
    {
        foreach (Architecture architecture in Architectures.All)
        {
            Graph graph = architecture.Trunk();
            Assert.Equal((architecture.Name, architecture.Preprocessing.Resolution), (graph.Architecture, graph.Inputs[0].Height));
            Assert.Equal(architecture.Stem, Assert.IsType<Conv2d>(graph.Nodes[0].Operation).OutChannels);
        }
    }

    /// <summary>
    /// With any normalization a gated network, and one with a norm behind the pooling, trains and runs. That norm, of features instead of an image, stays where the new one has statistics of a channel's pixels.
    /// </summary>
    [Theory]
    [MemberData(nameof(NormNames))]
    public void AnyNormalizationGoesIn(string norm)
    {
        bool needsImage = norm is "instance" or "ibn" or "frn" or "switchable";
        foreach ((string name, int norms) in (IEnumerable<(string, int)>)[("mobilenetv3_small_050", 34), ("mobilenetv4_conv_small_035", needsImage ? 45 : 46)])
        {
            Network network = TestNetworks.WithTestWeights(Architectures.Get(name).Trunk(new TrunkOptions { Resolution = 64 }).WithHead(3, dropout: 0));
            ReplacedNormalization replaced = network.ReplaceNormalization(NormalizationNames.Make(norm));
            Assert.Equal((name, norms), (name, replaced.Count));
            if (name.StartsWith("mobilenetv4", StringComparison.Ordinal) && needsImage) Assert.Equal(network.Weights["norm_head.running_mean"].Span, replaced.Network.Weights["norm_head.running_mean"].Span);
            TrainingOptions options = new() { Batch = 4, Threads = 1 };
            using TrainingPlan plan = TrainingPlan.Compile(replaced.Network, options).Run(options, 4);
            Assert.Null(plan.FirstNonFinite());
            using InferenceSession session = InferencePlan.Compile(plan.ToNetwork()).CreateSession();
            session.Run(Trainings.Images(network.Graph, 1).Span);
            Assert.True(float.IsFinite(session.Output("logits")[0]));
        }
    }

    public static TheoryData<string> NormNames => [.. NormalizationNames.All];

    /// <summary>A step of training of a narrow one, gates and all, and of a norm behind the pooling, gives the outputs, gradients and statistics of the references.</summary>
    [Theory]
    [InlineData("mobilenetv3_small_050", 32, 4)]
    [InlineData("mobilenetv4_conv_small_035", 64, 8)]
    public void AStepOfTrainingIsItsReference(string name, int resolution, int batch)
    {
        Graph graph = Architectures.Get(name).Trunk(new TrunkOptions { Resolution = resolution }).WithHead(3, dropout: 0);
        Trainings.AssertEqualsReference(TestNetworks.WithTestWeights(graph), new TrainingOptions { Batch = batch, Threads = 2 }, batch, 1e-3, name);
    }

    [Fact]
    public void OtherNumbersAreRefused() => Assert.StartsWith(
        "The number of an EfficientNet-Lite must be from 0 to 4, not 5.", Assert.Throws<ArgumentOutOfRangeException>(() => EfficientNetLite.Trunk(5)).Message, StringComparison.Ordinal);

    // NAME:SHAPE, and MODULE:CHANNELS for a norm. Weight number i has the seed 100 + i.
    private static Dictionary<string, Tensor> StateDictionary(string weights)
    {
        Dictionary<string, Tensor> tensors = [];
        uint seed = 100;
        foreach (string entry in weights.Split(' '))
        {
            string[] parts = entry.Split(':');
            int[] shape = [.. parts[1].Split(',').Select(side => int.Parse(side, CultureInfo.InvariantCulture))];
            if (parts[0].EndsWith(".weight", StringComparison.Ordinal)) Add(parts[0], shape.Length == 4 ? Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3])) : 0.1, 0);
            else if (parts[0].EndsWith(".bias", StringComparison.Ordinal)) Add(parts[0], 0.5, 0);
            else foreach ((string name, double offset) in (IEnumerable<(string, double)>)[("weight", 1.5), ("bias", 0), ("running_mean", 0), ("running_var", 1)]) Add($"{parts[0]}.{name}", 0.5, offset);

            void Add(string name, double scale, double offset) => tensors.Add(name, TestNumbers.UniformTensor(Shape.Create(shape), seed++, scale, offset));
        }

        return tensors;
    }
}
