using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Augmentation;

namespace Graft.Vision.Distillation;

/// <summary>Compares students with their teacher on the same held-out pictures again and again: the teacher looks at them once.</summary>
internal sealed class Judge(Model teacher, IReadOnlyList<ImageItem> items, TrainingLoaderOptions options)
{
    private readonly TrainingLoader? loader = items.Count == 0 ? null : new TrainingLoader(items, 1, teacher.Preprocessing, AugmentationOptions.None, options with { CacheBytes = options.CacheBytes / 4, BatchSize = 16 });
    private readonly int side = teacher.Preprocessing.Resolution;
    private float[]? wanted;

    /// <summary>How alike a student's features are to the teacher's; null where there is nothing to judge by, or the student has other features.</summary>
    public FeatureSimilarity? Measure(Network student, CancellationToken cancellation)
    {
        int length = teacher.Network.Graph.OutputShape(ClassifierHead.Features)[1];
        if (loader is null || student.Graph.OutputShape(ClassifierHead.Features)[1] != length) return null;
        wanted ??= Features(teacher.Network, cancellation);
        return wanted.Length == 0 ? null : FeatureSimilarity.Of(Features(student, cancellation), wanted, length);
    }

    private float[] Features(Network network, CancellationToken cancellation)
    {
        Network whole = network.Truncate(ClassifierHead.Features).WithInputSize(side, side);
        using InferenceSession session = InferencePlan.Compile(whole, new InferenceOptions { Threads = options.Threads }).CreateSession();
        session.Cancellation = cancellation;
        List<float> features = [];
        foreach (TrainingBatch batch in loader!.Load(0, 1, cancellation: cancellation))
        {
            session.Run(batch.Pixels, batch.Count);
            features.AddRange(session.Output(ClassifierHead.Features));
        }

        return [.. features];
    }
}
