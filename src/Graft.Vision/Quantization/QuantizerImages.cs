using System.Collections.Immutable;
using Graft.Networks;
using Graft.Vision.Evaluating;
using Graft.Vision.Folders;
using Graft.Vision.Tasks;

namespace Graft.Vision.Quantization;

/// <summary>The images of a quantization: those that it learns from, of which some calibrate, and others that it is judged by.</summary>
/// <param name="Calibration">Those that ranges and means are taken from, in a random order: the first of them are as good as any.</param>
/// <param name="Train">Those that a training learns from, the others among them.</param>
/// <param name="Judged">Those that the result is judged by.</param>
/// <param name="Truth">Those with the labels of the model, by path; null where they have none that the model knows.</param>
internal sealed record QuantizerImages(ImageItem[] Calibration, ImageItem[] Train, ImageItem[] Judged, IReadOnlyDictionary<string, ImageItem>? Truth)
{
    /// <summary>Divides images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images to learn from.</param>
    /// <param name="judged">The images to judge by; null holds some of the others out.</param>
    /// <param name="options">How many, and the seed.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="GraftException">There are no images.</exception>
    public static QuantizerImages Of(Model model, ImageFolder images, ImageFolder? judged, QuantizerOptions options, CancellationToken cancellation)
    {
        if (images.Items.Count == 0) throw new GraftException($"Ranges are taken from one image at least; there are none in '{images.Path}'.");
        double part = judged is null ? options.Holdout : 0;
        RandomHoldout divided = RandomHoldout.Of(images.Items, part, QuantizerOptions.MostJudged, options.Seed, part == 0 ? null : FileContents.Of(images.Items, options.Limits, options.Parallel(cancellation)));
        return new QuantizerImages(
            [.. divided.Rest.Take(options.CalibrationImages).Select(i => images.Items[i])],
            [.. divided.Rest.Order().Select(i => images.Items[i])],
            judged is null ? [.. divided.Held.Select(i => images.Items[i])] : [.. judged.Items],
            TruthOf(model, judged ?? images));
    }

    /// <summary>Images with the labels of a model, by path; null where they have none that the model knows.</summary>
    public static Dictionary<string, ImageItem>? TruthOf(Model model, ImageFolder folder)
    {
        Graph graph = model.Network.Graph;
        if (graph.Outputs[^1].Name != ClassifierHead.Logits || model.Labels.IsEmpty) return null;
        ImmutableArray<string> labels = model.Labels;
        bool areNumbers = model.Task == ModelTask.Regress, areKnown = folder.Classes.Count > 0 && folder.Classes.All(name => ClassNames.Find(labels, name) >= 0);
        if (areNumbers != (folder.Task == ModelTask.Regress) || (model.Task == ModelTask.Classify && folder.Task != ModelTask.Classify)) return null;

        // One number needs no name; of several none may lack.
        if (areNumbers ? folder.Classes.Count != labels.Length || (labels.Length > 1 && !areKnown) : !areKnown) return null;
        return ImageTask.Of(model.Task).Relabel(folder, labels).Items.DistinctBy(item => item.Path).ToDictionary(item => item.Path);
    }
}
