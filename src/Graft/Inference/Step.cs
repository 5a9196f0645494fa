using System.Collections.Immutable;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Inference;

/// <summary>One step of a plan: what is computed together.</summary>
internal abstract record Step
{
    /// <summary>The values that it takes.</summary>
    public abstract ImmutableArray<string> Inputs { get; }

    /// <summary>The value that it computes.</summary>
    public abstract string Output { get; }

    /// <summary>The nodes with weights, and those that are steps of their own.</summary>
    public abstract IEnumerable<Node> Nodes { get; }

    private protected static ImmutableArray<string> Taken(FusedLayer first, FusedLayer? last) =>
        last?.Residual is { } residual && residual != first.Input ? [first.Input, residual] : [first.Input];
}

/// <summary>A convolution of one group without dilation.</summary>
internal sealed record ConvolutionStep(FusedLayer Layer) : Step
{
    public override ImmutableArray<string> Inputs => Taken(Layer, Layer);

    public override string Output => Layer.Output;

    public override IEnumerable<Node> Nodes => [Layer.Node];
}

/// <summary>A convolution with groups or dilation.</summary>
internal sealed record GroupedStep(FusedLayer Layer) : Step
{
    public override ImmutableArray<string> Inputs => [Layer.Input];

    public override string Output => Layer.Output;

    public override IEnumerable<Node> Nodes => [Layer.Node];
}

/// <summary>A depthwise convolution, with the convolution before it and the 1x1 convolution after it where they can join.</summary>
internal sealed record InvertedResidualStep(FusedLayer? Expand, FusedLayer Depthwise, FusedLayer? Project) : Step
{
    public override ImmutableArray<string> Inputs => Taken(Expand ?? Depthwise, Project);

    public override string Output => (Project ?? Depthwise).Output;

    public override IEnumerable<Node> Nodes => new[] { Expand, Depthwise, Project }.OfType<FusedLayer>().Select(layer => layer.Node);
}

/// <summary>A dense layer.</summary>
internal sealed record DenseStep(FusedLayer Layer) : Step
{
    public override ImmutableArray<string> Inputs => Taken(Layer, Layer);

    public override string Output => Layer.Output;

    public override IEnumerable<Node> Nodes => [Layer.Node];
}

/// <summary>A normalization over the pixels of the picture, with the activation after it.</summary>
internal sealed record PictureNormStep(Node Node, ImmutableArray<string> Takes, string Last, Clamp Clamp) : Step
{
    public override ImmutableArray<string> Inputs => Takes;

    public override string Output => Last;

    public override IEnumerable<Node> Nodes => [Node];
}

/// <summary>Any other node, on its own.</summary>
internal sealed record OperationStep(Node Node, ImmutableArray<string> Takes) : Step
{
    public override ImmutableArray<string> Inputs => Takes;

    public override string Output => Node.Name;

    public override IEnumerable<Node> Nodes => [Node];
}
