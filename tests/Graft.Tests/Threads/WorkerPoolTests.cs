using Graft.Threads;

namespace Graft.Tests.Threads;

public class WorkerPoolTests
{
    private static readonly Chunk Count = static (state, chunk, _) => Interlocked.Increment(ref ((int[])state)[chunk]);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(2, 7)]
    [InlineData(4, 2)]
    [InlineData(7, 1000)]
    public void EveryChunkRunsOnce(int threads, int chunks)
    {
        using WorkerPool pool = new(threads);
        int[] counts = new int[chunks];
        for (int run = 1; run <= 200; run++)
        {
            pool.Run(chunks, Count, counts);
            Assert.All(counts, count => Assert.Equal(run, count));
        }
    }

    [Fact]
    public void SleepingWorkersWakeForTheNextJob()
    {
        using WorkerPool pool = new(3);
        int[] counts = new int[64];
        for (int run = 1; run <= 20; run++)
        {
            pool.Run(counts.Length, Count, counts);
            Thread.Sleep(2);
        }

        Assert.All(counts, count => Assert.Equal(20, count));
    }

    [Fact]
    public void WorkersShareTheWorkAndHaveIndexesOfTheirOwn()
    {
        using WorkerPool pool = new(3);

        // Each of the three chunks waits for the two others, so that it takes three threads to finish.
        using Barrier barrier = new(3);
        int[] workers = new int[3];
        pool.Run(3, (_, chunk, worker) =>
        {
            workers[chunk] = worker;
            barrier.SignalAndWait();
        }, this);
        Assert.Equal([0, 1, 2], workers.Order());
    }

    [Fact]
    public void TheExceptionOfAChunkReachesTheCallerAndThePoolGoesOn()
    {
        using WorkerPool pool = new(2);
        for (int i = 0; i < 50; i++)
        {
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
                pool.Run(20, static (_, chunk, _) => throw new InvalidOperationException("a chunk failed"), this));
            Assert.Equal("a chunk failed", error.Message);
            int[] counts = new int[20];
            pool.Run(20, Count, counts);
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void ARunInsideAChunkWorksAlone()
    {
        using WorkerPool pool = new(2);
        int[] counts = new int[40];
        pool.Run(8, (_, chunk, _) =>
        {
            int thread = Environment.CurrentManagedThreadId;
            pool.Run(5, (_, inner, worker) =>
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                Assert.Equal(0, worker);
                Interlocked.Increment(ref counts[(chunk * 5) + inner]);
            }, this);
        }, this);
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void ConcurrentRunsAreAllComplete()
    {
        using WorkerPool pool = new(2);
        Thread[] callers = new Thread[4];
        int wrong = 0;
        for (int i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() =>
            {
                int[] counts = new int[33];
                for (int run = 1; run <= 500; run++)
                {
                    pool.Run(counts.Length, Count, counts);
                    if (counts.Any(count => count != run)) Interlocked.Increment(ref wrong);
                }
            });
            callers[i].Start();
        }

        foreach (Thread caller in callers) caller.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void ARunAllocatesNothing()
    {
        using WorkerPool pool = new(2);
        int[] counts = new int[16];
        for (int i = 0; i < 100; i++) pool.Run(counts.Length, Count, counts);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) pool.Run(counts.Length, Count, counts);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ADisposedPoolWorksOnTheCallingThread()
    {
        WorkerPool pool = new(3);
        int[] counts = new int[10];
        pool.Run(counts.Length, Count, counts);
        pool.Dispose();
        pool.Dispose();
        pool.Run(counts.Length, (_, chunk, worker) =>
        {
            Assert.Equal(0, worker);
            counts[chunk]++;
        }, this);
        Assert.All(counts, count => Assert.Equal(2, count));
    }

    [Fact]
    public void PoolsAreSharedByTheirNumberOfThreads()
    {
        WorkerPool shared = WorkerPool.Shared(3);
        Assert.Same(shared, WorkerPool.Shared(3));
        Assert.NotSame(shared, WorkerPool.Shared(2));
        Assert.Equal(Environment.ProcessorCount, WorkerPool.Shared().Threads);
        shared.Dispose();
        using Barrier barrier = new(2);
        shared.Run(2, (_, _, _) => barrier.SignalAndWait(), this);
    }

    [Fact]
    public void ThreadsMustNotBeNegative()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerPool.Shared(-1));
    }
}
