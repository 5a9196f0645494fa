using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Tensors;

namespace Graft.Plans;

/// <summary>A node of a network, as an operation sees it that makes a training kernel.</summary>
internal sealed class TrainingNode
{
    /// <summary>The node's name, for errors.</summary>
    public required string Name { get; init; }

    /// <summary>A number of its own, for what is random.</summary>
    public required ulong Number { get; init; }

    /// <summary>The values that it reads.</summary>
    public required ImmutableArray<InputUse> Inputs { get; init; }

    /// <summary>The value that it writes.</summary>
    public required ActivationBuffer Output { get; init; }

    /// <summary>The shapes of its inputs for one image.</summary>
    public required ImmutableArray<Shape> InputShapes { get; init; }

    /// <summary>The shape of its output for one image.</summary>
    public required Shape OutputShape { get; init; }

    /// <summary>Its weights and buffers, by their names within the node.</summary>
    public required Func<string, Tensor> Weight { get; init; }

    /// <summary>The gradients of those of its weights that are trained, by their names within the node; null for others.</summary>
    public required Func<string, Tensor?> Gradient { get; init; }

    /// <summary>Whether it normalizes by the statistics of the batch.</summary>
    public required bool UsesBatch { get; init; }

    /// <summary>The most images of a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>What values between steps may be kept as.</summary>
    public ElementType Narrowest { get; init; } = ElementType.Float32;

    /// <summary>What the caches hold from one step to the next.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>What adds numbers up over all ranks, or null where there is one.</summary>
    public SumOverRanks? SumOverRanks { get; init; }
}

/// <summary>Replaces numbers by their sums over all ranks.</summary>
internal delegate void SumOverRanks(Span<double> values);
