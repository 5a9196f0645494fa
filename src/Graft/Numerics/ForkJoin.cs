namespace Graft.Numerics;

/// <summary>
/// Runs independent pieces of work on several threads. The pieces are cut by the caller, never by the number of threads, so that the
/// results have the same bits on any number of them.
/// </summary>
internal static class ForkJoin
{
    /// <summary>The most threads that one call uses.</summary>
    public static int Threads { get; set; } = Environment.ProcessorCount;

    public static void Run(int pieces, Action<int> work)
    {
        if (pieces <= 1 || Threads <= 1)
        {
            for (int i = 0; i < pieces; i++)
                work(i);
        }
        else
        {
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = Threads }, work);
        }
    }
}
