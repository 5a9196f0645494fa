using System.Collections.Immutable;
using Graft.Threads;

namespace Graft.Inference;

/// <summary>How a network is compiled for inference.</summary>
public sealed record InferenceOptions
{
    /// <summary>How many threads a call uses; 0 for one per processor.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }

    /// <summary>The outputs to compute, by name; empty for the network's main (last) one. Nodes that none of them needs are left out.</summary>
    public ImmutableArray<string> Outputs { get; init; } = [];
}
