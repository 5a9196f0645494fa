using System.Collections.Immutable;
using Graft.Activations;
using Graft.Kernels.Quantization;
using Graft.Networks;

namespace Graft.Inference;

/// <summary>A node with what follows it that is done at its end: activation(affine(node(inputs)) + residual), and where bytes come out, the nearest of a grid.</summary>
/// <param name="Node">The node.</param>
/// <param name="Inputs">The values that it takes.</param>
/// <param name="Output">The value that comes out at the end.</param>
internal sealed record FusedNode(Node Node, ImmutableArray<string> Inputs, string Output)
{
    /// <summary>The normalization with kept statistics that becomes a scale and shift, or null.</summary>
    public Node? Norm { get; init; }

    /// <summary>The value that is added, or null.</summary>
    public string? Residual { get; init; }

    /// <summary>The grid of bytes that the result is rounded to before the residual is added; null where it is none.</summary>
    public ByteGrid? Inner { get; init; }

    /// <summary>The grid whose bytes come out; null where numbers do.</summary>
    public ByteGrid? Grid { get; init; }

    /// <summary>The grids of the values that it takes, the one that is added last, where it works on bytes; empty where on numbers.</summary>
    public ImmutableArray<ByteGrid> Grids { get; init; } = [];

    /// <summary>Whether it works on bytes.</summary>
    public bool IsOnBytes => !Grids.IsEmpty;

    /// <summary>The activation.</summary>
    public ActivationFunction Activation { get; init; } = ActivationFunction.Identity;
}

/// <summary>One step of a plan: nodes that are computed together, one after the other.</summary>
/// <param name="Nodes">The nodes: one, or a depthwise convolution with those before and after it.</param>
internal sealed record InferenceStep(ImmutableArray<FusedNode> Nodes)
{
    /// <summary>The values that it takes; the one that is added comes last.</summary>
    public ImmutableArray<string> Inputs => Nodes[^1].Residual is { } residual && residual != Nodes[0].Inputs[^1] ? Nodes[0].Inputs.Add(residual) : Nodes[0].Inputs;

    /// <summary>The value that it computes.</summary>
    public string Output => Nodes[^1].Output;
}
