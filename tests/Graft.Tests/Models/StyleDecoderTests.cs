using Graft.Inference;
using Graft.Models;
using Graft.Networks;

namespace Graft.Tests.Models;

/// <summary>The decoder of adaptive styles.</summary>
public class StyleDecoderTests
{
    [Theory]
    [InlineData(2, new[] { 48, 48, 24 })]
    [InlineData(4, new[] { 96, 96, 48, 48, 24 })]
    [InlineData(16, new[] { 256, 128, 128, 96, 96, 48, 48, 24 })]
    public void ItBeginsAtTheStrideOfTheFeatures(int stride, int[] channels)
    {
        Graph graph = StyleDecoder.Graph(32, 48, 20, stride);
        Assert.Equal([1, 32 / stride, 48 / stride, 20], graph.Shapes[StyleDecoder.Features]);
        Assert.Equal([1, 32, 48, 3], graph.OutputShape(StyleGenerator.Styled));
        Assert.Equal(channels, graph.Nodes.Where(node => node.Name.EndsWith(".conv", StringComparison.Ordinal)).Select(node => graph.Shapes[node.Name][3]));
        Assert.Equal(int.Log2(stride), graph.Nodes.Count(node => node.Name.EndsWith(".enlarge", StringComparison.Ordinal)));
    }

    [Fact]
    public void ARandomOnePaintsGrey()
    {
        using InferenceSession session = InferencePlan.Compile(StyleDecoder.Random(StyleDecoder.Graph(32, 32, 20, 4), 3)).CreateSession();
        session.Run(TestNumbers.Uniform(8 * 8 * 20, 7, 2));
        float[] image = [.. session.Output(StyleGenerator.Styled)];
        Assert.InRange(image.Average(), 0.35, 0.65);
        Assert.InRange(image.Max() - image.Min(), 0.02, 0.9);
    }

    [Fact]
    public void StridesThatDoNotFitAreRefused()
    {
        Assert.StartsWith(
            "A decoder's stride must be 2, 4, 8 or 16 and divide the image's sides, 32 x 48; it is 3.", Assert.Throws<ArgumentOutOfRangeException>(() => StyleDecoder.Graph(32, 48, 8, 3)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "A decoder's stride must be 2, 4, 8 or 16 and divide the image's sides, 32 x 44; it is 8.", Assert.Throws<ArgumentOutOfRangeException>(() => StyleDecoder.Graph(32, 44, 8, 8)).Message, StringComparison.Ordinal);
    }
}
