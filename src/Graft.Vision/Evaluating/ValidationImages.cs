using Graft.Inference;
using Graft.Networks;
using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Evaluating;

/// <summary>Runs networks on the same held-out images again and again: decoded once where memory allows.</summary>
internal sealed class ValidationImages(IReadOnlyList<ImageItem> items, int classes, Preprocessing preprocessing, TrainingLoaderOptions options)
{
    // Every image once, however those are drawn that are learned from.
    private readonly TrainingLoader? loader = items.Count == 0
        ? null
        : new TrainingLoader(items, classes, preprocessing, AugmentationOptions.None, options with { CacheBytes = options.CacheBytes / 4, BatchSize = 16, Sampling = Sampling.Uniform });

    /// <summary>Whether there is nothing to judge by.</summary>
    public bool IsEmpty => loader is null;

    /// <summary>The images that could not be used; known once they were run.</summary>
    public IReadOnlyList<SkippedImage> Skipped => loader?.Skipped ?? [];

    /// <summary>An output of a network for every usable image, and these images.</summary>
    public (float[] Rows, ImageItem[] Items) Run(Network network, string output, CancellationToken cancellation)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = options.Threads, Outputs = [output] }).CreateSession();
        session.Cancellation = cancellation;
        List<float> rows = [];
        List<ImageItem> used = [];
        foreach (TrainingBatch batch in loader!.Load(0, 1, cancellation: cancellation))
        {
            session.Run(batch.Pixels, batch.Count);
            rows.AddRange(session.Output(output));
            foreach (int item in batch.Items) used.Add(items[item]);
        }

        return ([.. rows], [.. used]);
    }
}
