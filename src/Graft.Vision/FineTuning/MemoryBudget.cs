using System.Diagnostics;
using System.Globalization;
using Graft.Networks;
using Graft.Training;

namespace Graft.Vision.FineTuning;

/// <summary>How a step of a training is done so that it takes less memory.</summary>
/// <param name="Images">How many images of a batch are worked on at a time; their gradients are added up.</param>
/// <param name="Joins">Whether wide values are computed where they are read, wherever that is possible.</param>
/// <param name="Recomputes">Whether wide values are computed again in the backward.</param>
internal sealed record MemoryChoice(int Images, bool Joins, bool Recomputes)
{
    /// <summary>The options of a plan.</summary>
    public TrainingOptions Of(TrainingOptions options) => options with { Batch = Math.Min(options.Batch, Images), LeastJoinedBytes = Joins ? 0 : options.LeastJoinedBytes, Recompute = Recomputes };

    /// <summary>The ways to do a step, the fastest first.</summary>
    /// <param name="batch">The images of a step.</param>
    /// <param name="canDivide">Whether a step may be divided: no statistics are of the whole batch.</param>
    public static IEnumerable<MemoryChoice> All(int batch, bool canDivide)
    {
        yield return new(batch, false, false);
        yield return new(batch, true, false);
        for (int images = batch / 2; canDivide && images >= 4; images /= 2) yield return new(images, true, false);
        if (!canDivide) yield return new(batch, true, true);
        for (int images = Math.Min(8, batch); canDivide && images >= 1; images /= 2) yield return new(images, true, true);
    }
}

/// <summary>What a process may take of the machine's memory, and what a training would take.</summary>
/// <param name="bytes">The most resident memory.</param>
internal sealed class MemoryBudget(long bytes)
{
    // What is not counted one by one, measured: code that is compiled on the way, images that are decoded, what the collector has not yet taken back.
    private const long Rest = 76_000_000;

    // Of every weight: those of the plan and of the network that it begins with, both ways of packing them, the best so far, an average on its way there, and a plan that judges it.
    private const int CopiesOfWeights = 7;

    // Of every weight that is trained: its gradient, two moments, its average.
    private const int CopiesOfTrained = 4;

    /// <summary>Gives all garbage back to the system, of which the collector would let some hundred megabytes lie; where the memory is bounded.</summary>
    public static void CollectFor(FineTunerOptions options)
    {
        if (options.Memory is not null) Collect();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>The most that the process took so far.</summary>
    public static long Peak
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    /// <summary>Chooses the fastest way that fits.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="canDivide">Whether a step may be divided.</param>
    /// <param name="loading">What loading the images takes.</param>
    /// <param name="plans">How many plans there are at a time.</param>
    /// <returns>The way, and the bytes that are left for images that are kept decoded.</returns>
    /// <exception cref="GraftException">None fits.</exception>
    public (MemoryChoice Choice, long Left) Choose(Network network, TrainingOptions options, bool canDivide, long loading, int plans)
    {
        long peak = Peak;
        Collect();
        long resident = Environment.WorkingSet, needed = 0;
        long weights = network.Weights.Values.Sum(weight => weight.Shape.Count) * sizeof(float);
        long trained = network.Weights.Where(weight => options.Trainable?.Invoke(weight.Key) != false).Sum(weight => weight.Value.Shape.Count) * sizeof(float);
        foreach (MemoryChoice choice in MemoryChoice.All(options.Batch, canDivide))
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread(), plan = TrainingPlan.Measure(network, choice.Of(options));
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

            // What a plan's kernels and norms keep is there twice when all is unfrozen. In the end features are computed once more, as they were before.
            needed = resident + Rest + ((plans + 1) * allocated) + (CopiesOfWeights * weights) + (plans * CopiesOfTrained * trained) + Math.Max(loading + (plans * plan), peak - resident);
            if (Math.Max(needed, peak) <= bytes) return (choice, bytes - needed);
        }

        throw new GraftException(
            $"The training does not fit into {Megabytes(bytes)}: it takes about {Megabytes(Math.Max(needed, peak) + 999_999)}. Allow that much, or use a lower resolution, a smaller trunk, fewer threads, or bfloat16.");
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000} MB");
}
