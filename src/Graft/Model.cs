using System.Collections.Immutable;
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

    /// <summary>Where the model came from: free facts such as <c>trunk</c>, <c>source</c>, <c>created</c>, <c>val_top1</c>, in the order of their names. Those of the trunk that it was grafted onto begin with <c>trunk.</c></summary>
    public ImmutableSortedDictionary<string, string> Provenance { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The trunk, without its head and labels; what is done to images stays.</summary>
    /// <exception cref="NetworkException">The network has no output <c>features</c>.</exception>
    public Model WithoutHead() => new(Network.Trunk()) { Preprocessing = Preprocessing, Provenance = Provenance };
}
