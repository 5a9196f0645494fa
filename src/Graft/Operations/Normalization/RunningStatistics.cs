namespace Graft.Operations.Normalization;

/// <summary>What a batch normalization keeps of the batches that it was trained on, and so what it normalizes by in inference.</summary>
public enum RunningStatistics
{
    /// <summary>The exponential moving average: new = (1 - momentum) old + momentum batch.</summary>
    Average,

    /// <summary>
    /// The plain mean over all batches so far (PyTorch's <c>momentum=None</c>); their number is the buffer <c>num_batches_tracked</c>, <c>[1]</c>.
    /// </summary>
    Cumulative,

    /// <summary>
    /// Nothing (PyTorch's <c>track_running_stats=False</c>): inference normalizes by the statistics of its batch, too. Only a training plan's forward does
    /// that: inference plans look at one image at a time, and refuse.
    /// </summary>
    None,
}
