using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>State dictionaries as training programs save them: under prefixes, beside other things, twice, with heads of their own.</summary>
public sealed class StateDictionaryTests : IDisposable
{
    private const string Known = "timm EfficientNet-Lite, timm MobileNetV4, timm MobileNetV3, timm MobileNetV2, timm MobileNetV1, torchvision MobileNetV3 large, torchvision MobileNetV3 small, torchvision MobileNetV2, torchvision ResNet";
    private const string NoReading = $", which is not read yet. These are: {Known}.";

    private static readonly Network Small = Network.Random(Architectures.Get("mobilenetv2_025").Trunk().WithHead(3), 3);
    private static readonly Network Other = Network.Random(Small.Graph, 4);
    private static readonly Network SmallResNet = Network.Random(ResNet.Trunk(18).WithHead(3), 3);

    private readonly string folder = Directory.CreateTempSubdirectory("graft-state").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("model.")]
    [InlineData("backbone.")]
    [InlineData("encoder.")]
    [InlineData("module._orig_mod.model.backbone.")]
    public void PrefixesAreDroppedInAnyFile(string prefix)
    {
        foreach (Network network in (Network[])[Small, SmallResNet])
        {
            IEnumerable<KeyValuePair<string, Tensor>> named = network == Small ? network.Weights : network.Weights.Select(w => KeyValuePair.Create(w.Key.Replace("classifier.", "fc.", StringComparison.Ordinal), w.Value));
            Dictionary<string, Tensor> tensors = named.ToDictionary(w => prefix + w.Key, w => w.Value);
            foreach (string path in (string[])[Safe(tensors), Torch(TorchArchive.State(tensors)), Torch(new() { ["state_dict"] = TorchArchive.State(tensors) })])
            {
                Imported imported = WeightImporter.Import(path);
                AssertSame(network, imported);
                Assert.Equal($"Dropped '{prefix}' before the names.", imported.Notes[^1]);
                Assert.Equal(network.Graph.Architecture, imported.Model.Network.Graph.Architecture);
            }
        }
    }

    [Fact]
    public void WhatStandsBesideAStateDictionaryIsLeftOut()
    {
        Imported imported = WeightImporter.Import(Torch(new()
        {
            ["best_acc1"] = new Tensor([], [71.5f]),
            ["epoch"] = 89,
            ["args"] = new TorchArchive.Call("argparse", "Namespace"),
            ["optimizer"] = new Dictionary<string, object> { ["state"] = new Dictionary<string, object> { ["momentum_buffer"] = new Tensor([2]) }, ["lr"] = 1 },
            ["state_dict"] = TorchArchive.State(Small.Weights),
        }));
        AssertSame(Small, imported);
        Assert.Equal(["Read its dictionary 'state_dict'.", "Left out what 'argparse.Namespace' would make: nothing in a file is ever run."], imported.Notes);
        Assert.True(imported.Report.IsComplete);
    }

    [Fact]
    public void ACallAloneIsNoStateDictionary() => Refused(
        Torch(new() { ["model"] = new TorchArchive.Call("my.models", "Net") }), CheckpointWeights.Preferred,
        "the file wants to call 'my.models.Net', which is not done: only tensors in dictionaries are read. Save with torch.save(model.state_dict(), path).", at: 31);

    [Theory]
    [InlineData("model", "model_ema")]
    [InlineData("state_dict", "state_dict_ema")]
    [InlineData("model_state_dict", "ema")]
    [InlineData("net", "ema_model")]
    public void OfANetworkAndItsAverageOneIsTakenAndSaid(string model, string average)
    {
        // The average of torchvision's reference program is under a prefix of its own and counts its steps.
        Dictionary<string, object> averaged = new(TorchArchive.State(Other.Weights, "module.")) { ["n_averaged"] = new Tensor([], [7]) };
        string path = Torch(new() { [model] = TorchArchive.State(Small.Weights), [average] = averaged });
        Imported preferred = Import(path), asked = Import(path, CheckpointWeights.Average), plain = Import(path, CheckpointWeights.Model);
        AssertSame(Other, preferred);
        AssertSame(Other, asked);
        AssertSame(Small, plain);
        Assert.Equal([$"Took '{average}', the average of the weights; '{model}', the network as it was last, is there too (--take model).", "Dropped 'module.' before the names."], preferred.Notes);
        Assert.Equal([$"Took '{model}', the network as it was last; '{average}', its average, is there too (--take ema)."], plain.Notes);
        Assert.Contains("n_averaged", preferred.Report.Ignored);
    }

    [Fact]
    public void OfANetworkAndItsAverageUnderPrefixesOneIsTakenAndSaid()
    {
        string path = Safe(Small.Weights.ToDictionary(w => $"model.{w.Key}", w => w.Value).Concat(Other.Weights.ToDictionary(w => $"ema_model.{w.Key}", w => w.Value)));
        AssertSame(Other, Import(path));
        AssertSame(Small, Import(path, CheckpointWeights.Model));
        Assert.Equal(["Took what begins with 'ema_model.', the average of the weights; what begins with 'model.', the network as it was last, is there too (--take model)."], Import(path).Notes);
    }

    [Fact]
    public void OfTwoNetworksTheFirstIsTakenAndSaid()
    {
        string path = Safe(Small.Weights.ToDictionary(w => $"a_student.{w.Key}", w => w.Value).Concat(Other.Weights.ToDictionary(w => $"teacher.{w.Key}", w => w.Value)));
        Imported imported = Import(path);
        AssertSame(Small, imported);
        Assert.Equal(["It holds 2 networks: took what begins with 'a_student.', the first; left out 'teacher.'."], imported.Notes);
    }

    [Fact]
    public void WhatIsAskedForMustBeThere()
    {
        Refused(Safe(Small.Weights), CheckpointWeights.Average, "it holds no averaged weights (under a name with 'ema', as model_ema or state_dict_ema). Import it without --take ema.");
        Refused(
            Torch(new() { ["state_dict_ema"] = TorchArchive.State(Small.Weights) }), CheckpointWeights.Model,
            "it holds only averaged weights, under 'state_dict_ema'. Import it without --take model.");
    }

    /// <summary>A head that Graft does not have, within the network's names or beside them.</summary>
    [Theory]
    [InlineData("", "classifier.1", "'classifier.1.weight' [7, 1280], 'classifier.1.bias' [7]")]
    [InlineData("", "classifier.6", "'classifier.6.weight' [7, 1280], 'classifier.6.bias' [7]")]
    [InlineData("backbone.", "head", "'head.weight' [7, 1280], 'head.bias' [7]")]
    public void AnUnknownHeadDoesNotRefuseTheTrunk(string prefix, string head, string found)
    {
        Dictionary<string, Tensor> tensors = Small.Weights.Where(w => !w.Key.StartsWith("classifier.", StringComparison.Ordinal)).ToDictionary(w => prefix + w.Key, w => w.Value);
        (tensors[$"{head}.weight"], tensors[$"{head}.bias"]) = (new Tensor([7, 1280]), new Tensor([7]));
        string path = Safe(tensors);
        Refused(
            path, CheckpointWeights.Preferred,
            $"its trunk is mobilenetv2_025, but its head is not the one dense layer that Graft reads: it has {found}. Import the trunk alone with --drop-head (WeightImportOptions.DropHead).");
        Imported trunk = WeightImporter.Import(path, new WeightImportOptions { DropHead = true });
        Assert.Equal("features", trunk.Model.Network.Graph.Outputs[^1].Name);
        Assert.Equal(260, trunk.Report.Applied.Length);
        Assert.True(trunk.Model.Network.Weights.All(w => w.Value.Span.SequenceEqual(Small.Weights[w.Key].Span)));
        Assert.Equal($"Left out the head: '{head}.weight', '{head}.bias'.", trunk.Notes[^1]);
    }

    [Fact]
    public void AKnownHeadIsDroppedToo()
    {
        Model model = WeightImporter.Import(Safe(Small.Weights), new WeightImportOptions { DropHead = true }).Model;
        Assert.Equal("features", model.Network.Graph.Outputs[^1].Name);
        Model machine = WeightImporter.Import(Fixture.Path("Formats", "machine"), new WeightImportOptions { DropHead = true }).Model;
        Assert.Equal(("features", 0), (machine.Network.Graph.Outputs[^1].Name, machine.Labels.Length));
        Assert.Equal(Preprocessing.TeachableMachine with { Resolution = 8 }, machine.Preprocessing);
    }

    [Fact]
    public void WhatIsLostWithinATrunkIsAnError()
    {
        Dictionary<string, Tensor> tensors = new(Small.Weights);
        tensors.Remove("bn1.running_mean", out Tensor? lost);
        tensors["bn1.runing_mean"] = lost!;
        foreach (bool drop in (bool[])[false, true])
        {
            string path = Safe(tensors);
            Assert.StartsWith($"{path}: the file and the network do not fit. ", Assert.Throws<WeightFileException>(() => WeightImporter.Import(path, new WeightImportOptions { DropHead = drop })).Message);
        }
    }

    /// <summary>Families that share their first names with one that is read are known by their own.</summary>
    [Theory]
    [InlineData("conv_stem.weight blocks.1.0.se.conv_reduce.weight blocks.6.0.conv_pwl.weight conv_head.weight", "timm's EfficientNet", "blocks.1.0.se.conv_reduce.weight")]
    [InlineData("module.conv_stem.weight module.blocks.2.4.attn.query.proj.weight module.blocks.4.0.conv.weight module.norm_head.weight", "timm's hybrid MobileNetV4", "module.blocks.2.4.attn.query.proj.weight")]
    [InlineData("features.0.0.weight features.1.0.block.0.0.weight features.8.0.weight", "torchvision's EfficientNet", "features.1.0.block.0.0.weight")]
    [InlineData("features.0.0.weight features.1.0.layer_scale features.1.0.block.0.weight", "torchvision's ConvNeXt", "features.1.0.layer_scale")]
    [InlineData("cls_token blocks.0.attn.qkv.weight", "a vision transformer", "cls_token")]
    [InlineData("features.conv0.weight features.denseblock1.denselayer1.norm1.weight", "a DenseNet", "features.denseblock1.denselayer1.norm1.weight")]
    [InlineData("features.0.weight classifier.6.weight", "a VGG or AlexNet", "features.0.weight")]
    public void AnotherFamilyIsNamedByTheNameThatDecides(string names, string family, string key) => Refused(
        Safe(names.Split(' ').Select(name => KeyValuePair.Create(name, new Tensor([1])))), CheckpointWeights.Preferred, $"it is {family}, as its tensor '{key}' shows{NoReading}");

    [Fact]
    public void TheNearestFamilyIsNamedWithWhatIsThereAndWhatIsNot() => Refused(
        Safe(new[] { "features.0.0.weight", "features.18.0.weight", "tail" }.Select(name => KeyValuePair.Create(name, new Tensor([1])))), CheckpointWeights.Preferred,
        $"its 3 tensors have names of no architecture that is known: {Known}. The first is 'features.0.0.weight'. The nearest is torchvision MobileNetV2: there is 'features.0.0.weight', 'features.18.0.weight', but not 'features.17.conv.2.weight'.");

    /// <summary>timm's mobilenetv3_rw has no bias behind the pooling, its gates are not rounded, and torchvision's networks of other widths have another last layer.</summary>
    [Fact]
    public void AVariantThatDoesNotFitIsRefusedByWhatDiffers()
    {
        Network large = Network.Random(Architectures.Get("mobilenetv3_large_100").Trunk().WithHead(3), 3);
        Dictionary<string, Tensor> tensors = new(large.Weights);
        tensors.Remove("conv_head.bias");
        Refused(
            Safe(tensors), CheckpointWeights.Preferred,
            $"its {large.Weights.Count - 1} tensors have names of no architecture that is known: {Known}. The first is 'bn1.bias'. The nearest is timm MobileNetV3: there is 'conv_stem.weight', 'blocks.1.0.conv_pwl.weight', 'conv_head.weight', but not 'conv_head.bias'.");
        tensors = new(large.Weights) { ["blocks.2.0.se.conv_reduce.weight"] = new([18, 72, 1, 1]) };
        Refused(
            Safe(tensors), CheckpointWeights.Preferred,
            $"its tensors are named as those of timm MobileNetV3, but their shapes are of none that is known. The nearest is mobilenetv3_large_100, of whose {large.Graph.Parameters.Count - 2} tensors {large.Graph.Parameters.Count - 3} fit: 'blocks.2.0.se.conv_reduce.weight' has the shape [18, 72, 1, 1], where it has [24, 72].");
    }

    [Fact]
    public void TheNearestSizeIsNamedWithWhatDiffers()
    {
        Dictionary<string, Tensor> tensors = new(Small.Weights) { ["blocks.3.1.conv_dw.weight"] = new([144, 1, 5, 5]) };
        Refused(
            Safe(tensors), CheckpointWeights.Preferred,
            "its tensors are named as those of timm MobileNetV2, but their shapes are of none that is known. The nearest is mobilenetv2_025, of whose 260 tensors 259 fit: 'blocks.3.1.conv_dw.weight' has the shape [144, 1, 5, 5], where it has [96, 1, 3, 3].");
    }

    private static Imported Import(string path, CheckpointWeights take = CheckpointWeights.Preferred) => WeightImporter.Import(path, new WeightImportOptions { Take = take });

    private static void Refused(string path, CheckpointWeights take, string message, int? at = null) =>
        Assert.Equal($"{path}{(at is null ? "" : $", byte {at}")}: {message}", Assert.Throws<WeightFileException>(() => Import(path, take)).Message);

    private static void AssertSame(Network expected, Imported actual)
    {
        Assert.True(actual.Report.IsComplete, actual.Report.ToString());
        Assert.True(actual.AssumesPreprocessing);
        Assert.Equal(expected.Graph.Nodes, actual.Model.Network.Graph.Nodes);
        foreach ((string weight, Tensor value) in expected.Weights) Assert.True(value.Span.SequenceEqual(actual.Model.Network.Weights[weight].Span), weight);
    }

    private string Safe(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.safetensors");
        Safetensors.Write(path, new Dictionary<string, Tensor>(tensors));
        return path;
    }

    private string Torch(Dictionary<string, object> root)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.pth");
        File.WriteAllBytes(path, TorchArchive.Write(root));
        return path;
    }
}
