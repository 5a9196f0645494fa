using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision;

/// <summary>Trains a model of any task on a data set.</summary>
internal static class ImageTraining
{
    /// <summary>Trains.</summary>
    /// <exception cref="GraftException">The images or the trunk cannot be used.</exception>
    public static JudgedResult Run(ImageDataset images, ImageTrainingOptions? options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        options ??= new ImageTrainingOptions();
        if (images.Task == ModelTask.Classify) images.Sets.Train.RequireClasses(2);
        Model trunk = options.Trunk ?? Model.Builtin();
        JudgedResult result = options.Mode == ImageTrainingMode.Readout
            ? ReadoutTrainer.Train(trunk, images.Sets.Train, images.Sets.Validation, options.Training.Readout, progress is null ? null : new Features(progress), cancellation)
            : FineTuner.Train(trunk, images.Sets.Train, images.Sets.Validation, options.Training, progress, cancellation);
        GC.KeepAlive(images);
        return result;
    }

    private sealed class Features(IProgress<TrainingProgress> progress) : IProgress<Completion>
    {
        public void Report(Completion value) => progress.Report(new PartProgress("Computing features", value));
    }
}
