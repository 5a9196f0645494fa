using System.Globalization;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Operations.Normalization;
using Graft.Training;
using Graft.Vision.Loading;

namespace Graft.Vision.Stylization;

/// <summary>
/// Teaches a <see cref="StyleDecoder"/> to paint features of any style (Huang and Belongie 2017, arXiv:1703.06868, section 6): each image of a step meets a style of its own, and the loss compares what was painted
/// with the features that <see cref="AdaptiveInstanceNorm"/> made (content) and with the means and deviations of the style's (style).
/// </summary>
internal static class AdaptiveStyleTrainer
{
    private const string Content = "content";

    /// <summary>Trains a network for any style.</summary>
    /// <param name="trunk">A model with activations at strides of 2 and 4, better also 8 and 16. Its part up to <see cref="StyleTrainerOptions.ContentStride"/> becomes the encoder.</param>
    /// <param name="styles">Styles to learn from: the more, the better it does with others.</param>
    /// <param name="images">Images of any kind to learn from; labels are of no account.</param>
    /// <param name="options">
    /// How; null is the defaults. The generator's width is the decoder's, which has no normalization; the style's statistics are means and deviations; nothing is held out.
    /// </param>
    /// <param name="progress">Told after every step, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">The images, the trunk or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StyleResult Train(
        Model trunk,
        IReadOnlyList<RgbImage> styles,
        IReadOnlyList<ImageItem> images,
        StyleTrainerOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trunk);
        ArgumentNullException.ThrowIfNull(styles);
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0 || styles.Count == 0) throw new GraftException("Styles are learned on images, at least one of each; there are " + (styles.Count == 0 ? "no styles." : "no images."));
        options ??= new StyleTrainerOptions();
        Preprocessing preprocessing = trunk.Preprocessing with { Resolution = options.Size, CropFraction = 1 };
        Network taps = Perception.Of(trunk, options.Size, options.Filters), encoder = taps.Truncate(StyleTaps.Name(options.ContentStride));
        Graph decoder = StyleDecoder.Graph(options.Size, options.Size, encoder.Graph.OutputShape(encoder.Graph.Outputs[^1].Name)[3], options.ContentStride, 2 * options.Generator.Width);
        TrainingLoader loader = StyleTask.Loader(images, preprocessing, StyleTask.Crops, options);
        string material = "any style; " + StyleTask.Material(trunk, styles, images);
        (Network learned, IReadOnlyList<TrainedEpoch> history) = Learn(StyleDecoder.Random(decoder, options.Seed), taps, encoder, Squares(styles, preprocessing), loader, preprocessing, material, options, progress, cancellation);
        Model model = new(AdaptiveStyle.Of(encoder, learned))
        {
            Preprocessing = preprocessing,
            Provenance = trunk.Provenance.Clear().SetItem("kind", "any style").SetItem("trunk", trunk.Network.Graph.Architecture).SetItem("steps", options.Steps.ToString(CultureInfo.InvariantCulture)),
        };
        return new StyleResult { Model = model, TrainImages = images.Count, HeldOutImages = 0, History = history, Skipped = loader.Skipped };
    }

    private static (Network Decoder, IReadOnlyList<TrainedEpoch> History) Learn(
        Network decoder, Network taps, Network encoder, float[][] styles, TrainingLoader loader, Preprocessing preprocessing, string material, StyleTrainerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Network joined = Perception.Join(Adapted(decoder), taps, preprocessing, options.Size);
        string[] names = [.. taps.Graph.Outputs.Select(output => output.Name)];
        string tap = encoder.Graph.Outputs[^1].Name;
        InferenceOptions inference = new() { Threads = options.Threads };
        using InferenceSession content = InferencePlan.Compile(encoder, inference).CreateSession(), seen = InferencePlan.Compile(taps, inference with { Outputs = [.. names] }).CreateSession();
        (content.Cancellation, seen.Cancellation) = (cancellation, cancellation);

        // The adaptive norm has two inputs, which only a training plan takes; asked for their gradients, it runs the norm itself.
        TrainingCheckpoint kept = StyleTask.Open(options, material);
        TrainingPlan plan = TrainingPlan.Compile(joined, new TrainingOptions
        {
            Batch = loader.LargestBatch,
            Threads = options.Threads,
            Precision = options.Precision,
            Outputs = [AdaptiveStyle.Norm, StyleGenerator.Styled, .. names.Select(name => Perception.Prefix + name)],
            Trainable = decoder.Graph.Parameters.ContainsKey,
            InputGradient = true,
        });
        AdaptiveLoss loss = new(plan, taps, seen, tap, options);
        Philox chance = new(options.Seed, 1);
        int pixels = styles[0].Length;
        float[] batchStyles = new float[loader.LargestBatch * pixels];
        using StyleTask task = new(plan, loader, material, options, Forward);
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, kept, progress, cancellation);
        return (plan.ToNetwork().WithGraph(decoder.Graph), history);

        StyleLosses Forward(TrainingBatch batch, long step)
        {
            for (int i = 0; i < batch.Count; i++) styles[chance.Index((ulong)((step * loader.LargestBatch) + i), styles.Length)].CopyTo(batchStyles, i * pixels);
            content.Run(batch.Pixels, batch.Count);
            seen.Run(batchStyles.AsSpan(0, batch.Count * pixels), batch.Count);
            content.Output(tap).CopyTo(plan.Input(Content).Span);
            seen.Output(tap).CopyTo(plan.Input(AdaptiveStyle.Style).Span);
            plan.Forward(batch.Count, options.Seed, (ulong)step);
            return loss.Compute(batch.Count);
        }
    }

    /// <summary>The decoder behind an adaptive instance norm of two inputs.</summary>
    private static Network Adapted(Network decoder)
    {
        NetworkInput features = decoder.Graph.Inputs[0];
        GraphBuilder builder = new("adaptive_style");
        string norm = builder.Add(
            AdaptiveStyle.Norm, new AdaptiveInstanceNorm(), builder.Input(Content, features.Height, features.Width, features.Channels), builder.Input(AdaptiveStyle.Style, features.Height, features.Width, features.Channels));
        Func<string, string> value = builder.Add(decoder.Graph, "", [norm]);
        builder.Output(AdaptiveStyle.Norm, norm);
        builder.Output(StyleGenerator.Styled, value(decoder.Graph.Output(StyleGenerator.Styled).Value));
        return new Network(builder.Build(), decoder.Weights);
    }

    private static float[][] Squares(IReadOnlyList<RgbImage> styles, Preprocessing preprocessing)
    {
        ImagePreprocessor preprocessor = new(preprocessing);
        return [.. styles.Select((style, i) =>
        {
            float[] pixels = new float[preprocessor.Length];
            preprocessor.Apply(style, pixels);
            PerceptualLoss.RequireVaried(pixels, $"Style {i + 1} of {styles.Count}");
            return pixels;
        })];
    }
}
