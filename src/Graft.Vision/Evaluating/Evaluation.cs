using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Vision.Loading;

namespace Graft.Vision.Evaluating;

/// <summary>How good a classifier is on labelled images.</summary>
/// <param name="Labels">The names of the model's classes.</param>
/// <param name="Metrics">Accuracy, by class and in total.</param>
/// <param name="Calibration">How honest the probabilities are.</param>
/// <param name="Judged">The images, in order, with what the model said; labels are the model's.</param>
/// <param name="Skipped">What was left out, and why.</param>
/// <param name="Notices">Images that are used though something is wrong with them.</param>
public sealed record Evaluation(
    IReadOnlyList<string> Labels,
    ClassificationMetrics Metrics,
    Calibration Calibration,
    IReadOnlyList<JudgedImage> Judged,
    IReadOnlyList<SkippedImage> Skipped,
    IReadOnlyList<SkippedImage> Notices)
{
    /// <summary>Classifies the images of a folder and compares with the folder's names.</summary>
    /// <param name="model">A classifier.</param>
    /// <param name="folder">Images in folders named after the model's labels; classes may be missing.</param>
    /// <param name="threads">How many threads decode and compute; 0 is one for each processor.</param>
    /// <param name="mirroredViews">Whether each image is judged by the mean over it and its mirror image.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The folder has a class that the model does not know, or no image in it can be used.</exception>
    public static Evaluation Run(Model model, ImageFolder folder, int threads = 0, bool mirroredViews = false, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        Model classifier = model with { Network = model.Network.Truncate(ClassifierHead.Logits) };
        using ImageNetwork network = new(classifier, threads, mirrored: mirroredViews);
        int classes = network.OutputLength;
        ImmutableArray<string> labels = ImageClassifier.LabelsOf(model, classes);
        int[] known = [.. folder.Classes.Select(name => ClassNames.Find(labels, name))];
        int unknown = Array.IndexOf(known, -1);
        if (unknown >= 0)
        {
            throw new GraftException(
                $"Folders of images to evaluate on are named after the model's labels; '{folder.Path}' has '{folder.Classes[unknown]}', and the model knows {Listed(labels)}. Rename or remove that folder.");
        }

        List<float> logits = [];
        List<ImageItem> items = [];
        List<SkippedImage> skipped = [.. folder.Skipped], notices = [.. ClassNames.Renamed(folder, labels, known)];
        foreach ((LoadedImage image, float[]? output) in network.Run([.. folder.Items.Select(i => i.Path)], cancellation: cancellation))
        {
            ImageItem item = folder.Items[image.Index];
            if (output is null)
            {
                skipped.Add(new SkippedImage(image.Path, image.Error!));
            }
            else
            {
                logits.AddRange(output);
                items.Add(item with { Label = known[item.Label] });
                if (image.Notice is not null) notices.Add(new SkippedImage(image.Path, image.Notice));
            }

            progress?.Report(new Completion(image.Index + 1, folder.Items.Count));
        }

        if (items.Count == 0) throw new GraftException($"No image in '{folder.Path}' can be used: '{skipped[^1].Path}', for example, is left out ({skipped[^1].Reason}).");
        float[] scores = [.. logits], probabilities = Probabilities.Softmax(scores, classes);
        int[] truth = [.. items.Select(i => i.Label)];
        return new Evaluation(
            labels, ClassificationMetrics.Measure(scores, classes, truth), Calibration.Measure(probabilities, classes, truth),
            JudgedImage.All(items, probabilities, classes), skipped, notices);
    }

    private static string Listed(ImmutableArray<string> labels) => labels.Length <= 10
        ? string.Join(", ", labels)
        : $"{Amount.Of(labels.Length, "label")}: {string.Join(", ", labels.Take(10))}, ...";
}
