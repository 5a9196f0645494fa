using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;

namespace Graft.Tests.Models;

/// <summary>The stylization generator against the same written in torch, and against its paper's table.</summary>
public class StyleGeneratorTests
{
    private static readonly StyleGeneratorOptions Small = new() { Width = 0.25, Height = 16, ImageWidth = 24 };

    [Theory]
    [InlineData("instance")]
    [InlineData("batch")]
    [InlineData("none")]
    public void ImagesAreTorchs(string norm)
    {
        Network network = TestNetworks.WithTestWeights(StyleGenerator.Graph(Small with { Normalization = norm }));
        float[] expected = Fixture.Json("Models", "style.json").GetProperty("images").GetProperty(norm).Floats(), actual = new float[expected.Length];
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 2 }).CreateSession();
        session.Run(TestNumbers.UniformTensor([2, 16, 24, 3], 7, 2).Span, 2, actual);
        double mean = expected.Average(), tolerance = norm == "none" ? 1e-5 : 1e-4;
        Assert.True(Math.Sqrt(expected.Average(v => (v - mean) * (v - mean))) > 1000 * tolerance, "The images are too flat to tell right from wrong.");
        TestNumbers.AssertClose(expected, actual, tolerance, norm);
    }

    /// <summary>Johnson et al., supplement, table 1: 3 to 32, 64, 128 channels, five residual blocks, and back.</summary>
    [Fact]
    public void CountsAreThoseOfThePapersTable()
    {
        NetworkSummary summary = new(StyleGenerator.Graph(new StyleGeneratorOptions { Width = 1, Normalization = "none" }));
        long weights = (81 * 3 * 32) + (9 * 32 * 64) + (9 * 64 * 128) + (10 * 9 * 128 * 128) + (9 * 128 * 64) + (9 * 64 * 32) + (81 * 32 * 3);
        long biases = 32 + 64 + 128 + (10 * 128) + 64 + 32 + 3;
        Assert.Equal(weights + biases, summary.Parameters);

        // Scale and shift of each normalization in place of a bias.
        Assert.Equal(weights + (2 * (biases - 3)) + 3, new NetworkSummary(StyleGenerator.Graph(new StyleGeneratorOptions { Width = 1 })).Parameters);
    }

    [Fact]
    public void AImageOf512By512TakesLessThan50BillionMultiplyAdds()
    {
        Graph graph = StyleGenerator.Graph(new StyleGeneratorOptions { Height = 512, ImageWidth = 512 });
        Assert.Equal([1, 512, 512, 3], graph.OutputShape(StyleGenerator.Styled));
        Assert.InRange(new NetworkSummary(graph).MultiplyAdds, 5e9, 5e10);
    }

    [Fact]
    public void EveryNormalizationCanStandInIt()
    {
        foreach (string norm in NormalizationNames.All)
        {
            Graph graph = StyleGenerator.Graph(Small with { Normalization = norm });
            Assert.Equal(norm == "none" ? 0 : 15, graph.Nodes.Count(node => node.Name.EndsWith(".norm", StringComparison.Ordinal)));
            Assert.Equal([1, 16, 24, 3], graph.OutputShape(StyleGenerator.Styled));
        }
    }

    [Fact]
    public void AnotherSizeMakesAnotherGraphWithTheSameWeights()
    {
        Network network = TestNetworks.WithTestWeights(StyleGenerator.Graph(Small)), resized = network.WithInputSize(32, 20);
        Graph made = StyleGenerator.Graph(Small with { Height = 32, ImageWidth = 20 });
        Assert.Equal(made.Nodes, resized.Graph.Nodes);
        Assert.Equal(made.Inputs, resized.Graph.Inputs);
        Assert.Same(network.Weights["conv_out.weight"], resized.Weights["conv_out.weight"]);
        Assert.Equal(network.Graph.Nodes, resized.WithInputSize(16, 24).Graph.Nodes);
    }

    [Fact]
    public void ARandomOnePaintsGrey()
    {
        using InferenceSession session = InferencePlan.Compile(StyleGenerator.Random(Small, 3)).CreateSession();
        float[] image = new float[16 * 24 * 3];
        session.Run(TestNumbers.UniformTensor([1, 16, 24, 3], 7, 2).Span, 1, image);
        Assert.InRange(image.Average(), 0.4, 0.6);
        Assert.InRange(image.Max() - image.Min(), 0.05, 0.9);
    }

    [Fact]
    public void OptionsSayWhatIsWrong()
    {
        Assert.StartsWith("A side of a generator's image must be a multiple of 4 from 16 to 8192, not 30.", Assert.Throws<ArgumentOutOfRangeException>(() => new StyleGeneratorOptions { Height = 30 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("The width multiplier of a generator must be in (0, 4], not 0.", Assert.Throws<ArgumentOutOfRangeException>(() => new StyleGeneratorOptions { Width = 0 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("There is no normalization 'weight'. There are: batch, ", Assert.Throws<ArgumentException>(() => new StyleGeneratorOptions { Normalization = "weight" }).Message, StringComparison.Ordinal);
    }
}
