namespace Graft.Training;

/// <summary>
/// Population statistics: the running statistics replaced by the means, over many batches under the weights as they are now, of the batches' own means and unbiased variances (Ioffe and
/// Szegedy 2015, arXiv:1502.03167, algorithm 2, steps 8 to 12). A running average also remembers weights of earlier steps, and few images of each batch.
/// </summary>
internal static class PopulationStatistics
{
    /// <summary>Recomputes the running statistics of the norms that a plan trains; each batch counts the same.</summary>
    /// <typeparam name="TBatch">What a batch is.</typeparam>
    /// <param name="plan">The plan: its <see cref="TrainingPlan.Buffers"/> are written, its weights stay.</param>
    /// <param name="batches">The batches. Where there are none, nothing changes.</param>
    /// <param name="fill">Writes a batch to <see cref="TrainingPlan.Input"/> and gives out the number of its images.</param>
    /// <param name="seed">The seed of what is random in a forward.</param>
    /// <param name="firstStep">The step that the first batch stands for; by default it is behind every schedule, such as that of batch renormalization's limits.</param>
    /// <param name="cancellation">Stops at the next layer of a batch.</param>
    /// <exception cref="TrainingException">A batch has more images than the plan takes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Recompute<TBatch>(TrainingPlan plan, IEnumerable<TBatch> batches, Func<TBatch, int> fill, ulong seed = 0, ulong firstStep = uint.MaxValue, CancellationToken cancellation = default)
    {
        (float? before, CancellationToken stopped) = (plan.StatisticsMomentum, plan.Cancellation);
        plan.Cancellation = cancellation;
        ulong t = 0;
        try
        {
            foreach (TBatch batch in batches)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = fill(batch);
                plan.StatisticsMomentum = 1f / (t + 1);
                plan.Forward(count, seed, firstStep + t++);
            }
        }
        finally
        {
            (plan.StatisticsMomentum, plan.Cancellation) = (before, stopped);
        }
    }
}
