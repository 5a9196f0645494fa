using Graft.Kernels.Elementwise;

namespace Graft.Networks.Passes;

/// <summary>A convolution or dense layer with what follows it: clamp(norm(layer(input)) + residual).</summary>
/// <param name="Node">The convolution or dense layer.</param>
/// <param name="Input">The value that it takes.</param>
/// <param name="Output">The value that comes out at the end.</param>
internal sealed record FusedLayer(Node Node, string Input, string Output)
{
    /// <summary>The batch norm folded into the weights, or null.</summary>
    public Node? Norm { get; init; }

    /// <summary>The value that is added, or null.</summary>
    public string? Residual { get; init; }

    /// <summary>The activation.</summary>
    public Clamp Clamp { get; init; } = Clamp.None;
}
