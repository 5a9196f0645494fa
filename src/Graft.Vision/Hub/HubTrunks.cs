using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;

namespace Graft.Vision.Hub;

/// <summary>A trained network of the hub that Graft reads.</summary>
/// <param name="Name">Its name there: <c>timm/ARCHITECTURE.TAG</c>.</param>
/// <param name="Resolution">The side of the images that it learned from, in pixels.</param>
/// <param name="Top1">The part of ImageNet's validation images, at that resolution, whose class it tells, by timm's table of results.</param>
/// <param name="License">What its weights are licensed under, by SPDX's names, as timm says.</param>
public sealed record HubTrunk(string Name, int Resolution, double Top1, string License)
{
    /// <summary>timm's name of the architecture, which is <see cref="Models.Architecture.Name"/>.</summary>
    public string Architecture => Name[(Name.IndexOf('/') + 1)..Name.IndexOf('.')];

    /// <summary>Parameters and multiply-adds, with the head of ImageNet's 1,000 classes.</summary>
    internal NetworkSummary Summary => new(Architectures.Get(Architecture).Trunk(new TrunkOptions { Resolution = Resolution }).WithHead(1000));
}

/// <summary>
/// The models of the hub that are listed, best known first. A row is added for each whose architecture <see cref="Architectures"/> has: the numbers are those of timm's <c>results/results-imagenet.csv</c>, at
/// the size of <c>input_size</c> and with the crop that <c>config.json</c> says; licences are those of its <c>default_cfgs</c>. Models that are not listed are read as well.
/// </summary>
internal static class HubTrunks
{
    private const string Apache = "Apache-2.0", Bsd = "BSD-3-Clause", NonCommercial = "CC-BY-NC-4.0";

    /// <summary>The table, in percent.</summary>
    private static readonly (string Name, int Resolution, double Top1, string License)[] Table =
    [
        ("mobilenetv1_100.ra4_e3600_r224_in1k", 224, 75.388, Apache),
        ("mobilenetv1_100h.ra4_e3600_r224_in1k", 224, 75.664, Apache),
        ("mobilenetv1_125.ra4_e3600_r224_in1k", 224, 76.920, Apache),

        ("mobilenetv2_050.lamb_in1k", 224, 65.928, Apache),
        ("mobilenetv2_100.ra_in1k", 224, 72.910, Apache),
        ("mobilenetv2_140.ra_in1k", 224, 76.528, Apache),

        ("mobilenetv3_small_050.lamb_in1k", 224, 57.918, Apache),
        ("mobilenetv3_small_075.lamb_in1k", 224, 65.284, Apache),
        ("mobilenetv3_small_100.lamb_in1k", 224, 67.636, Apache),
        ("mobilenetv3_large_100.ra_in1k", 224, 75.784, Apache),
        ("mobilenetv3_large_100.ra4_e3600_r224_in1k", 224, 76.310, Apache),
        ("tf_mobilenetv3_small_minimal_100.in1k", 224, 62.892, Apache),
        ("tf_mobilenetv3_small_100.in1k", 224, 67.922, Apache),
        ("tf_mobilenetv3_large_minimal_100.in1k", 224, 72.270, Apache),
        ("tf_mobilenetv3_large_100.in1k", 224, 75.510, Apache),

        ("mobilenetv4_conv_small_050.e3000_r224_in1k", 224, 64.778, Apache),
        ("mobilenetv4_conv_small.e2400_r224_in1k", 224, 73.756, Apache),
        ("mobilenetv4_conv_small.e3600_r256_in1k", 256, 74.534, Apache),
        ("mobilenetv4_conv_medium.e500_r256_in1k", 256, 79.916, Apache),
        ("mobilenetv4_conv_large.e600_r384_in1k", 384, 82.974, Apache),

        ("efficientnet_lite0.ra_in1k", 224, 75.488, Apache),
        ("tf_efficientnet_lite0.in1k", 224, 74.846, Apache),
        ("tf_efficientnet_lite2.in1k", 260, 77.470, Apache),
        ("tf_efficientnet_lite4.in1k", 380, 81.540, Apache),

        ("resnet18.a1_in1k", 224, 71.504, Apache),
        ("resnet18.tv_in1k", 224, 69.752, Bsd),
        ("resnet18.fb_swsl_ig1b_ft_in1k", 224, 73.286, NonCommercial),
        ("resnet34.a1_in1k", 224, 76.420, Apache),
        ("resnet34.ra4_e3600_r224_in1k", 224, 77.492, Apache),
        ("resnet34.tv_in1k", 224, 73.298, Bsd),
        ("resnet50.a1_in1k", 224, 80.382, Apache),
        ("resnet50.ra_in1k", 224, 78.820, Apache),
        ("resnet50.tv_in1k", 224, 76.156, Bsd),
        ("resnet50.tv2_in1k", 176, 79.434, Bsd),
        ("resnet101.a1h_in1k", 224, 81.950, Apache),
        ("resnet101.tv_in1k", 224, 77.404, Bsd),
        ("resnet101.tv2_in1k", 176, 79.908, Bsd),
    ];

    /// <summary>All of them.</summary>
    public static ImmutableArray<HubTrunk> All { get; } = [.. Table.Select(row => new HubTrunk(HubName.Timm + row.Name, row.Resolution, Math.Round(row.Top1 / 100, 5), row.License))];
}
