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
            "There is no architecture 'mobilenetv2_35'. Did you mean 'mobilenetv2_035'? There are: "
            + "mobilenetv1_025, mobilenetv1_050, mobilenetv1_075, mobilenetv1_100, mobilenetv1_125, mobilenetv1_100h, mobilenetv2_025, mobilenetv2_035, mobilenetv2_050, mobilenetv2_075, mobilenetv2_100, mobilenetv2_130, mobilenetv2_140, mobilenetv2_025_ibn_a, mobilenetv2_035_ibn_a, mobilenetv2_050_ibn_a, mobilenetv2_075_ibn_a, mobilenetv2_100_ibn_a, mobilenetv2_130_ibn_a, mobilenetv2_140_ibn_a, "
            + "mobilenetv3_large_075, mobilenetv3_large_100, mobilenetv3_small_050, mobilenetv3_small_075, mobilenetv3_small_100, "
            + "tf_mobilenetv3_large_075, tf_mobilenetv3_large_100, tf_mobilenetv3_small_075, tf_mobilenetv3_small_100, tf_mobilenetv3_large_minimal_100, tf_mobilenetv3_small_minimal_100, "
            + "mobilenetv4_conv_small_035, mobilenetv4_conv_small_050, mobilenetv4_conv_small, mobilenetv4_conv_medium, mobilenetv4_conv_large, "
            + "efficientnet_lite0, efficientnet_lite1, efficientnet_lite2, efficientnet_lite3, efficientnet_lite4, tf_efficientnet_lite0, tf_efficientnet_lite1, tf_efficientnet_lite2, tf_efficientnet_lite3, tf_efficientnet_lite4, "
            + "resnet18, resnet18_ibn_a, resnet18_ibn_b, resnet34, resnet34_ibn_a, resnet34_ibn_b, resnet50, resnet50_ibn_a, resnet50_ibn_b, resnet101, resnet101_ibn_a, resnet101_ibn_b.",
            Assert.Throws<GraftException>(() => Architectures.Get("mobilenetv2_35")).Message);
    }
}
