using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.Evaluating;

/// <summary>How good a model is on labelled images.</summary>
/// <param name="Labels">The names of the model's classes, labels or values.</param>
/// <param name="Judgement">How good it is, and what it said of each image.</param>
/// <param name="Skipped">What was left out, and why.</param>
/// <param name="Notices">Images that are used though something is wrong with them.</param>
public sealed record Evaluation(IReadOnlyList<string> Labels, Judgement Judgement, IReadOnlyList<SkippedImage> Skipped, IReadOnlyList<SkippedImage> Notices)
{
    /// <summary>How good it is, in a line: "top-1 91.5 % of 649 images".</summary>
    public override string ToString() => $"{Judgement}{(Skipped.Count > 0 ? $"; {Skipped.Count:N0} left out" : "")}";

    /// <summary>Runs a model over the images of a folder or list and compares with their labels.</summary>
    /// <param name="model">A model of classes, labels or numbers.</param>
    /// <param name="folder">Images in folders named after the model's labels, or listed with such; classes may be missing.</param>
    /// <param name="threads">How many threads decode and compute; 0 is one for each processor.</param>
    /// <param name="mirroredViews">Whether each image is judged by the mean over it and its mirror image.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The folder has a class that the model does not know, or no image in it can be used.</exception>
    internal static Evaluation Run(Model model, ImageFolder folder, int threads = 0, bool mirroredViews = false, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        Model classifier = model with { Network = model.Network.Truncate(ClassifierHead.Logits) };
        using ImageNetwork network = new(classifier, threads, mirrored: mirroredViews);
        int classes = network.OutputLength;
        ImmutableArray<string> labels = ImageClassifier.LabelsOf(model, classes);
        ImageTask task = ImageTask.Of(model.Task);
        (ImageItem[] truth, IEnumerable<SkippedImage> renamed) = task.Relabel(folder, labels);
        List<float> logits = [];
        List<ImageItem> items = [];
        List<SkippedImage> skipped = [.. folder.Skipped], notices = [.. renamed];
        foreach ((LoadedImage image, float[]? output) in network.Run([.. folder.Items.Select(i => i.Path)], cancellation: cancellation))
        {
            if (output is null)
            {
                skipped.Add(new SkippedImage(image.Path, image.Error!));
            }
            else
            {
                logits.AddRange(output);
                items.Add(truth[image.Index]);
                if (image.Notice is not null) notices.Add(new SkippedImage(image.Path, image.Notice));
            }

            progress?.Report(new Completion(image.Index + 1, folder.Items.Count));
        }

        if (items.Count == 0) throw new GraftException($"No image in '{folder.Path}' can be used: '{skipped[^1].Path}', for example, is left out ({skipped[^1].Reason}).");
        return new Evaluation(labels, task.Judge(items, [.. logits], model), skipped, notices);
    }
}
