namespace Graft.Vision.FineTuning;

/// <summary>
/// Trains a network on pictures: first a readout on the trunk's features, which the head begins as; then, from the top down, everything, each block slower than the one above it; and keeps the
/// best average of the weights, if it is better than the readout.
/// </summary>
public static class FineTuner
{
    internal static Checkpoint<FineTuneState> Checkpoint { get; } = new("train", FineTuneJson.Default.FineTuneState);

    /// <summary>Trains a classifier.</summary>
    /// <param name="trunk">A model whose network has an output <c>features</c>; a head that it may have is dropped.</param>
    /// <param name="images">The pictures to learn from.</param>
    /// <param name="validation">Pictures to judge by; null holds out a part of <paramref name="images"/>, the same as a readout of the same seed.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="FineTuneException">A loss is not a number, or the state cannot be kept: the best model until then is in it.</exception>
    /// <exception cref="GraftException">The pictures, the trunk or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static FineTuneResult Train(
        Model trunk,
        ImageFolder images,
        ImageFolder? validation = null,
        FineTunerOptions? options = null,
        IProgress<FineTuneProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new FineTunerOptions();
        FineTuneStart start = options.Checkpoint is { } file && File.Exists(file)
            ? FineTuneStart.Resumed(file, trunk, images, validation, options)
            : FineTuneStart.Fresh(trunk, images, validation, options, progress, cancellation);
        using FineTuneRun run = new(trunk, images.Classes.Count, options, start, progress);
        try
        {
            run.Run(cancellation);
        }
        catch (Exception e) when (e is FineTuneException)
        {
            throw new FineTuneException(e.Message, e) { LastGood = LastGood(trunk, images, start, run) };
        }

        return FineTuneOutcome.Of(trunk, images, options, run, progress, cancellation);
    }

    /// <summary>How many steps a checkpoint has behind it.</summary>
    /// <param name="checkpoint">The file.</param>
    /// <exception cref="GraftException">It is no checkpoint.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long StepOf(string checkpoint) => Checkpoint.Read(checkpoint).State.Steps;

    private static Model LastGood(Model trunk, ImageFolder images, FineTuneStart start, FineTuneRun run)
    {
        bool isReadout = run.Best is null || run.Readout?.IsBetterThan(start.State.Best) == true;
        return new Model(isReadout ? start.Refitted : run.Best!)
        {
            Labels = [.. images.Classes],
            Preprocessing = trunk.Preprocessing,
            Provenance = trunk.Provenance.SetItem("trunk", trunk.Network.Graph.Architecture).SetItem("mode", isReadout ? "readout" : "finetune, stopped early"),
        };
    }
}
