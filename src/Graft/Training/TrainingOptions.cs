using System.Collections.Immutable;
using Graft.Threads;

namespace Graft.Training;

/// <summary>How a network is compiled for training.</summary>
public sealed record TrainingOptions
{
    /// <summary>The most images of a step: 32.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>How many threads work; 0 for one per processor. The results are the same bits for every number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }

    /// <summary>What activations and their gradients are kept as.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>Which parameters are trained, by full name; null for all. Buffers never are.</summary>
    public Func<string, bool>? Trainable { get; init; }

    /// <summary>
    /// Whether batch norms with trained weights normalize by the statistics of the batch and move the running ones. Otherwise they use the running statistics and keep them bit
    /// for bit, as norms whose weights are not trained always do. A norm without weights follows those before it: it is trained where some weight before it is, or where all are.
    /// </summary>
    public bool BatchStatistics { get; init; } = true;

    /// <summary>Whether wide activations are computed again in the backward instead of being kept: less memory, more time.</summary>
    public bool Recompute { get; init; }

    /// <summary>What joins the plan to those of other ranks, which train the same network on other parts of each batch: its <see cref="Operations.Normalization.SyncBatchNorm"/>s add their sums up by it.</summary>
    internal IAllReduce? AllReduce { get; init; }

    /// <summary>The outputs to compute, by name; empty for the main (last) one.</summary>
    public ImmutableArray<string> Outputs { get; init; } = [];

    /// <summary>Whether the gradient of the input is computed too.</summary>
    public bool InputGradient { get; init; }

    /// <summary>Values of more bytes than this are out of the caches by the time they are read again, and are written past them.</summary>
    internal long CacheBytes { get; init; } = 12 << 20;

    /// <summary>Values of more bytes than this are not stored where their only reader can compute them again, and does so quickly; with 0, however long that takes.</summary>
    internal long LeastJoinedBytes { get; init; } = 8 << 20;
}
