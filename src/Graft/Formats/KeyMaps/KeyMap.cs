using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>How another program names the weights of an architecture: the file's name of each of ours.</summary>
internal abstract class KeyMap
{
    /// <summary>The namings that are known, in the order in which they are tried.</summary>
    public static IReadOnlyList<KeyMap> All { get; } = [new TimmMobileNetV2(), new TimmMobileNetV1(), new TorchvisionMobileNetV2(), new TorchvisionResNet()];

    /// <summary>What it is called, for example <c>torchvision MobileNetV2</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The start of the names of the architectures that it is for, for example <c>mobilenetv2_</c>.</summary>
    public abstract string Family { get; }

    /// <summary>What is done to images by those who trained such weights.</summary>
    public abstract Preprocessing Preprocessing { get; }

    /// <summary>The file's name of a weight of ours.</summary>
    /// <param name="weight">Our name, for example <c>blocks.1.0.bn1.weight</c>.</param>
    public abstract string Key(string weight);

    /// <summary>The naming of a file, or null when it is none that is known.</summary>
    /// <param name="tensors">The file's tensors.</param>
    public static KeyMap? Detect(IReadOnlyDictionary<string, Tensor> tensors) => All.FirstOrDefault(map => map.Matches(tensors));

    /// <summary>The names that a file of this naming is known by, the first and the last convolution of the trunk among them.</summary>
    public abstract IReadOnlyList<string> DecidingKeys { get; }

    /// <summary>Whether a file is named so: it has the deciding names.</summary>
    /// <param name="tensors">The file's tensors.</param>
    public virtual bool Matches(IReadOnlyDictionary<string, Tensor> tensors) => DecidingKeys.All(tensors.ContainsKey);

    /// <summary>
    /// The graph that a file's tensors fit, with a classifier where the file has one; null when none of the family does. Where several do, since a deep
    /// network has the layers of a shallow one and more, it is the one with the most weights.
    /// </summary>
    /// <param name="tensors">The file's tensors.</param>
    /// <param name="resolution">The side of the image.</param>
    public Graph? Infer(IReadOnlyDictionary<string, Tensor> tensors, int resolution = 224)
    {
        Graph? trunk = Architectures.All
            .Where(a => a.Name.StartsWith(Family, StringComparison.Ordinal))
            .Select(a => a.Trunk(new TrunkOptions { Resolution = resolution }))
            .Where(trunk => trunk.Parameters.All(p => p.Value.IsBuffer || (tensors.TryGetValue(Key(p.Key), out Tensor? tensor) && tensor.Shape == p.Value.Shape)))
            .MaxBy(trunk => trunk.Parameters.Count(p => !p.Value.IsBuffer));
        return trunk is not null && tensors.TryGetValue(Key($"{ClassifierHead.Classifier}.weight"), out Tensor? classifier) && classifier.Shape.Rank == 2
            ? trunk.WithHead(Math.Max(classifier.Shape[0], 1))
            : trunk;
    }
}
