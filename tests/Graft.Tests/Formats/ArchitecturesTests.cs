using Graft.Models;

namespace Graft.Tests.Formats;

public class ArchitecturesTests
{
    [Fact]
    public void FindsByName()
    {
        Assert.True(Architectures.TryGet("mobilenetv2_035", out Architecture? architecture));
        Assert.Equal(0.35, architecture.Width);
        Assert.Equal("mobilenetv2_035", architecture.Trunk(new TrunkOptions { Width = 1 }).Architecture);
        Assert.Equal(410208, architecture.Trunk().Parameters.Where(p => !p.Value.IsBuffer).Sum(p => p.Value.Shape.Count) + architecture.Trunk().Parameters.Where(p => p.Value.IsBuffer).Sum(p => p.Value.Shape.Count));
        Assert.Equal(Preprocessing.ImageNet, architecture.Preprocessing);
        Assert.Equal(Preprocessing.Centered, Architectures.Get("mobilenetv1_100").Preprocessing);
    }

    [Fact]
    public void NamesTheNearestAndAll()
    {
        Assert.False(Architectures.TryGet("mobilenetv2_35", out _));
        Assert.Equal(
            "There is no architecture 'mobilenetv2_35'. Did you mean 'mobilenetv2_035'? There are: mobilenetv1_025, mobilenetv1_050, mobilenetv1_075, mobilenetv1_100, mobilenetv1_125, mobilenetv2_025, mobilenetv2_035, mobilenetv2_050, mobilenetv2_075, mobilenetv2_100, mobilenetv2_130, mobilenetv2_140, resnet18, resnet34, resnet50, resnet101.",
            Assert.Throws<GraftException>(() => Architectures.Get("mobilenetv2_35")).Message);
    }
}
