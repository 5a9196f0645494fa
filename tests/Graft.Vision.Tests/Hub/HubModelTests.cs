using System.Text;
using System.Text.Json.Nodes;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Vision.Hub;

namespace Graft.Vision.Tests.Hub;

/// <summary>What config.json says becomes the model's.</summary>
public sealed class HubModelTests : HubTest
{
    private const string Net = "timm/mobilenetv1_025.my_in1k";

    // As save_config_for_hf of timm 1.0 writes it.
    private const string Written = """
        {
          "architecture": "mobilenetv1_025", "num_classes": 6, "num_features": 256, "global_pool": "avg",
          "label_names": ["n1", "n2", "n3", "n4", "n5", "n6"],
          "label_descriptions": {"n1": "tench", "n2": "goldfish", "n3": "great white", "n4": "tiger", "n5": "crane", "n6": "crane"},
          "pretrained_cfg": {
            "tag": "my_in1k", "custom_load": false, "input_size": [3, 160, 160], "test_input_size": [3, 256, 256], "fixed_input_size": false, "interpolation": "bilinear",
            "crop_pct": 0.9, "test_crop_pct": 0.95, "crop_mode": "center", "mean": [0.5, 0.25, 0.125], "std": [0.5, 0.75, 1.0], "num_classes": 6, "pool_size": [5, 5],
            "first_conv": "conv_stem", "classifier": "classifier", "license": "apache-2.0"
          }
        }
        """;

    private static readonly Lazy<(Network Network, byte[] File)> Six = new(() => Made("mobilenetv1_025", 6));

    private int commits;

    [Fact]
    public async Task AConfigBecomesPreprocessingLabelsAndProvenance()
    {
        Imported imported = await Load(Written);
        Model model = imported.Model;
        Assert.Equal(new Preprocessing { Resolution = 160, CropFraction = 0.9, Interpolation = Interpolation.Bilinear, Mean = [0.5f, 0.25f, 0.125f], StandardDeviation = [0.5f, 0.75f, 1f] }, model.Preprocessing);
        Assert.Equal(["tench", "goldfish", "great white", "tiger", "crane (n5)", "crane (n6)"], model.Labels);
        Assert.Equal((160, 160, "mobilenetv1_025"), (model.Network.Graph.Inputs[0].Height, model.Network.Graph.Inputs[0].Width, model.Network.Graph.Architecture));
        Assert.Equal((Net, HubServer.Commit(commits), "apache-2.0"), (model.Provenance["source"], model.Provenance["revision"], model.Provenance["license"]));
        Assert.False(imported.AssumesPreprocessing);
        Assert.Empty(imported.Notes);
        foreach (string weight in Six.Value.Network.Graph.Parameters.Keys) Assert.Equal(Six.Value.Network.Weights[weight].Span, model.Network.Weights[weight].Span);
    }

    [Fact]
    public async Task ATrunkIsImportedWithoutItsHead()
    {
        Imported imported = await Load(Written, new WeightImportOptions { DropHead = true });
        Assert.Equal(ClassifierHead.Features, imported.Model.Network.Graph.Outputs[^1].Name);
        Assert.Empty(imported.Model.Labels);
        Assert.Equal(160, imported.Model.Preprocessing.Resolution);
    }

    [Fact]
    public async Task AnOlderConfigIsOneObject()
    {
        Imported imported = await Load("""{"architecture": "mobilenetv1_025", "num_classes": 6, "num_features": 256, "input_size": [3, 96, 96], "mean": [0, 0, 0], "std": [1, 1, 1], "labels": ["a", "b", "c", "d", "e", "f"]}""");
        Assert.Equal(new Preprocessing { Resolution = 96, Mean = [0, 0, 0], StandardDeviation = [1, 1, 1] }, imported.Model.Preprocessing);
        Assert.Equal(["a", "b", "c", "d", "e", "f"], imported.Model.Labels);
    }

