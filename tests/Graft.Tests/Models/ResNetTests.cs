using System.Text.Json;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Tests.Models;

/// <summary>Counts, names, shapes and logits of the ResNets and IBN-Nets against torchvision, and against the papers' tables.</summary>
public class ResNetTests
{
    private static readonly JsonElement Expected = Fixture.Json("Models", "resnets.json");

    public static TheoryData<string, int> Networks() =>
        [.. Expected.GetProperty("networks").EnumerateArray().Select(n => (n.GetProperty("name").GetString()!, n.GetProperty("resolution").GetInt32()))];

    [Fact]
    public void ParametersAreAsManyAsTorchs()
    {
        Assert.Equal(
            [("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032), ("resnet101", 44_549_160)],
            ResNet.Depths.Select(depth => ($"resnet{depth}", (int)new NetworkSummary(ResNet.Trunk(depth).WithHead(1000)).Parameters)));
        foreach (JsonProperty count in Expected.GetProperty("parameters").EnumerateObject())
            Assert.Equal((count.Name, count.Value.GetInt64()), (count.Name, new NetworkSummary(Architectures.Get(count.Name).Trunk().WithHead(1000)).Parameters));
    }

    /// <summary>Billion multiply-adds. Table 1 of arXiv:1512.03385 says 1.8, 3.6, 3.8 and 7.6; a stride in the 3x3 makes the last two 4.1 and 7.8.</summary>
    [Theory]
    [InlineData("resnet18", 1.814)]
    [InlineData("resnet34", 3.664)]
    [InlineData("resnet50", 4.089)]
    [InlineData("resnet101", 7.802)]
    [InlineData("resnet50_ibn_a", 4.089)]
    public void MultiplyAddsAreThoseOfThePaper(string name, double billions) =>
        Assert.Equal(billions, new NetworkSummary(Architectures.Get(name).Trunk().WithHead(1000)).MultiplyAdds / 1e9, 0.001);

    [Theory]
    [MemberData(nameof(Networks))]
    public void LogitsAreTorchs(string name, int resolution)
    {
        Network network = TestNetworks.WithTestWeights(Architectures.Get(name).Trunk(new TrunkOptions { Resolution = resolution }).WithHead(10));
        JsonElement expected = Expected.GetProperty("networks").EnumerateArray().Single(n => n.GetProperty("name").GetString() == name && n.GetProperty("resolution").GetInt32() == resolution);
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession();
        float[] logits = new float[20];
        session.Run(TestNumbers.UniformTensor([2, resolution, resolution, 3], 7, 2).Span, 2, logits);
        TestNumbers.AssertClose(expected.GetProperty("logits").Floats(), logits, 1e-4, name);
    }

    [Fact]
    public void WeightsHaveTheNamesOfTorchvision()
    {
        Assert.Equal(
            [
                "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
                "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var",
            ],
            ResNet.Trunk(18).Parameters.Keys.Take(10));
        string[] convolutions = [.. ResNet.Trunk(50).Parameters.Where(p => p.Value.Shape.Rank == 4 && p.Key.StartsWith("layer2", StringComparison.Ordinal)).Select(p => p.Key)];
        Assert.Equal(
            ["layer2.0.conv1.weight", "layer2.0.conv2.weight", "layer2.0.conv3.weight", "layer2.0.downsample.0.weight", "layer2.1.conv1.weight"], convolutions[..5]);
        Assert.Equal(13, convolutions.Length);
    }

    [Fact]
    public void TapsHaveTheSizesOfTheirStrides()
    {
        string[] names = ["stride2", "stride4", "stride8", "stride16", "stride32", "features"];
        Graph basic = ResNet.Trunk(18), bottleneck = ResNet.Trunk(101, new TrunkOptions { Resolution = 65 }), slim = ResNet.Trunk(34, new TrunkOptions { Width = 0.25 });
        Assert.All([basic, bottleneck, slim], graph => Assert.Equal(names, graph.Outputs.Select(o => o.Name)));
        Assert.Equal([[1, 112, 112, 64], [1, 56, 56, 64], [1, 28, 28, 128], [1, 14, 14, 256], [1, 7, 7, 512], [1, 512]], names.Select(basic.OutputShape));
        Assert.Equal([[1, 33, 33, 64], [1, 17, 17, 256], [1, 9, 9, 512], [1, 5, 5, 1024], [1, 3, 3, 2048], [1, 2048]], names.Select(bottleneck.OutputShape));
        Assert.Equal([[1, 112, 112, 16], [1, 56, 56, 16], [1, 28, 28, 32], [1, 14, 14, 64], [1, 7, 7, 128], [1, 128]], names.Select(slim.OutputShape));
        Assert.Equal(["resnet18", "resnet101", "resnet34_025"], [basic.Architecture, bottleneck.Architecture, slim.Architecture]);
    }

    [Fact]
    public void OtherDepthsAreRefused() =>
        Assert.StartsWith(
            "The depth of a ResNet must be one of 18, 34, 50, 101, not 20.", Assert.Throws<ArgumentOutOfRangeException>(() => ResNet.Trunk(20)).Message, StringComparison.Ordinal);
}
