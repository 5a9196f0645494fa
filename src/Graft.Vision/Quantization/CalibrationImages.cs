using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Quantization;

/// <summary>Images that networks are shown again and again, to look at values inside of them: decoded once where memory allows, and a few at a time.</summary>
internal sealed class CalibrationImages
{
    // All values of a network for the images of a batch take at most so much.
    private const long BatchFloats = 1 << 26;
    private const int LargestBatch = 16;

    private readonly TrainingLoader loader;
    private readonly QuantizerOptions options;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly CancellationToken cancellation;

    /// <summary>Prepares to look at images.</summary>
    /// <param name="items">The images.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The threads, the limits and the seed.</param>
    /// <param name="progress">Told how far each look is.</param>
    /// <param name="cancellation">Stops it.</param>
    public CalibrationImages(IReadOnlyList<ImageItem> items, Model model, QuantizerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (this.options, this.progress, this.cancellation) = (options, progress, cancellation);
        long floats = model.Network.Graph.Shapes.Values.Sum(shape => shape.Count);
        TrainingLoaderOptions loading = options.Loading((int)Math.Clamp(BatchFloats / Math.Max(floats, 1), 1, LargestBatch));
        loader = new TrainingLoader([.. items.Select(item => item with { Label = 0, Targets = [] })], 1, model.Preprocessing, AugmentationOptions.None, loading with { CacheBytes = loading.CacheBytes / 4 });
    }

    /// <summary>Looks at values of a network.</summary>
    public delegate void Look(Seen seen);

    /// <summary>Looks at a value of two networks.</summary>
    public delegate void LookAtBoth(ReadOnlySpan<float> first, ReadOnlySpan<float> second);

    /// <summary>How many images there are, those that cannot be used among them.</summary>
    public int Count => loader.Items.Count;

    /// <summary>The images that could not be used.</summary>
    public IReadOnlyList<SkippedImage> Skipped => loader.Skipped;

    /// <summary>Tells how far a part of the work is.</summary>
    public void Report(string part, long done, long total) => progress?.Report(new PartProgress(part, new Completion(done, total)));

    /// <summary>Computes values of a network for all images.</summary>
    /// <param name="network">The network.</param>
    /// <param name="values">The values, by name.</param>
    /// <param name="look">Is shown those of each batch.</param>
    /// <param name="part">What progress calls it; null tells nothing.</param>
    public void Run(Network network, IReadOnlyList<string> values, Look look, string? part = null)
    {
        string input = network.Graph.Inputs[0].Name;
        string[] computed = [.. values.Where(value => value != input)];
        using InferenceSession? session = computed.Length == 0 ? null : Compile(network, computed);
        int done = 0;
        foreach (TrainingBatch batch in loader.Load(0, 1, cancellation: cancellation))
        {
            session?.Run(batch.Pixels, batch.Count);
            look(new Seen(session, batch, input));
            if (part is not null) Report(part, done += batch.Count, Count);
        }
    }

    /// <summary>Computes a value of two networks for all images.</summary>
    /// <param name="first">The one network.</param>
    /// <param name="second">The other.</param>
    /// <param name="value">The value, by its name in both.</param>
    /// <param name="look">Is shown it for each batch.</param>
    public void Compare(Network first, Network second, string value, LookAtBoth look)
    {
        using InferenceSession one = Compile(first, [value]), other = Compile(second, [value]);
        foreach (TrainingBatch batch in loader.Load(0, 1, cancellation: cancellation))
        {
            one.Run(batch.Pixels, batch.Count);
            other.Run(batch.Pixels, batch.Count);
            look(one.Output(value), other.Output(value));
        }
    }

    private InferenceSession Compile(Network network, string[] values)
    {
        Network cut = network.Between([network.Graph.Inputs[0].Name], [.. values.Select(value => new NetworkOutput(value, value))]);
        InferenceSession session = InferencePlan.Compile(cut, new InferenceOptions { Threads = options.Threads, Outputs = [.. values] }).CreateSession();
        session.Cancellation = cancellation;
        return session;
    }

    /// <summary>The values of a batch.</summary>
    public readonly record struct Seen(InferenceSession? Session, TrainingBatch Batch, string Input)
    {
        /// <summary>The images of the batch.</summary>
        public int Count => Batch.Count;

        /// <summary>A value, <c>[count, ...]</c>.</summary>
        public ReadOnlySpan<float> this[string value] => value == Input ? Batch.Pixels : Session!.Output(value);
    }
}
