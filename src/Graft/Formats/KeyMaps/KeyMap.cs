using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>How another program names the weights of an architecture: the file's name of each of ours.</summary>
internal abstract class KeyMap
{
    /// <summary>The namings that are known, in the order in which they are tried.</summary>
    public static IReadOnlyList<KeyMap> All { get; } =
    [
        new TimmEfficientNetLite(), new TimmMobileNetV4(), new TimmMobileNetV3(), new TimmMobileNetV2(), new TimmMobileNetV1(),
        new TorchvisionMobileNetV3(small: false), new TorchvisionMobileNetV3(small: true), new TorchvisionMobileNetV2(), new TorchvisionResNet(),
    ];

    /// <summary>What it is called, for example <c>torchvision MobileNetV2</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The start of the names of the architectures that it is for, for example <c>mobilenetv2_</c>.</summary>
    public abstract string Family { get; }

    /// <summary>Whether timm's <c>create_model</c> makes a network of such weights by the architecture's name.</summary>
    public virtual bool IsTimm => true;

    /// <summary>Whether that network can be made with TensorFlow's borders, <c>pad_type="same"</c>.</summary>
    public virtual bool HasPadType => IsTimm;

    /// <summary>Whether timm has a name for this width; others its own function makes.</summary>
    /// <param name="architecture">The architecture.</param>
    public virtual bool IsNamedByTimm(Architecture architecture) => true;

    /// <summary>The function of <c>torchvision.models</c> that makes a network of such weights; null where there is none.</summary>
    /// <param name="architecture">The architecture.</param>
    public virtual string? TorchvisionFunction(Architecture architecture) => null;

    /// <summary>Whether a program has a network of such weights.</summary>
    /// <param name="names">Whose names they shall be.</param>
    /// <param name="architecture">The architecture.</param>
    public bool Has(WeightNames names, Architecture architecture) => Covers(architecture) && (names == WeightNames.Timm ? IsTimm : TorchvisionFunction(architecture) is not null);

    /// <summary>What batch normalization adds to the variance where such weights were trained.</summary>
    public virtual float Epsilon => 1e-5f;

    /// <summary>What is done to images by those who trained such weights: what the architecture says, if nothing else.</summary>
    public virtual Preprocessing PreprocessingOf(Architecture architecture) => architecture.Preprocessing;

    /// <summary>Whether weights of an architecture can be named so.</summary>
    public virtual bool Covers(Architecture architecture) => architecture.Name.StartsWith(Family, StringComparison.Ordinal);

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

    /// <summary>The architectures that can be named so.</summary>
    public IEnumerable<Architecture> Covered => Architectures.All.Where(Covers);

    /// <summary>
    /// The architectures that a file's tensors fit, none of which is possible. Where several do, since a deep network has the layers of a shallow one and more, they are those with the most weights: more than
    /// one if they differ in what no weight shows.
    /// </summary>
    /// <param name="tensors">The file's tensors.</param>
    public IReadOnlyList<Architecture> Fitting(IReadOnlyDictionary<string, Tensor> tensors)
    {
        (Architecture Architecture, int Weights)[] fitting =
        [
            .. from architecture in Covered
               let trunk = Trunk(architecture)
               where trunk.Parameters.All(p => p.Value.IsBuffer || (tensors.TryGetValue(Key(p.Key), out Tensor? tensor) && WeightLoader.Fits(tensor, p.Value.Shape)))
               select (architecture, trunk.Parameters.Count(p => !p.Value.IsBuffer)),
        ];
        int most = fitting.Select(fit => fit.Weights).DefaultIfEmpty().Max();
        return [.. fitting.Where(fit => fit.Weights == most).Select(fit => fit.Architecture)];
    }

    /// <summary>The graph of an architecture for such weights, at the resolution of its images.</summary>
    /// <param name="architecture">The architecture.</param>
    public Graph Trunk(Architecture architecture) => architecture.Trunk(new TrunkOptions { Resolution = PreprocessingOf(architecture).Resolution, Epsilon = Epsilon });

    /// <summary>The same with a classifier, where the file has one.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="tensors">The file's tensors.</param>
    public Graph TrunkAndHead(Architecture architecture, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Graph trunk = Trunk(architecture);
        return tensors.TryGetValue(Key($"{ClassifierHead.Classifier}.weight"), out Tensor? classifier) && classifier.Shape.Rank == 2 ? trunk.WithHead(Math.Max(classifier.Shape[0], 1)) : trunk;
    }

    /// <summary>Whether an architecture is of the family, trained by PyTorch or by TensorFlow.</summary>
    private protected bool IsOfFamilyOrTensorFlow(Architecture architecture) =>
        architecture.Name.AsSpan(architecture.Name.StartsWith("tf_", StringComparison.Ordinal) ? "tf_".Length : 0).StartsWith(Family, StringComparison.Ordinal);
}
