namespace Graft.Vision.Decoding;

/// <summary>How many bytes of decoded images there may be at a time, over all threads. What does not fit waits its turn; an image larger than the budget goes alone.</summary>
/// <param name="capacity">The bytes.</param>
internal sealed class DecodeBudget(long capacity)
{
    private const long MostShared = 1L << 30;

    // Everything below is guarded by the gate.
    private readonly object gate = new();
    private long taken, garbage, nextTurn, turn;
    private int collections;

    /// <summary>That of the process: a quarter of the memory, at most 1 GiB.</summary>
    public static DecodeBudget Shared { get; } = new(Math.Min(MostShared, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4));

    /// <summary>The most bytes that were taken at a time.</summary>
    public long Peak { get; private set; }

    /// <summary>Waits until so many bytes are free, first come first served, and takes them. A thread that holds some must not ask for more.</summary>
    public void Take(long bytes)
    {
        lock (gate)
        {
            // In order, so that small images do not keep a large one waiting for ever.
            long mine = nextTurn++;
            while (mine != turn || (taken > 0 && taken + bytes > capacity)) Monitor.Wait(gate);
            turn++;
            Collect(bytes);
            taken += bytes;
            Peak = Math.Max(Peak, taken);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void GiveBack(long bytes)
    {
        lock (gate)
        {
            taken -= bytes;

            // Smaller images are in arrays that are used again.
            if (bytes > RgbImage.LongestPooled) garbage += bytes;
            Monitor.PulseAll(gate);
        }
    }

    // Memory that was given back is not free before it is collected, and a few huge arrays alone do not bring that about.
    private void Collect(long bytes)
    {
        int now = GC.CollectionCount(GC.MaxGeneration);
        if (now != collections) garbage = 0;
        if (garbage > 0 && taken + garbage + bytes > capacity)
        {
            GC.Collect();
            garbage = 0;
        }

        collections = GC.CollectionCount(GC.MaxGeneration);
    }
}

/// <summary>A part of the budget, held until disposed: as long as the images that were decoded under it are in use.</summary>
internal sealed class DecodeLease(DecodeBudget budget) : IDisposable
{
    private long held;

    /// <summary>Makes a lease on the budget of the process.</summary>
    public DecodeLease()
        : this(DecodeBudget.Shared)
    {
    }

    /// <summary>Takes the bytes. Only the first call does: to wait with a part in hand could be to wait for ever.</summary>
    public void Take(long bytes)
    {
        if (held > 0) return;
        budget.Take(bytes);
        held = bytes;
    }

    public void Dispose()
    {
        if (held > 0) budget.GiveBack(held);
        held = 0;
    }
}

/// <summary>How an image is decoded.</summary>
/// <param name="Limits">What it may cost.</param>
/// <param name="ShorterSide">What the shorter side must still have, where an image can be decoded smaller than it is.</param>
/// <param name="Lease">What pays for the memory.</param>
internal readonly record struct DecodeRequest(ImageLimits Limits, int ShorterSide, DecodeLease Lease)
{
    /// <summary>As many images of the size are in memory at a time.</summary>
    public int Copies { get; init; } = 1;
}
