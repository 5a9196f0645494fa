using Graft.Inference;
using Graft.Networks;
using Graft.Readouts;
using Graft.Vision.Augmentation;

namespace Graft.Vision.FineTuning;

/// <summary>Judges networks on the same held-out pictures again and again: decoded once where memory allows.</summary>
internal sealed class HeldOut(IReadOnlyList<ImageItem> items, int classes, ClassWeights weights, Preprocessing preprocessing, TrainingLoaderOptions options)
{
    // Every picture once, however those are drawn that are learned from.
    private readonly TrainingLoader? loader = items.Count == 0
        ? null
        : new TrainingLoader(items, classes, preprocessing, AugmentationOptions.None, options with { CacheBytes = options.CacheBytes / 4, BatchSize = 16, Sampling = Sampling.Uniform });

    /// <summary>Whether there is nothing to judge by.</summary>
    public bool IsEmpty => loader is null;

    /// <summary>The accuracy of a classifier, the mean of its -log p(true class), which is not a number where a score is not, and both as the classes count.</summary>
    public (double Top1, double Loss, Merit Merit) Judge(Network network, int threads, CancellationToken cancellation)
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
        if (scores.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) return (0, double.NaN, default);
        float[] probabilities = Probabilities.Softmax(scores, classes);
        return (
            ClassificationMetrics.Measure(scores, classes, truth).Top1,
            Calibration.Measure(probabilities, classes, truth).NegativeLogLikelihood,
            Merit.Of(probabilities, truth, classes, weights));
    }
}
