using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Graft.Threads;

/// <summary>A piece of parallel work: chunk <paramref name="chunk"/> of the job at <paramref name="state"/>.</summary>
/// <param name="state">What the caller passed along.</param>
/// <param name="chunk">The index of the chunk.</param>
/// <param name="worker">
/// The index of the worker that runs it, below <see cref="WorkerPool.Threads"/>: for scratch memory of its own. No two threads of one
/// <see cref="WorkerPool.Run(int, Chunk, object)"/> have the same; two concurrent runs do.
/// </param>
internal unsafe delegate void Chunk(object state, int chunk, int worker);

/// <summary>A small fork-join pool: workers sleep when idle, and the caller works too.</summary>
/// <remarks>
/// Each worker begins with a share of the chunks of its own, the same share of every job, so that what it wrote in one job is in its caches in the next; then it helps the others, from the ends of their shares.
/// One job at a time is open to the workers. A run that finds the pool busy, from another thread or from inside a chunk, does its work on the
/// calling thread alone. After a job a worker watches for the next one for <see cref="SpinMicroseconds"/>, since the layers of a network follow each other closely,
/// then sleeps until it is woken.
/// </remarks>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinMicroseconds = 50;
    private const int Closed = int.MinValue;

    // From one worker's share to the next: two lines of the cache, which are fetched in pairs.
    private const int ShareStep = 16;

    private static readonly Lock SharedLock = new();
    private static readonly Dictionary<int, WorkerPool> SharedPools = [];

    [ThreadStatic]
    private static bool isInsideChunk;

    [ThreadStatic]
    private static int opened;

    private readonly SemaphoreSlim wake = new(0);
    private readonly bool isShared;
    private Thread[]? workers;

    // The open job. Written only while `entrants` is Closed with nobody inside.
    private Chunk? job;
    private object? jobState;
    private ExceptionDispatchInfo? failure;

    // For each worker the chunks of its share that nobody has begun: the first, and above it one past the last.
    private readonly long[] shares;

    // How many workers are inside the job; Closed is added while none may enter.
    private int entrants = Closed;

    // Counts the jobs, so that a worker enters each only once.
    private int generation;

    // Workers that are asleep or on their way there, and that no permit of `wake` was released for.
    private int sleepers;
    private int isBusy;
    private volatile bool isStopping;

    /// <summary>Makes a pool. Its threads start with the first job that has work for them.</summary>
    /// <param name="threads">How many threads work, the caller included; 0 for one per processor.</param>
    public WorkerPool(int threads = 0)
        : this(threads, isShared: false)
    {
    }

    private WorkerPool(int threads, bool isShared)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        this.isShared = isShared;
        shares = new long[Threads * ShareStep];
    }

    /// <summary>How many threads work, the caller included.</summary>
    public int Threads { get; }

    /// <summary>How many jobs the calling thread has opened to workers, of any pool: none where it asked for one thread.</summary>
    internal static int Opened => opened;

    /// <summary>A number of threads that an option gives.</summary>
    public static int Checked(int threads, [CallerMemberName] string name = "") => threads >= 0
        ? threads
        : throw new ArgumentOutOfRangeException(name, threads, "The number of threads must not be negative; 0 is one per processor.");

    /// <summary>The process-wide pool of a number of threads, so that not every session has threads of its own. Disposing it does nothing.</summary>
    /// <param name="threads">How many threads work, the caller included; 0 for one per processor.</param>
    public static WorkerPool Shared(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0) threads = Environment.ProcessorCount;
        lock (SharedLock)
        {
            if (!SharedPools.TryGetValue(threads, out WorkerPool? pool)) SharedPools.Add(threads, pool = new WorkerPool(threads, isShared: true));
            return pool;
        }
    }

    /// <summary>Runs chunks 0 to <paramref name="chunks"/> - 1 and returns when all are done. Chunks must not depend on which worker runs them.</summary>
    /// <remarks>
    /// Allocates nothing when <paramref name="chunk"/> is a static or cached delegate. When a chunk throws, those not yet begun are left out and the first exception is thrown
    /// from here. A disposed pool works on the calling thread.
    /// </remarks>
    public void Run(int chunks, Chunk chunk, object state)
    {
        if (chunks <= 1 || Threads == 1 || isInsideChunk || isStopping || Interlocked.CompareExchange(ref isBusy, 1, 0) != 0)
        {
            for (int i = 0; i < chunks; i++) chunk(state, i, 0);
            return;
        }

        opened++;
        if (workers is null) StartWorkers();
        (job, jobState) = (chunk, state);
        for (int worker = 0; worker < Threads; worker++)
        {
            long first = (long)chunks * worker / Threads, end = (long)chunks * (worker + 1) / Threads;
            shares[worker * ShareStep] = (end << 32) | first;
        }

        Volatile.Write(ref entrants, 0);
        Interlocked.Increment(ref generation);
        WakeWorkers(chunks - 1);

        WorkOnJob(worker: 0);

        Interlocked.Or(ref entrants, Closed);
        SpinWait spin = default;
        while (Volatile.Read(ref entrants) != Closed) spin.SpinOnce(sleep1Threshold: -1);

        (job, jobState) = (null, null);
        ExceptionDispatchInfo? thrown = failure;
        failure = null;
        Volatile.Write(ref isBusy, 0);
        thrown?.Throw();
    }

    /// <summary>Runs pieces 0 to <paramref name="pieces"/> - 1 of work without a state of its own, and returns when all are done.</summary>
    /// <remarks>
    /// For pieces that are cut by the sizes of the problem alone, so that results have the same bits on any number of threads. Allocates the delegate that is passed, and nothing else.
    /// </remarks>
    public void Run(int pieces, Action<int> work) => Run(pieces, static (state, piece, _) => ((Action<int>)state)(piece), work);

    /// <summary>Stops the threads once they have finished what they are at.</summary>
    public void Dispose()
    {
        if (isShared || isStopping) return;

        // Takes the place of a job, so that none is running and none begins.
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref isBusy, 1, 0) != 0) spin.SpinOnce();
        isStopping = true;
        Interlocked.Increment(ref generation);
        WakeWorkers(int.MaxValue);
        foreach (Thread worker in workers ?? []) worker.Join();
        wake.Dispose();
        Volatile.Write(ref isBusy, 0);
    }

    private void StartWorkers()
    {
        Thread[] started = new Thread[Threads - 1];
        for (int i = 0; i < started.Length; i++)
        {
            int worker = i + 1;
            started[i] = new Thread(() => WorkerLoop(worker)) { IsBackground = true, Name = $"Graft worker {worker}" };
            started[i].UnsafeStart();
        }

        workers = started;
    }

    private void WorkerLoop(int worker)
    {
        // A worker that starts while its first job is already open takes part in it.
        int seen = 0;
        while (true)
        {
            seen = AwaitGenerationAfter(seen);
            if (isStopping) return;
            if (!TryEnter()) continue;
            WorkOnJob(worker);
            Interlocked.Decrement(ref entrants);
        }
    }

    private int AwaitGenerationAfter(int seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref generation) == seen)
        {
            if (Environment.ProcessorCount > 1 && Stopwatch.GetElapsedTime(start).TotalMicroseconds < SpinMicroseconds)
            {
                Thread.SpinWait(10);
                continue;
            }

            Interlocked.Increment(ref sleepers);

            // A job opened in between has perhaps seen no sleeper to wake; if it has, its permit must be used up.
            if (Volatile.Read(ref generation) != seen && TryDecrementSleepers(1) == 1) break;
            wake.Wait();
            start = Stopwatch.GetTimestamp();
        }

        return Volatile.Read(ref generation);
    }

    private bool TryEnter()
    {
        int inside = Volatile.Read(ref entrants);
        while (inside >= 0)
        {
            int before = Interlocked.CompareExchange(ref entrants, inside + 1, inside);
            if (before == inside) return true;
            inside = before;
        }

        return false;
    }

    private void WorkOnJob(int worker)
    {
        Chunk chunk = job!;
        object state = jobState!;
        isInsideChunk = true;
        try
        {
            while (TryTake(ref shares[worker * ShareStep], isOwn: true, out int next)) chunk(state, next, worker);
            for (int other = 1; other < Threads; other++)
                while (TryTake(ref shares[(worker + other) % Threads * ShareStep], isOwn: false, out int next)) chunk(state, next, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            for (int other = 0; other < Threads; other++) Volatile.Write(ref shares[other * ShareStep], 0);
        }
        finally
        {
            isInsideChunk = false;
        }
    }

    /// <summary>Takes a chunk of a share: the first by its owner, the last by others.</summary>
    private static bool TryTake(ref long share, bool isOwn, out int chunk)
    {
        long seen = Volatile.Read(ref share);
        while (true)
        {
            int first = (int)seen, end = (int)(seen >> 32);
            chunk = isOwn ? first : end - 1;
            if (first >= end) return false;
            long before = Interlocked.CompareExchange(ref share, isOwn ? ((long)end << 32) | (uint)(first + 1) : ((long)(end - 1) << 32) | (uint)first, seen);
            if (before == seen) return true;
            seen = before;
        }
    }

    private void WakeWorkers(int most)
    {
        int woken = TryDecrementSleepers(most);
        if (woken > 0) wake.Release(woken);
    }

    private int TryDecrementSleepers(int most)
    {
        while (true)
        {
            int asleep = Volatile.Read(ref sleepers);
            int taken = Math.Min(asleep, most);
            if (taken == 0 || Interlocked.CompareExchange(ref sleepers, asleep - taken, asleep) == asleep) return taken;
        }
    }
}
