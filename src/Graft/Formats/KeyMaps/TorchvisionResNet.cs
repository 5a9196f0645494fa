using Graft.Models;
using Graft.Networks;

namespace Graft.Formats.KeyMaps;

/// <summary>torchvision's ResNets, timm's of the same layers, and the IBN-Nets of their authors: our own names, but for the classifier.</summary>
internal sealed class TorchvisionResNet : KeyMap
{
    private const string Head = $"{ClassifierHead.Classifier}.";

    public override string Name => "torchvision ResNet";

    public override string Family => "resnet";

    public override bool HasPadType => false;

    public override string TorchvisionFunction(Architecture architecture) => architecture.Name;

    public override string Key(string weight) => weight.StartsWith(Head, StringComparison.Ordinal) ? $"fc.{weight[Head.Length..]}" : weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv1.weight", "layer1.0.conv1.weight", "layer4.1.conv2.weight"];
}
