using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Tests.Models;

/// <summary>Counts, names and shapes of the MobileNets against the papers, torchvision, Keras and timm.</summary>
public class MobileNetTests
{
    [Fact]
    public void MobileNetV2HasTheCountsOfTorchvision()
    {
        NetworkSummary summary = new(MobileNetV2.Trunk().WithHead(1000));
        Assert.Equal("mobilenetv2_100", summary.Architecture);
        Assert.Equal(3_504_872, summary.Parameters);
        Assert.Equal(300_774_272, summary.MultiplyAdds);
    }

    [Fact]
    public void MobileNetV2OfWidth035HasTheCountOfKerasWhichCountsStatisticsToo()
    {
        NetworkSummary summary = new(MobileNetV2.Trunk(new() { Width = 0.35 }));
        Assert.Equal("mobilenetv2_035", summary.Architecture);
        Assert.Equal(410_208, summary.Parameters + summary.Buffers);
    }

    [Fact]
    public void MobileNetV1HasTheCountsOfTimm()
    {
        NetworkSummary summary = new(MobileNetV1.Trunk().WithHead(1000));
        Assert.Equal("mobilenetv1_100", summary.Architecture);
        Assert.Equal(4_231_976, summary.Parameters);
    }

    /// <summary>Million multiply-adds, as the papers print them: arXiv:1704.04861 tables 6 and 7, arXiv:1801.04381 table 4 and its repository.</summary>
    [Theory]
    [InlineData(1, 1.0, 224, 569)]
    [InlineData(1, 0.75, 224, 325)]
    [InlineData(1, 0.5, 224, 149)]
    [InlineData(1, 0.25, 224, 41)]
    [InlineData(1, 1.0, 192, 418)]
    [InlineData(1, 1.0, 160, 290)]
    [InlineData(1, 1.0, 128, 186)]
    [InlineData(2, 1.4, 224, 582)]
    [InlineData(2, 1.0, 224, 300)]
    [InlineData(2, 0.75, 224, 209)]
    [InlineData(2, 0.5, 224, 97)]
    [InlineData(2, 0.35, 224, 59)]
    public void MultiplyAddsAreThoseOfThePapers(int version, double width, int resolution, int millions)
    {
        TrunkOptions options = new() { Width = width, Resolution = resolution };
        Graph graph = (version == 1 ? MobileNetV1.Trunk(options) : MobileNetV2.Trunk(options)).WithHead(1000);
        Assert.Equal(millions, new NetworkSummary(graph).MultiplyAdds / 1e6, 1.0);
    }

    [Fact]
    public void WeightsOfMobileNetV2HaveTheNamesOfTimm()
    {
        List<string> names = [];
        void Conv(string conv, string norm) => names.AddRange([$"{conv}.weight", $"{norm}.weight", $"{norm}.bias", $"{norm}.running_mean", $"{norm}.running_var"]);
        Conv("conv_stem", "bn1");
        int[] repeats = [1, 2, 3, 4, 3, 3, 1];
        for (int stage = 0; stage < repeats.Length; stage++)
        {
            for (int block = 0; block < repeats[stage]; block++)
            {
                string prefix = $"blocks.{stage}.{block}";
                if (stage == 0)
                {
                    Conv($"{prefix}.conv_dw", $"{prefix}.bn1");
                    Conv($"{prefix}.conv_pw", $"{prefix}.bn2");
                    continue;
                }

                Conv($"{prefix}.conv_pw", $"{prefix}.bn1");
                Conv($"{prefix}.conv_dw", $"{prefix}.bn2");
                Conv($"{prefix}.conv_pwl", $"{prefix}.bn3");
            }
        }

        Conv("conv_head", "bn2");
        names.AddRange(["classifier.weight", "classifier.bias"]);
        Assert.Equal(names, MobileNetV2.Trunk().WithHead(10).Parameters.Keys);
    }

    [Fact]
    public void WeightsOfMobileNetV1HaveTheNamesOfTimm()
    {
        List<string> names = [];
        void Conv(string conv, string norm) => names.AddRange([$"{conv}.weight", $"{norm}.weight", $"{norm}.bias", $"{norm}.running_mean", $"{norm}.running_var"]);
        Conv("conv_stem", "bn1");
        int[] repeats = [1, 2, 2, 6, 2];
        for (int stage = 0; stage < repeats.Length; stage++)
        {
            for (int block = 0; block < repeats[stage]; block++)
            {
                Conv($"blocks.{stage}.{block}.conv_dw", $"blocks.{stage}.{block}.bn1");
                Conv($"blocks.{stage}.{block}.conv_pw", $"blocks.{stage}.{block}.bn2");
            }
        }

        names.AddRange(["classifier.weight", "classifier.bias"]);
        Assert.Equal(names, MobileNetV1.Trunk().WithHead(10).Parameters.Keys);
    }

    [Fact]
    public void TapsHaveTheSizesOfTheirStrides()
    {
        Graph v2 = MobileNetV2.Trunk(), v1 = MobileNetV1.Trunk();
        Assert.Equal(["stride2", "stride4", "stride8", "stride16", "stride32", "features"], v2.Outputs.Select(o => o.Name));
        Assert.Equal(["stride2", "stride4", "stride8", "stride16", "stride32", "features"], v1.Outputs.Select(o => o.Name));
        Shape[] expected2 = [[1, 112, 112, 16], [1, 56, 56, 24], [1, 28, 28, 32], [1, 14, 14, 96], [1, 7, 7, 1280], [1, 1280]];
        Shape[] expected1 = [[1, 112, 112, 64], [1, 56, 56, 128], [1, 28, 28, 256], [1, 14, 14, 512], [1, 7, 7, 1024], [1, 1024]];
        Assert.Equal(expected2, v2.Outputs.Select(o => v2.OutputShape(o.Name)));
        Assert.Equal(expected1, v1.Outputs.Select(o => v1.OutputShape(o.Name)));
    }

    [Theory]
    [InlineData(1.4, 1792)]
    [InlineData(1.0, 1280)]
    [InlineData(0.35, 1280)]
    [InlineData(0.1, 1280)]
    public void TheLastLayerOfMobileNetV2NeverShrinks(double width, int features) =>
        Assert.Equal([1, features], MobileNetV2.Trunk(new() { Width = width }).OutputShape("features"));

    [Theory]
    [InlineData(32, 1.0, 32)]
    [InlineData(32, 0.35, 16)]
    [InlineData(24, 0.35, 8)]
    [InlineData(16, 0.1, 8)]
    [InlineData(96, 0.35, 32)]
    [InlineData(24, 0.75, 24)]
    [InlineData(160, 0.35, 56)]
    public void ChannelsAreRoundedAsTheAuthorsDo(int channels, double width, int expected) =>
        Assert.Equal(expected, Channels.Scale(channels, width));

    [Fact]
    public void MultipliersAreChecked()
    {
        static string Message(Action action) => Assert.Throws<ArgumentOutOfRangeException>(action).Message.Split('\n')[0].Replace("\r", "", StringComparison.Ordinal);
        Assert.StartsWith("The width multiplier must be in (0, 16], not 0.", Message(() => _ = new TrunkOptions { Width = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("The resolution must be from 32 to 4096 pixels, not 31.", Message(() => _ = new TrunkOptions { Resolution = 31 }), StringComparison.Ordinal);
    }
}
