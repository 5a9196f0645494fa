using System.Globalization;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Numerics;
using Graft.Training;
using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Stylization;

/// <summary>
/// Teaches a <see cref="StyleGenerator"/> one style: the generator sees images, and a frozen trunk compares what it makes of them with the image (content) and with the style (statistics of features).
/// </summary>
public static class StyleTrainer
{
    /// <summary>What checkpoints call it.</summary>
    public const string Kind = "style train";

    /// <summary>Trains a generator.</summary>
    /// <param name="trunk">A model with activations at strides of 2 and 4, better also 8 and 16, whose features are the loss. It is not changed.</param>
    /// <param name="style">The style.</param>
    /// <param name="images">Images of any kind to learn from; labels are of no account.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told after every step, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">The images, the trunk or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StyleResult Train(
        Model trunk,
        RgbImage style,
        IReadOnlyList<ImageItem> images,
        StyleTrainerOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trunk);
        ArgumentNullException.ThrowIfNull(style);
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0) throw new GraftException("A style is learned on images, and there are none. Name a folder with some hundred photographs.");
        options ??= new StyleTrainerOptions();
        (ImageItem[] train, ImageItem[] held) = Split(images, options);
        using PerceptualLoss loss = new(trunk, style, options);
        Preprocessing preprocessing = trunk.Preprocessing with { Resolution = options.Size, CropFraction = 1 };
        TrainingLoader loader = StyleTask.Loader(train, preprocessing, StyleTask.Crops, options);
        StyleGeneratorOptions shape = options.Generator with { Height = options.Size, ImageWidth = options.Size };
        (Network generator, IReadOnlyList<TrainedEpoch> history) = Learn(StyleGenerator.Random(shape, options.Seed), loss, loader, StyleTask.Material(trunk, [style], train), held.Length, options, progress, cancellation);
        (StyleLosses? losses, int judged, IReadOnlyList<SkippedImage> skipped) = Judge(generator, loss, held, preprocessing, options, cancellation);
        Model model = new(generator)
        {
            Preprocessing = preprocessing,
            Provenance = trunk.Provenance.Clear().SetItem("kind", "style").SetItem("trunk", trunk.Network.Graph.Architecture).SetItem("steps", options.Steps.ToString(CultureInfo.InvariantCulture)),
        };
        return new StyleResult { Model = model, TrainImages = train.Length, HeldOutImages = judged, History = history, Skipped = [.. loader.Skipped, .. skipped], HeldOut = losses, HeldOutTotal = losses?.Total(options) };
    }

    private static (Network Generator, IReadOnlyList<TrainedEpoch> History) Learn(
        Network generator, PerceptualLoss loss, TrainingLoader loader, string material, int held, StyleTrainerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Network joined = loss.Join(generator);
        TrainingCheckpoint kept = StyleTask.Open(options, material);
        TrainingPlan plan = TrainingPlan.Compile(joined, new TrainingOptions
        {
            Batch = loader.LargestBatch,
            Threads = options.Threads,
            Precision = options.Precision,
            Outputs = loss.Outputs,
            Trainable = generator.Graph.Parameters.ContainsKey,
        });
        using StyleTask task = new(plan, loader, material, options, Forward) { HeldOut = held };
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, kept, progress, cancellation);
        return (plan.ToNetwork().WithGraph(generator.Graph), history);

        StyleLosses Forward(TrainingBatch batch, long step)
        {
            plan.SetInput(batch.Pixels);
            plan.Forward(batch.Count, options.Seed, (ulong)step);
            return loss.Compute(batch.Pixels, batch.Count, name => Part(plan.Output(name), batch.Count), name => Part(plan.OutputGradient(name), batch.Count));
        }
    }

    private static (StyleLosses? Losses, int Images, IReadOnlyList<SkippedImage> Skipped) Judge(
        Network generator, PerceptualLoss loss, ImageItem[] held, Preprocessing preprocessing, StyleTrainerOptions options, CancellationToken cancellation)
    {
        if (held.Length == 0) return (null, 0, []);
        TrainingLoader loader = StyleTask.Loader(held, preprocessing, AugmentationOptions.None, options);
        using InferenceSession session = InferencePlan.Compile(loss.Join(generator), new InferenceOptions { Threads = options.Threads, Outputs = loss.Outputs }).CreateSession();
        session.Cancellation = cancellation;
        StyleLosses sum = default;
        int count = 0;
        foreach (TrainingBatch batch in loader.Load(0, 1, cancellation: cancellation))
        {
            session.Run(batch.Pixels, batch.Count);
            sum += batch.Count * loss.Compute(batch.Pixels, batch.Count, session.Output, null);
            count += batch.Count;
        }

        return (count == 0 ? null : 1.0 / count * sum, count, loader.Skipped);
    }

    private static (ImageItem[] Train, ImageItem[] Held) Split(IReadOnlyList<ImageItem> images, StyleTrainerOptions options)
    {
        ImageItem[] order = [.. images];
        new Philox(options.Seed, 0).Shuffle(order.AsSpan());
        int held = Math.Min(options.HeldOut, images.Count / 10);
        return (order[held..], order[..held]);
    }

    private static Span<float> Part(Tensors.Tensor tensor, int count) => tensor.Span[..(int)(tensor.Shape.Count / tensor.Shape[0] * count)];
}
