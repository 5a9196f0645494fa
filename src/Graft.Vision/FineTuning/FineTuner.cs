using Graft.Networks.Passes;
using Graft.Quantization;
using Graft.Training;
using Graft.Vision.Tasks;

namespace Graft.Vision.FineTuning;

/// <summary>
/// Trains a network on images: first a readout on the trunk's features, which the head begins as; then, from the top down, everything, each block slower than the one above it; and keeps the
/// best average of the weights, if it is better than the readout.
/// </summary>
internal static class FineTuner
{
    /// <summary>What checkpoints call it.</summary>
    public const string Kind = "train";

    /// <summary>Trains a classifier.</summary>
    /// <param name="trunk">A model whose network has an output <c>features</c>; a head that it may have is dropped.</param>
    /// <param name="images">The images to learn from.</param>
    /// <param name="validation">Images to judge by; null holds out a part of <paramref name="images"/>, the same as a readout of the same seed.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept: the best model until then is in it.</exception>
    /// <exception cref="GraftException">The images, the trunk or the checkpoint cannot be used; a quantized trunk is none to train.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static FineTuneResult Train(
        Model trunk,
        ImageFolder images,
        ImageFolder? validation = null,
        FineTunerOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        RequireFloat(trunk);
        options ??= new FineTunerOptions();
        TrainingCheckpoint kept = TrainingCheckpoint.Open(Kind, options, FineTuneJson.Default.FineTunerOptions);
        TaskTraining training = TaskTraining.Of(images);
        FineTuneStart start = kept.Exists
            ? FineTuneStart.Resumed(kept, trunk, images, validation, training, options)
            : FineTuneStart.Fresh(trunk, images, validation, training, options, progress, cancellation);
        using FineTuneTask task = new(trunk, images.Classes, training, options, start, kept, progress);
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, kept, progress, cancellation);
        task.Release();
        return FineTuneOutcome.Of(trunk, images, training, options, task, history, progress, cancellation);
    }

    /// <summary>Refuses a trunk whose weights are whole numbers. A readout, which takes its features as they are, may have one.</summary>
    /// <exception cref="GraftException">The trunk is quantized.</exception>
    public static void RequireFloat(Model trunk) =>
        Quantize.RequireFloat(trunk.Network.Trunk().Graph, "Train the model that it was made from, and quantize the result (of a TensorFlow Lite file: 'graft import FILE --weights float'); or leave the trunk as it is, and train a readout alone: --mode readout.");
}
