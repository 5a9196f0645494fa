using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>Weights written with the names of other programs.</summary>
public sealed class StateDictionaryExporterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("mobilenetv1_025", WeightNames.Timm, "blocks.0.0.conv_dw.weight", "timm MobileNetV1 state dictionary")]
    [InlineData("mobilenetv2_035", WeightNames.Timm, "blocks.1.0.conv_pwl.weight", "timm MobileNetV2 state dictionary")]
    [InlineData("mobilenetv2_035", WeightNames.Torchvision, "features.2.conv.2.weight", "torchvision MobileNetV2 state dictionary")]
    [InlineData("mobilenetv3_small_050", WeightNames.Timm, "blocks.0.0.se.conv_reduce.weight", "timm MobileNetV3 state dictionary")]
    [InlineData("mobilenetv3_small_100", WeightNames.Torchvision, "features.1.block.1.fc1.weight", "torchvision MobileNetV3 small state dictionary")]
    [InlineData("resnet18", WeightNames.Timm, "fc.weight", "torchvision ResNet state dictionary")]
    [InlineData("resnet18", WeightNames.Torchvision, "layer4.1.conv2.weight", "torchvision ResNet state dictionary")]
    public void WeightsBearTheirNamesAndComeBack(string architecture, WeightNames names, string key, string source)
    {
        // Of torchvision's V3 it is another.
        float epsilon = names == WeightNames.Torchvision && architecture.StartsWith("mobilenetv3", StringComparison.Ordinal) ? 1e-3f : 1e-5f;
        Network network = TestNetworks.WithTestWeights(Architectures.Get(architecture).Trunk(new TrunkOptions { Resolution = 64, Epsilon = epsilon }).WithHead(4));
        Model model = new(network) { Labels = ["a", "b", "c", "d"], Preprocessing = Preprocessing.Centered with { Resolution = 64 } };
        StateDictionaryExporter.Export(model, folder["m.safetensors"], names);
        TensorFile file = Safetensors.Read(folder["m.safetensors"]);
        Assert.Contains(key, file.Tensors.Keys);
        Assert.Equal(("pt", architecture, "a\nb\nc\nd", "0.5, 0.5, 0.5", "3, 64, 64", "0.875"), (file.Metadata["format"], file.Metadata["architecture"], file.Metadata["labels"], file.Metadata["mean"], file.Metadata["input_size"], file.Metadata["crop_pct"]));
        Imported read = WeightImporter.Import(folder["m.safetensors"]);
        Assert.Equal(source, read.Model.Provenance["source"]);
        Assert.Equal(network.Weights.Count, read.Model.Network.Weights.Count);
        foreach ((string name, Tensor weight) in network.Weights) Assert.Equal(weight.Span, read.Model.Network.Weights[name].Span);
    }

    [Fact]
    public void AnotherEpsilonGoesIntoTheVariances()
    {
        Network network = TestNetworks.WithTestWeights(Architectures.Get("mobilenetv2_035").Trunk(new TrunkOptions { Resolution = 64, Epsilon = 1e-3f }));
        StateDictionaryExporter.Export(new Model(network), folder["m.safetensors"]);
        Tensor before = network.Weights["bn1.running_var"], after = Safetensors.Read(folder["m.safetensors"]).Tensors["bn1.running_var"];
        for (int i = 0; i < before.Span.Length; i++) Assert.Equal(before.Span[i] + 0.00099f, after.Span[i], 1e-6f);
    }

    /// <summary>The line that <c>graft export</c> prints, as bench/compare_exports.py runs it.</summary>
    [Theory]
    [InlineData("mobilenetv2_035", WeightNames.Timm, 5, true, "timm.create_model(\"mobilenetv2_035\", num_classes=5, pad_type=\"same\")", "")]
    [InlineData("mobilenetv2_035", WeightNames.Torchvision, 5, false, "torchvision.models.mobilenet_v2(num_classes=5, width_mult=0.35)", "")]
    [InlineData("mobilenetv2_100", WeightNames.Torchvision, 0, false, "torchvision.models.mobilenet_v2()", ", strict=False")]
    [InlineData("mobilenetv1_100h", WeightNames.Timm, 0, false, "timm.create_model(\"mobilenetv1_100h\", num_classes=0)", "")]
    [InlineData("mobilenetv1_025", WeightNames.Timm, 5, false, "timm.models.efficientnet._gen_mobilenet_v1(\"mobilenetv1_100\", 0.25, num_classes=5)", "")]
    [InlineData("mobilenetv2_130", WeightNames.Timm, 5, false, "timm.models.efficientnet._gen_mobilenet_v2(\"mobilenetv2_100\", 1.3, num_classes=5)", "")]
    [InlineData("tf_mobilenetv3_small_100", WeightNames.Timm, 5, false, "timm.create_model(\"tf_mobilenetv3_small_100\", num_classes=5, pad_type=\"same\")", "")]
    [InlineData("mobilenetv3_large_100", WeightNames.Torchvision, 3, false, "torchvision.models.mobilenet_v3_large(num_classes=3)", "")]
    [InlineData("resnet50", WeightNames.Torchvision, 5, false, "torchvision.models.resnet50(num_classes=5)", "")]
    [InlineData("resnet50", WeightNames.Timm, 5, false, "timm.create_model(\"resnet50\", num_classes=5)", "")]
    public void WhatLoadsTheFileIsSaid(string architecture, WeightNames names, int classes, bool same, string made, string strict)
    {
        Graph trunk = Architectures.Get(architecture).Trunk(new TrunkOptions { Resolution = 64, SamePadding = same });
        Assert.Equal($"model = {made}; model.load_state_dict(load_file(\"m.safetensors\"){strict})", StateDictionaryExporter.Loading(classes > 0 ? trunk.WithHead(classes) : trunk, "m.safetensors", names));
    }

    [Fact]
    public void WhatWouldComputeSomethingElseIsRefused()
    {
        Graph same = Architectures.Get("mobilenetv2_035").Trunk(new TrunkOptions { Resolution = 64, SamePadding = true });
        Refuses("Torchvision's 'mobilenetv2_035' has the layer 'conv_stem' (conv 3x3 /2) where this network has another border or another number of channels", same, WeightNames.Torchvision);
        StateDictionaryExporter.Export(new Model(TestNetworks.WithTestWeights(same)), folder["same.safetensors"]);
        Assert.Equal("same", Safetensors.Read(folder["same.safetensors"]).Metadata["pad_type"]);
        Refuses("Timm has no 'mobilenetv2_035_ibn_a'.", Architectures.Get("mobilenetv2_035_ibn_a").Trunk(new TrunkOptions { Resolution = 64 }));
        Refuses("Torchvision has no 'mobilenetv3_large_075'. Names that there are for it: timm MobileNetV3.", Architectures.Get("mobilenetv3_large_075").Trunk(new TrunkOptions { Resolution = 64 }), WeightNames.Torchvision);
        Refuses("Timm's 'resnet18' has the layer 'conv1' (conv 7x7 /2) where this network has another border", Architectures.Get("resnet18").Trunk(new TrunkOptions { Resolution = 64, SamePadding = true }));
        Refuses("Torchvision has no 'mobilenetv1_025'. Names that there are for it: timm MobileNetV1.", Architectures.Get("mobilenetv1_025").Trunk(new TrunkOptions { Resolution = 64 }), WeightNames.Torchvision);
        Graph trunk = Architectures.Get("mobilenetv2_035").Trunk(new TrunkOptions { Resolution = 64 });
        Graph normed = new(trunk.Architecture, trunk.Inputs, [.. trunk.Nodes.Select(node => node.Name == "bn1" ? node with { Operation = new GroupNorm(8) } : node)], trunk.Outputs);
        Refuses("Timm's 'mobilenetv2_035' has the layer 'bn1' (batch norm", normed);

        void Refuses(string message, Graph graph, WeightNames names = WeightNames.Timm)
        {
            Assert.StartsWith(message, Assert.Throws<GraftException>(() => StateDictionaryExporter.Export(new Model(TestNetworks.WithTestWeights(graph)), folder["x.safetensors"], names)).Message);
            Assert.False(File.Exists(folder["x.safetensors"]));
        }
    }
}
