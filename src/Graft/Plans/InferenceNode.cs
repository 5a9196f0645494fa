using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
using Graft.Tensors;

namespace Graft.Plans;

/// <summary>A node of a network, as an operation sees it that makes an inference kernel.</summary>
internal sealed class InferenceNode
{
    /// <summary>The shapes of its inputs for one image.</summary>
    public required ImmutableArray<Shape> Inputs { get; init; }

    /// <summary>The grids of its inputs, the residual last, where they are bytes; empty for numbers.</summary>
    public ImmutableArray<ByteGrid> Grids { get; init; } = [];

    /// <summary>Whether it works on bytes: its inputs are.</summary>
    public bool IsOnBytes => !Grids.IsEmpty;

    /// <summary>The shape of its output for one image.</summary>
    public required Shape Output { get; init; }

    /// <summary>Its weights and buffers, by their names within the node. They may change later: a kernel copies what it keeps.</summary>
    public required Func<string, Tensor> Weight { get; init; }

    /// <summary>Where packed weights go.</summary>
    public required WeightBlock Block { get; init; }

    /// <summary>What is done at the end.</summary>
    public Epilogue Epilogue { get; init; } = Epilogue.None;

    /// <summary>A copy of a weight.</summary>
    public Tensor Copy(string name) => new(Weight(name).Shape, Weight(name).Span);
}
