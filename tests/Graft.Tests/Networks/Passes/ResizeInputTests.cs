using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class ResizeInputTests
{
    /// <summary>What a resize becomes where its input was 8x10 and is another.</summary>
    [Theory]
    [InlineData(16, 30, false, 24, 25, 48, 75)] // twice and three times: kept
    [InlineData(12, 11, false, 12, 8, 12, 11)] // a size of its own: stays
    [InlineData(12, 7, true, 75, 15, 112, 10)] // by 1.5 and 0.7, rounded down
    public void AResizeKeepsItsFactors(int height, int width, bool byScale, int newHeight, int newWidth, int expectedHeight, int expectedWidth)
    {
        Network network = Of(new Resize(height, width, ResizeMode.Bilinear) { Scale = byScale ? (1.5f, 0.7f) : null });
        Resize resized = Assert.IsType<Resize>(network.WithInputSize(newHeight, newWidth).Graph.Nodes[0].Operation);
        Assert.Equal((expectedHeight, expectedWidth), (resized.Height, resized.Width));
        Assert.Equal(byScale ? (1.5f, 0.7f) : null, resized.Scale);
    }

    /// <summary>One with a stride is as large as the input over it, rounded up; also of features, whose own size never changes.</summary>
    [Fact]
    public void AStrideFollowsTheInput()
    {
        Network network = Of(new Resize(4, 5, ResizeMode.Bilinear) { Stride = 2 });
        Resize resized = Assert.IsType<Resize>(network.WithInputSize(25, 7).Graph.Nodes[0].Operation);
        Assert.Equal((13, 4, 2), (resized.Height, resized.Width, resized.Stride));
        GraphBuilder builder = new("spread");
        string pooled = builder.Add("pool", new GlobalAveragePool(), builder.Input("image", 8, 10, 3));
        builder.Output("out", builder.Add("up", new Resize(1, 2, ResizeMode.Bilinear) { Stride = 8 }, pooled));
        Assert.Equal([1, 3, 4, 3], builder.Build().WithInputSize(17, 25).OutputShape("out"));
    }

    [Fact]
    public void NothingLeftIsAnError() => Assert.Equal(
        "An image of 8x1 resized by 1.5 and 0.7 has no pixel left: the input is too small.",
        Assert.Throws<NetworkException>(() => Of(new Resize(12, 7, ResizeMode.Bilinear) { Scale = (1.5f, 0.7f) }).WithInputSize(8, 1)).Message);

    private static Network Of(Resize resize)
    {
        GraphBuilder builder = new("resize");
        builder.Output("out", builder.Add("up", resize, builder.Input("image", 8, 10, 3)));
        return Network.Random(builder.Build(), 1);
    }
}
