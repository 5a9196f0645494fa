using Graft.Inference;
using Graft.Networks;
using Graft.Readouts;
using Graft.Vision.Augmentation;

namespace Graft.Vision.FineTuning;

/// <summary>Judges networks on the same held-out pictures again and again: decoded once where memory allows.</summary>
internal sealed class HeldOut(IReadOnlyList<ImageItem> items, int classes, Preprocessing preprocessing, TrainingLoaderOptions options)
{
    private readonly TrainingLoader? loader = items.Count == 0 ? null : new TrainingLoader(items, classes, preprocessing, AugmentationOptions.None, options with { CacheBytes = options.CacheBytes / 4, BatchSize = 16 });

    /// <summary>Whether there is nothing to judge by.</summary>
    public bool IsEmpty => loader is null;

    /// <summary>The accuracy of a classifier and the mean of its -log p(true class), which is not a number where a score is not.</summary>
    public (double Top1, double Loss) Judge(Network network, int threads, CancellationToken cancellation)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
        session.Cancellation = cancellation;
        float[] logits = new float[items.Count * classes], rows = new float[loader!.LargestBatch * classes];
        int[] labels = new int[items.Count];
        int count = 0;
        foreach (TrainingBatch batch in loader.Load(0, 1, cancellation: cancellation))
        {
            session.Run(batch.Pixels, batch.Count, rows.AsSpan(0, batch.Count * classes));
            rows.AsSpan(0, batch.Count * classes).CopyTo(logits.AsSpan(count * classes));
            batch.Labels.CopyTo(labels.AsSpan(count));
            count += batch.Count;
        }

        ReadOnlySpan<float> scores = logits.AsSpan(0, count * classes);
        ReadOnlySpan<int> truth = labels.AsSpan(0, count);
        if (scores.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) return (0, double.NaN);
        return (ClassificationMetrics.Measure(scores, classes, truth).Top1, Calibration.Measure(Probabilities.Softmax(scores, classes), classes, truth).NegativeLogLikelihood);
    }
}
