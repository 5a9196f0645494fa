using System.Runtime.ExceptionServices;
using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>What a <see cref="ReadAhead{TSlot}"/> does.</summary>
internal interface IBatchWork<TSlot>
{
    /// <summary>The number of batches.</summary>
    int Batches { get; }

    /// <summary>The number of rows of a batch, at least 1.</summary>
    int CountOf(int batch);

    /// <summary>Makes the memory of one batch.</summary>
    TSlot MakeSlot();

    /// <summary>Called before the first row of a batch, in order, by one thread at a time, while the others wait.</summary>
    void Begin(TSlot slot, int batch);

    /// <summary>Fills one row, on any thread.</summary>
    void Fill(TSlot slot, int batch, int row, FileReader reader);

    /// <summary>Called after the last row of a batch, on any thread.</summary>
    void Finish(TSlot slot, int batch);
}

/// <summary>A ring of batches that worker threads fill in order ahead of whoever takes them.</summary>
internal sealed class ReadAhead<TSlot> : IDisposable
    where TSlot : class
{
    private readonly IBatchWork<TSlot> work;
    private readonly CancellationToken cancellation;
    private readonly CancellationTokenRegistration registration;
    private readonly Place[] ring;
    private readonly Thread[] workers;

    // Everything below is guarded by the gate.
    private readonly object gate = new();
    private int nextBatch, nextRow, released, taken;
    private bool stopped;
    private ExceptionDispatchInfo? failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="work">What is done.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="ahead">Batches that may be ready or in the making beyond the one in use.</param>
    /// <param name="cancellation">Stops the threads.</param>
    public ReadAhead(IBatchWork<TSlot> work, int threads, int ahead, CancellationToken cancellation)
    {
        (this.work, this.cancellation) = (work, cancellation);
        cancellation.ThrowIfCancellationRequested();
        ring = new Place[Math.Min((long)ahead + 1, work.Batches)];
        for (int i = 0; i < ring.Length; i++) ring[i] = new Place();
        workers = new Thread[threads];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Work) { IsBackground = true, Name = "Graft image loader" };
            workers[i].Start();
        }

        registration = cancellation.Register(Stop);
    }

    /// <summary>Gives the last batch back and waits for the next; <see langword="null"/> after the last.</summary>
    public TSlot? Next()
    {
        cancellation.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (taken > released)
            {
                // The place of the batch that was in use now belongs to the batch a whole ring later.
                ring[released % ring.Length].Ready = false;
                released++;
                Monitor.PulseAll(gate);
            }

            if (taken >= work.Batches) return null;
            Place place = ring[taken % ring.Length];
            while (!place.Ready && !stopped) Monitor.Wait(gate);
            failure?.Throw();
            if (!place.Ready) cancellation.ThrowIfCancellationRequested();
            taken++;
            return place.Slot;
        }
    }

    public void Dispose()
    {
        Stop();
        registration.Dispose();
        foreach (Thread worker in workers) worker.Join();
    }

    private void Stop()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.PulseAll(gate);
        }
    }

    private void Work()
    {
        FileReader reader = new();
        try
        {
            while (true)
            {
                int batch, row;
                Place place;
                lock (gate)
                {
                    while (!stopped && nextBatch < work.Batches && nextBatch >= released + ring.Length) Monitor.Wait(gate);
                    if (stopped || nextBatch >= work.Batches) return;
                    (batch, row) = (nextBatch, nextRow++);
                    place = ring[batch % ring.Length];
                    if (row == 0)
                    {
                        place.Slot ??= work.MakeSlot();
                        place.Waiting = work.CountOf(batch);
                        work.Begin(place.Slot, batch);
                    }

                    if (nextRow == work.CountOf(batch)) (nextBatch, nextRow) = (batch + 1, 0);
                }

                work.Fill(place.Slot!, batch, row, reader);
                if (Interlocked.Decrement(ref place.Waiting) > 0) continue;
                work.Finish(place.Slot!, batch);
                lock (gate)
                {
                    place.Ready = true;
                    Monitor.PulseAll(gate);
                }
            }
        }
        catch (Exception error)
        {
            lock (gate) failure ??= ExceptionDispatchInfo.Capture(error);
            Stop();
        }
    }

    private sealed class Place
    {
        // Rows that are still to come.
        public int Waiting;

        public TSlot? Slot { get; set; }

        public bool Ready { get; set; }
    }
}