    [Fact]
    public async Task NamesByNumberMayHaveGaps() =>
        Assert.Equal(["0", "one", "2", "3", "4", "five"], (await Load(Changed(root =>
        {
            root["label_names"] = JsonNode.Parse("""{"1": "one", "5": "five"}""");
            root.Remove("label_descriptions");
        }))).Model.Labels);

    [Fact]
    public async Task ImageNetsNamesAreKnown()
    {
        (_, byte[] file) = Made("mobilenetv1_025", 1000);
        Model model = (await Load(Changed(root =>
        {
            root["num_classes"] = 1000;
            root.Remove("label_names");
            root.Remove("label_descriptions");
        }), file: file)).Model;
        Assert.Equal((1000, "tench", "goldfish", "crane (bird)", "toilet tissue"), (model.Labels.Length, model.Labels[0], model.Labels[1], model.Labels[134], model.Labels[999]));
    }

    [Theory]
    [InlineData("mobilenetv3_small_100", false)]
    [InlineData("tf_mobilenetv3_small_100", true)]
    public async Task WhatNoWeightTellsApartTheConfigDoes(string architecture, bool isSame)
    {
        (_, byte[] file) = Made("mobilenetv3_small_100", 6);
        Imported imported = await Load(Changed(root => (root["architecture"], root["num_features"]) = (architecture, 1024)), file: file);
        Graph graph = imported.Model.Network.Graph;
        Assert.Equal((architecture, isSame), (graph.Architecture, graph.Nodes[0].Operation is Conv2d { Padding.IsSame: true }));
        Assert.Equal(isSame ? 1e-3f : 1e-5f, graph.Nodes.Select(node => node.Operation).OfType<BatchNorm>().First().Epsilon);
        Assert.Empty(imported.Notes);
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"architectures": ["MobileNetV2ForImageClassification"], "model_type": "mobilenet_v2"}""", "config.json is that of a model of the library transformers ('MobileNetV2ForImageClassification', 'mobilenet_v2'), whose weights have other names." },
        { """{"hello": 1}""", "config.json has no 'architecture', which every one of timm's has." },
        { "[]", "config.json must be an object, not an array." },
        { "{", "config.json is not valid JSON" },
        { "\u00ff", "config.json is not valid" },
        { """{"architecture": "vit_base_patch16_224"}""", "config.json says that the architecture is 'vit_base_patch16_224', which Graft does not have. It has: mobilenetv1_025, mobilenetv1_050," },
        { """{"architecture": "mobilenetv2_105"}""", "which Graft does not have. The nearest is 'mobilenetv" },
        { """{"architecture": "mobilenetv1_050"}""", "its weights are those of mobilenetv1_025, and timm/mobilenetv1_025.my_in1k says that it is mobilenetv1_050: they do not belong together." },
        { """{"architecture": "mobilenetv1_025", "num_features": 257}""", "its trunk gives 256 features, and timm/mobilenetv1_025.my_in1k says 257" },
        { """{"architecture": "mobilenetv1_025", "num_classes": 7}""", "its head has 6 classes, and timm/mobilenetv1_025.my_in1k says 7" },
        { """{"architecture": "mobilenetv1_025", "model_args": {"act_layer": "swish"}}""", "config.json.model_args changes the network by 'act_layer', which Graft does not do" },
        { """{"architecture": "mobilenetv1_025", "model_args": {"in_chans": 1}}""", "changes the network by 'in_chans'" },
        { """{"architecture": "mobilenetv1_025", "global_pool": "max"}""", "config.json.global_pool is 'max'" },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"input_size": [3, 224, 256]}}""", "config.json.pretrained_cfg.input_size must be 3 channels and a square, as [3, 224, 224]; it is [3, 224, 256]." },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"input_size": [3, 1000000, 1000000]}}""", "must be a whole number from 32 to 4096, not 1000000" },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"interpolation": "lanczos"}}""", "config.json.pretrained_cfg.interpolation must be bicubic or bilinear, not 'lanczos'." },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"crop_pct": 1.5}}""", "config.json.pretrained_cfg.crop_pct must be over 0 and at most 1, not 1.5." },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"std": [0, 1, 1]}}""", "takes positive numbers" },
        { """{"architecture": "mobilenetv1_025", "pretrained_cfg": {"mean": [1, 2]}}""", "takes three finite numbers" },
        { """{"architecture": "mobilenetv1_025", "num_classes": 6, "label_names": ["a"]}""", "config.json.label_names has 1 name, and there are 6 classes." },
        { """{"architecture": "mobilenetv1_025", "num_classes": 6, "label_names": {"6": "a"}}""", "config.json.label_names names the class '6', and classes are 0 to 5." },
        { """{"architecture": "mobilenetv1_025", "num_classes": 100000000000}""", "config.json.num_classes must be a whole number from 0 to 1000000" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task AConfigThatSaysSomethingElseIsRefused(string config, string expected)
    {
        WeightFileException error = await Assert.ThrowsAsync<WeightFileException>(() => Load(config));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task AConfigOfAMillionLettersIsRefusedInASentence()
    {
        WeightFileException error = await Assert.ThrowsAsync<WeightFileException>(() => Load($$"""{"architecture": "{{new string('x', 1_000_000)}}"}"""));
        Assert.InRange(error.Message.Length, 10, 500);
        await Assert.ThrowsAsync<WeightFileException>(() => Load(string.Concat(Enumerable.Repeat("[", 100_000))));
        HubException large = await Assert.ThrowsAsync<HubException>(() => Load(new string(' ', (16 << 20) + 1)));
        Assert.Contains("config.json of timm/mobilenetv1_025.my_in1k has 16,777,217 bytes, and at most 16,777,216 are taken", large.Message);
    }

    [Fact]
    public void TheListIsOfArchitecturesThatAreThereWithTimmsCounts()
    {
        Assert.Equal(ModelHub.Trunks.Length, ModelHub.Trunks.Select(trunk => trunk.Name).Distinct().Count());
        Assert.All(ModelHub.Trunks, trunk =>
        {
            Assert.True(HubName.TryParse(trunk.Name, out HubName? name) && HubName.IsMarked(trunk.Name));
            Assert.Equal("timm", name.Owner);
            Assert.True(Architectures.TryGet(trunk.Architecture, out _), trunk.Name);
            Assert.InRange(trunk.Top1, 0.3, 0.95);
            Assert.Equal(0, trunk.Resolution % 4);
        });

        // param_count, in millions, of the table that the top-1 is from.
        foreach ((string name, double millions) in new[] { ("mobilenetv1_100", 4.23), ("mobilenetv1_125", 6.27), ("mobilenetv2_050", 1.97), ("mobilenetv2_100", 3.50), ("mobilenetv2_140", 6.11), ("mobilenetv3_large_100", 5.48), ("mobilenetv3_small_100", 2.54), ("mobilenetv4_conv_small", 3.77), ("mobilenetv4_conv_medium", 9.72), ("efficientnet_lite0", 4.65), ("mobilenetv1_100h", 5.28), ("resnet18", 11.69), ("resnet34", 21.80), ("resnet50", 25.56), ("resnet101", 44.55) })
            Assert.Equal(millions, ModelHub.Trunks.First(trunk => trunk.Architecture == name).Summary.Parameters / 1e6, 2);
        Assert.Equal(300.8, ModelHub.Trunks.First(trunk => trunk.Architecture == "mobilenetv2_100").Summary.MultiplyAdds / 1e6, 1);
    }

    [Theory]
    [InlineData("timm/a", "timm", "a", "main")]
    [InlineData("hf-hub:some-one/Net_1.0@v2", "some-one", "Net_1.0", "v2")]
    [InlineData("timm/a@refs/pr/12", "timm", "a", "refs/pr/12")]
    public void ANameIsOwnerNameAndRevision(string text, string owner, string name, string revision)
    {
        HubName parsed = HubName.Parse(text);
        Assert.Equal((owner, name, revision), (parsed.Owner, parsed.Name, parsed.Revision));
        Assert.Equal(revision == "main" ? $"{owner}/{name}" : $"{owner}/{name}@{revision}", parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("timm")]
    [InlineData("timm/")]
    [InlineData("/a")]
    [InlineData("timm/a/b")]
    [InlineData("timm/a@")]
    [InlineData("timm/a@../../x")]
    [InlineData("timm/a@x//y")]
    [InlineData("timm/..")]
    [InlineData("../a")]
    [InlineData("timm/a--b")]
    [InlineData("timm/a b")]
    [InlineData("timm/ä")]
    [InlineData("hf-hub:")]
    public void WhatIsNoNameIsTold(string text) => Assert.Contains("is no name of a model of the hub. Such a name is OWNER/NAME", Assert.Throws<HubException>(() => HubName.Parse(text)).Message);

    [Fact]
    public void TheEnvironmentSaysWhatItSaysToPython()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), token = Folder.Write("token", "hf_file\n"u8);
        Assert.Equal(Path.Combine(home, ".cache", "huggingface", "hub"), Read().CacheFolder);
        Assert.Equal("/x/huggingface/hub", Read(("XDG_CACHE_HOME", "/x")).CacheFolder);
        Assert.Equal("/y/hub", Read(("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/y")).CacheFolder);
        Assert.Equal("/z", Read(("HF_HOME", "/y"), ("HF_HUB_CACHE", "/z")).CacheFolder);
        Assert.Equal(Path.Combine(home, "z"), Read(("HF_HUB_CACHE", "~/z")).CacheFolder);
        Assert.Equal(("https://huggingface.co/", null, false), (Read().Endpoint.AbsoluteUri, Read(("HF_HOME", "/y")).Token, Read().IsOffline));
        Assert.Equal("https://mirror.example/hub", Read(("HF_ENDPOINT", "https://mirror.example/hub")).Endpoint.AbsoluteUri);
        Assert.True(Read(("HF_HUB_OFFLINE", "1")).IsOffline);
        Assert.Equal("hf_a", Read(("HF_TOKEN", " hf_a\n"), ("HF_TOKEN_PATH", token)).Token);
        Assert.Equal("hf_file", Read(("HF_TOKEN_PATH", token)).Token);
        Assert.Equal("hf_file", Read(("HF_HOME", Folder.Path)).Token);
        Assert.Null(Read(("HF_TOKEN_PATH", token), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
        Assert.Equal(TimeSpan.FromSeconds(7), Read(("HF_HUB_DOWNLOAD_TIMEOUT", "7")).StallLimit);
        Assert.Contains("HF_ENDPOINT is an address", Assert.Throws<HubException>(() => Read(("HF_ENDPOINT", "nowhere"))).Message);
        Assert.Contains("HF_ENDPOINT is an address", Assert.Throws<HubException>(() => Read(("HF_ENDPOINT", "ftp://x"))).Message);
        Assert.Contains("HF_TOKEN holds no token", Assert.Throws<HubException>(() => Read(("HF_TOKEN", "a b"))).Message);
        Assert.Contains("HF_HUB_ETAG_TIMEOUT is a number of seconds", Assert.Throws<HubException>(() => Read(("HF_HUB_ETAG_TIMEOUT", "-1"))).Message);

        static HubOptions Read(params (string Name, string Value)[] variables) => HubEnvironment.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
    }

    private async Task<Imported> Load(string config, WeightImportOptions? import = null, byte[]? file = null)
    {
        commits++;
        Server.PutModel(Net, HubServer.Commit(commits), config, file ?? Six.Value.File);
        return await ModelHub.LoadAsync(Net, Options, import, Progress, Cancel);
    }

    private static string Changed(Action<JsonObject> change)
    {
        JsonObject root = JsonNode.Parse(Written)!.AsObject();
        change(root);
        return root.ToJsonString();
    }

    private static (Network Network, byte[] File) Made(string architecture, int classes)
    {
        Network network = TestNetworks.WithTestWeights(Architectures.Get(architecture).Trunk().WithHead(classes));
        using MemoryStream stream = new();
        Safetensors.Write(stream, network.Weights);
        return (network, stream.ToArray());
    }
}
