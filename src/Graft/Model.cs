using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft;

/// <summary>What a <c>.graft</c> file holds: a network and all that is needed to use it on images.</summary>
/// <param name="Network">The network. A classifier's main output is <c>logits</c>; a trunk's is <c>features</c>.</param>
public sealed record Model(Network Network)
{
    /// <summary>The name of each class, in the order of the logits; empty for a trunk.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>What the outputs say of an image: one of several classes, any of several labels, or numbers, whose names are <see cref="Labels"/>.</summary>
    public ModelTask Task { get; init; }

    /// <summary>For several labels: the probability from which on each is given. Empty: one half.</summary>
    public ImmutableArray<float> Thresholds { get; init; } = [];

    /// <summary>For numbers: the half-width of the interval that holds the true value with the probability <see cref="Coverage"/>, for each. Empty: unknown.</summary>
    public ImmutableArray<float> Margins { get; init; } = [];

    /// <summary>How probable it is that an interval of <see cref="Margins"/> holds the true value.</summary>
    public double Coverage { get; init; }

    /// <summary>What is done to an image before it enters the network.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.ImageNet;

    /// <summary>The statistics of the features that the head learned from, by which <c>graft adapt</c> fits it to another place; <see langword="null"/>: unknown.</summary>
    public FeatureStatistics? FeatureStatistics { get; init; }

    /// <summary>Where the model came from: free facts such as <c>trunk</c>, <c>source</c>, <c>created</c>, <c>val_top1</c>, in the order of their names. Those of the trunk that it was grafted onto begin with <c>trunk.</c></summary>
    public ImmutableSortedDictionary<string, string> Provenance { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>A trunk that comes with Graft; <c>graft models</c> lists them with their cards. It has the output <c>features</c>, <c>[batch, 1280]</c>.</summary>
    /// <param name="name">
    /// Which one: <c>builtin</c> is MobileNetV2 0.35 at 224, trained by Graft to give the features of a network that was trained on ImageNet; <c>builtin-large</c> is MobileNetV2 1.0, likewise, and has <c>logits</c> of ImageNet's 1,000
    /// classes, too; <c>builtin-ibn</c> is MobileNetV2 0.35 with instance and batch norms, for images that look unlike photographs.
    /// </param>
    /// <exception cref="GraftException">There is none of that name.</exception>
    public static Model Builtin(string name = BuiltinTrunks.Usual) => BuiltinTrunks.Load(name);

    /// <summary>Reads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file is no model, damaged, or larger than is usual; the message says so.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path) => ModelFile.Load(path);

    /// <summary>Reads a <c>.graft</c> file of a network that may cost more than is usual.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What its network may cost.</param>
    /// <exception cref="WeightFileException">The file is no model, damaged, or over a limit; the message says so.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path, NetworkLimits limits) => ModelFile.Load(path, limits);

    /// <summary>Reads a model from a stream.</summary>
    /// <param name="stream">The content of a <c>.graft</c> file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">It is no model, damaged, or larger than is usual; the message says so.</exception>
    public static Model Load(Stream stream, string name = "model") => ModelFile.Load(stream, name);

    /// <summary>Writes the model as a <c>.graft</c> file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="precision">How exactly weights are kept: half precision takes half the room.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, WeightPrecision precision = WeightPrecision.Float32) => ModelFile.Save(this, path, precision);

    /// <summary>Writes the model into a stream.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="precision">How exactly weights are kept: half precision takes half the room.</param>
    public void Save(Stream stream, WeightPrecision precision = WeightPrecision.Float32) => ModelFile.Save(this, stream, precision);

    /// <summary>The trunk, without its head and labels; what is done to images stays.</summary>
    /// <exception cref="NetworkException">The network has no output <c>features</c>.</exception>
    public Model WithoutHead() => new(Network.Trunk()) { Preprocessing = Preprocessing, Provenance = Provenance };
}
