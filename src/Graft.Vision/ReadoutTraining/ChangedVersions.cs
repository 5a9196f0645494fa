using Graft.Vision.Augmentation;
using Graft.Vision.Features;
using Graft.Vision.Loading;

namespace Graft.Vision.ReadoutTraining;

/// <summary>The features of images in changed appearance, which a readout learns from besides those of the images as they are: it learns from which features appearance changes, and to look at the others.</summary>
/// <param name="Of">For each image its versions' features; none where it cannot be used.</param>
internal sealed record ChangedVersions(IReadOnlyList<float[]>[] Of)
{
    // Each costs as much time as the images themselves, and its change.
    private const int Versions = 3;

    /// <summary>None, for readouts that learn from images as they are.</summary>
    public static ChangedVersions None { get; } = new([]);

    /// <summary>Computes the features of changed images; how each is changed depends on the seed and its place.</summary>
    public static ChangedVersions Extract(Model trunk, ImageItem[] items, AppearanceChange change, ReadoutTrainerOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        List<float[]>[] versions = [.. items.Select(_ => new List<float[]>())];
        TrainingLoaderOptions loading = new() { Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads, Limits = options.Limits, Seed = options.Seed };
        AugmentationOptions augmentation = AugmentationOptions.None with { Appearance = change with { Probability = 1 } };
        TrainingLoader loader = new([.. items.Select(item => item with { Label = 0, Targets = [] })], 1, trunk.Preprocessing, augmentation, loading);
        foreach ((int item, float[] features) in AugmentedFeatures.Of(trunk, loader, Versions, options.Threads, progress, cancellation)) versions[item].Add(features);
        return new(versions);
    }

    /// <summary>The versions of some of the images, one after the other, and whose they are.</summary>
    public (IReadOnlyList<float[]> Features, IReadOnlyList<int> Items) Gather(int[] chosen)
    {
        List<float[]> features = [];
        List<int> items = [];
        foreach (int item in chosen.Where(item => item < Of.Length))
        {
            features.AddRange(Of[item]);
            items.AddRange(Enumerable.Repeat(item, Of[item].Count));
        }

        return (features, items);
    }
}
