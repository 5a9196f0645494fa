namespace Graft.Training;

/// <summary>Ranks on threads of one process, each thread with a plan of its own: numbers are added in the order of the ranks, so the sums have the same bits whoever comes first.</summary>
internal sealed class InProcessAllReduce : IDisposable
{
    private readonly Barrier barrier;
    private readonly double[][] numbers;
    private readonly int[] lengths;
    private readonly TimeSpan patience;

    /// <summary>Makes the ranks.</summary>
    /// <param name="ranks">Their number.</param>
    /// <param name="patience">How long a rank waits for the others before it takes them for lost; null is five minutes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public InProcessAllReduce(int ranks, TimeSpan? patience = null)
    {
        if (ranks < 1) throw new ArgumentOutOfRangeException(nameof(ranks), ranks, "The number of ranks must be positive.");
        (barrier, this.patience) = (new Barrier(ranks), patience ?? TimeSpan.FromMinutes(5));
        (numbers, lengths) = ([.. Enumerable.Range(0, ranks).Select(_ => Array.Empty<double>())], new int[ranks]);
        Ranks = [.. Enumerable.Range(0, ranks).Select(rank => new Rank(this, rank))];
    }

    /// <summary>What each plan is given, one for each thread.</summary>
    public IReadOnlyList<IAllReduce> Ranks { get; }

    /// <summary>Hands the barrier back.</summary>
    public void Dispose() => barrier.Dispose();

    private void Wait(int rank)
    {
        if (!barrier.SignalAndWait(patience))
            throw new TrainingException($"In an all-reduce every rank takes part: rank {rank} of {lengths.Length} waited {patience.TotalSeconds:0.#} seconds for the others. Look for what stopped them.");
    }

    private sealed class Rank(InProcessAllReduce owner, int rank) : IAllReduce
    {
        int IAllReduce.Ranks => owner.lengths.Length;

        public void Sum(Span<double> values)
        {
            Span<double> mine = Room(values.Length);
            values.CopyTo(mine);
            Exchange(values.Length);
            for (int i = 0; i < values.Length; i++) values[i] = Total(i);
            owner.Wait(rank);
        }

        public void Sum(Span<float> values)
        {
            Span<double> mine = Room(values.Length);
            for (int i = 0; i < values.Length; i++) mine[i] = values[i];
            Exchange(values.Length);
            for (int i = 0; i < values.Length; i++) values[i] = (float)Total(i);
            owner.Wait(rank);
        }

        private Span<double> Room(int length)
        {
            if (owner.numbers[rank].Length < length) owner.numbers[rank] = new double[length];
            owner.lengths[rank] = length;
            return owner.numbers[rank].AsSpan(0, length);
        }

        private void Exchange(int length)
        {
            owner.Wait(rank);

            // Every rank sees the same lengths, so all throw or none does.
            if (owner.lengths.Any(other => other != length))
                throw new TrainingException($"In an all-reduce every rank gives as many numbers: they gave {string.Join(", ", owner.lengths)}. Train the same network on all of them.");
        }

        private double Total(int i)
        {
            double total = 0;
            foreach (double[] other in owner.numbers) total += other[i];
            return total;
        }
    }
}
