using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Quantization;
using Graft.Vision.Augmentation;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;
using Graft.Vision.Loading;

namespace Graft.Vision.Adaptation;

/// <summary>
/// Adapts a model to the place where it works, by images of it without labels: the statistics of the features that its head was trained on, or those of its batch normalizations, are taken again on them and mixed with the
/// old. No weight is trained.
/// </summary>
public static class StatisticsAdapter
{
    // Beyond this, statistics hardly change any more, and changed answers are told well enough.
    private const int MostImages = 3200, MostJudged = 512;

    /// <summary>Adapts a model.</summary>
    /// <param name="model">A model that Graft trained, or one whose network has batch normalizations with statistics.</param>
    /// <param name="images">Images of the place; labels are not looked at. Of more than 3,200, that many are drawn by the seed.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told of each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The model is quantized or has no such statistics, or no image can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AdaptationResult Adapt(Model model, ImageDataset images, AdaptationOptions? options = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Adapt(model, images.Items, options, progress, cancellation);
    }

    /// <summary>The same by a list of images.</summary>
    internal static AdaptationResult Adapt(Model model, IReadOnlyList<ImageItem> images, AdaptationOptions? options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        Quantize.RequireFloat(model.Network.Graph, "Adapt the model that it was made from, and quantize that.");
        options ??= new AdaptationOptions();
        AdaptedStatistics statistics = options.Statistics ?? (!FeatureAdaptation.IsPossible(model) ? AdaptedStatistics.Norms : NormAdaptation.IsPossible(model.Network) ? AdaptedStatistics.Both : AdaptedStatistics.Features);
        bool areFeatures = statistics != AdaptedStatistics.Norms, areNorms = statistics != AdaptedStatistics.Features;
        if (areFeatures && !FeatureAdaptation.IsPossible(model))
            throw new GraftException($"This model of '{model.Network.Graph.Architecture}' does not tell of what features its head was trained on: it has none, or was made elsewhere or by an earlier Graft. Train it again, or adapt its norms.");
        if (areNorms) NormAdaptation.RequireStatistics(model.Network);
        if (images.Count == 0) throw new GraftException("Statistics are taken of one image at least; there are none.");
        ImageItem[] used = [.. Drawn(images, options.Seed).Select(image => image with { Label = 0 })];
        int threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        TrainingLoader loader = new(used, 1, model.Preprocessing, AugmentationOptions.None, new TrainingLoaderOptions { BatchSize = Math.Min(options.Batch, used.Length), Threads = threads, Limits = options.Limits, Seed = options.Seed });
        int side = model.Preprocessing.Resolution;
        Model adapted = model;
        if (areNorms)
        {
            Network mixed = NormAdaptation.Adapt(model.Network.WithInputSize(side, side), loader, Part, options, progress, cancellation);
            adapted = adapted with { Network = model.Network.WithWeights(mixed.Weights) };
        }

        if (areFeatures) adapted = WithFeatures(adapted, loader, Part, threads, progress, cancellation);
        SkippedImage[] skipped = [.. loader.Skipped];
        return new AdaptationResult
        {
            Model = adapted with
            {
                Provenance = model.Provenance.SetItem("adapted_images", Text(used.Length - skipped.Length)).SetItem("adapted_part", Text(Math.Round(Part(), 4))).SetItem("adapted_statistics", statistics.ToString().ToLowerInvariant()),
            },
            Images = used.Length - skipped.Length,
            Statistics = statistics,
            NewPart = Part(),
            Changed = Changed(model, adapted, [.. used.Take(MostJudged)], options, cancellation),
            Skipped = skipped,
        };

        // Known once the images were looked at.
        double Part() => used.Length - loader.Skipped.Count is var count && options.NewPart is { } part ? part : (double)count / (count + AdaptationOptions.OldImages);
    }

    /// <summary>A model whose head is fitted to the features that images have.</summary>
    private static Model WithFeatures(Model model, TrainingLoader loader, Func<double> part, int threads, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        float[] rows = [.. AugmentedFeatures.Of(model, loader, 1, threads, progress, cancellation).SelectMany(image => image.Features)];
        FeatureStatistics old = model.FeatureStatistics!, now = old.MixedWith(FeatureStatistics.Of(rows, old.Means.Length), part());
        return model with { Network = FeatureAdaptation.Adapt(model.Network, old, now), FeatureStatistics = now };
    }

    private static IEnumerable<ImageItem> Drawn(IReadOnlyList<ImageItem> images, ulong seed)
    {
        if (images.Count <= MostImages) return images;
        int[] order = [.. Enumerable.Range(0, images.Count)];
        new Philox(seed, (ulong)images.Count).Shuffle(order.AsSpan());
        return order.Take(MostImages).Order().Select(i => images[i]);
    }

    /// <summary>The part of the images whose first class is another; null where there are no classes.</summary>
    private static double? Changed(Model before, Model after, ImageItem[] images, AdaptationOptions options, CancellationToken cancellation)
    {
        if (before.Labels.Length == 0 || before.Task != ModelTask.Classify || before.Network.Graph.Outputs.All(output => output.Name != ClassifierHead.Logits)) return null;
        ValidationImages judged = new(images, 1, before.Preprocessing, new TrainingLoaderOptions { Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads, Limits = options.Limits });
        int[] then = Classes(before), now = Classes(after);
        return then.Length == 0 ? null : (double)then.Zip(now).Count(pair => pair.First != pair.Second) / then.Length;

        int[] Classes(Model model)
        {
            Network network = model.Network.Truncate(ClassifierHead.Logits).WithInputSize(model.Preprocessing.Resolution, model.Preprocessing.Resolution);
            float[] scores = judged.Run(network, ClassifierHead.Logits, cancellation).Rows;
            return [.. scores.Chunk(network.Graph.OutputShape(ClassifierHead.Logits)[1]).Select(row => Array.IndexOf(row, row.Max()))];
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
