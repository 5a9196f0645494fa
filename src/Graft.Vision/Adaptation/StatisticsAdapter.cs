using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Augmentation;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Adaptation;

/// <summary>
/// Adapts a model to the place where it works, by images of it without labels: the population statistics of its batch normalizations are taken again on them and mixed with the old. No weight is trained.
/// </summary>
/// <remarks>
/// Li et al. 2016, "Revisiting batch normalization for practical domain adaptation", arXiv:1603.04779 (all new); Schneider et al. 2020, "Improving robustness against common corruptions by covariate
/// shift adaptation", arXiv:2006.16971, equation 3 (mixed: the old statistics count as those of N images).
/// </remarks>
public static class StatisticsAdapter
{
    // Beyond this, statistics hardly change any more, and changed answers are told well enough.
    private const int MostImages = 3200, MostJudged = 512;

    private const string Mean = "running_mean", Variance = "running_var";

    /// <summary>Adapts a model.</summary>
    /// <param name="model">A model whose network has batch normalizations with statistics.</param>
    /// <param name="images">Images of the place; labels are not looked at. Of more than 3,200, that many are drawn by the seed.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told of each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The network has no such statistics, or no image can be used.</exception>
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
        options ??= new AdaptationOptions();
        int side = model.Preprocessing.Resolution;
        Network network = model.Network.WithInputSize(side, side);
        string[] norms = [.. network.Graph.Parameters.Where(parameter => parameter.Value.IsBuffer && parameter.Key.EndsWith(Mean, StringComparison.Ordinal)).Select(parameter => parameter.Key[..^Mean.Length])];
        RequireStatistics(network, norms);
        if (images.Count == 0) throw new GraftException("Statistics are taken of one image at least; there are none.");
        ImageItem[] used = [.. Drawn(images, options.Seed).Select(image => image with { Label = 0 })];
        TrainingLoader loader = new(used, 1, model.Preprocessing, AugmentationOptions.None, new TrainingLoaderOptions { BatchSize = Math.Min(options.Batch, used.Length), Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads, Limits = options.Limits, Seed = options.Seed });
        Network taken = TrainedStatistics.Recompute(network, loader, new TrainingOptions { Threads = options.Threads }, options.Seed, cancellation, progress);
        SkippedImage[] skipped = [.. loader.Skipped];
        int count = used.Length - skipped.Length;
        double part = options.NewPart ?? ((double)count / (count + AdaptationOptions.OldImages));
        Model adapted = model with
        {
            Network = model.Network.WithWeights(Mixed(network, taken, norms, part)),
            Provenance = model.Provenance.SetItem("adapted_images", Text(count)).SetItem("adapted_part", Text(Math.Round(part, 4))),
        };
        return new AdaptationResult
        {
            Model = adapted,
            Images = count,
            Norms = norms.Length,
            NewPart = part,
            Changed = Changed(model, adapted, [.. used.Take(MostJudged)], options, cancellation),
            Skipped = skipped,
        };
    }

    private static void RequireStatistics(Network network, string[] norms)
    {
        const string Remedy = "Files that were made for inference have them folded into the convolutions: adapt the model that they were made of, or train it on images of the place.";
        if (norms.Length == 0) throw new GraftException($"'{network.Graph.Architecture}' has no batch normalization whose statistics could be taken again. {Remedy}");
        if (TrainedStatistics.AreNew(network)) throw new GraftException($"The batch normalizations of '{network.Graph.Architecture}' have means of 0 and variances of 1: they do nothing, and statistics would make them do something else. {Remedy}");
    }

    private static IEnumerable<ImageItem> Drawn(IReadOnlyList<ImageItem> images, ulong seed)
    {
        if (images.Count <= MostImages) return images;
        int[] order = [.. Enumerable.Range(0, images.Count)];
        new Philox(seed, (ulong)images.Count).Shuffle(order.AsSpan());
        return order.Take(MostImages).Order().Select(i => images[i]);
    }

    /// <summary>Means and variances between old and new.</summary>
    private static Dictionary<string, Tensor> Mixed(Network old, Network taken, string[] norms, double part)
    {
        Dictionary<string, Tensor> mixed = [];
        foreach (string norm in norms)
        {
            foreach (string name in (string[])[norm + Mean, norm + Variance])
            {
                Tensor before = old.Weights[name], now = taken.Weights[name];
                float[] values = new float[before.Span.Length];
                for (int i = 0; i < values.Length; i++) values[i] = (float)(((1 - part) * before.Span[i]) + (part * now.Span[i]));
                mixed[name] = new Tensor(before.Shape, values);
            }
        }

        return mixed;
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
