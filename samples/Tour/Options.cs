using Graft;
using Graft.Vision;

namespace Tour;

internal static class Options
{
    public static void Run()
    {
        ImageTrainingOptions options = new()
        {
            Trunk = Model.Load("trunk.graft"),
            Training = new() { Epochs = 5, Checkpoint = "state.safetensors", Readout = new() { Seed = 1, Holdout = 0.25 } },
        };
        Progress<Graft.Training.TrainingProgress> progress = new(step => Console.Error.WriteLine(step));
        using ImageClassifier classifier = ImageClassifier.Train(ImageDataset.FromFolder("flowers"), options, progress);
        classifier.Save("my.graft", Graft.Formats.WeightPrecision.Float16);
    }
}
