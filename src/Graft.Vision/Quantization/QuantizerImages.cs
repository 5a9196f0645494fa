using System.Collections.Immutable;
using Graft.Networks;
using Graft.Numerics;
using Graft.Vision.Evaluating;
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
    /// <exception cref="GraftException">There are no images.</exception>
    public static QuantizerImages Of(Model model, ImageFolder images, ImageFolder? judged, QuantizerOptions options)
    {
        if (images.Items.Count == 0) throw new GraftException($"Ranges are taken from one image at least; there are none in '{images.Path}'.");
        int[] order = [.. Enumerable.Range(0, images.Items.Count)];
        new Philox(options.Seed, (ulong)order.Length).Shuffle(order.AsSpan());
        int held = judged is null ? Math.Min(Math.Min((int)Math.Round(options.Holdout * order.Length), QuantizerOptions.MostJudged), order.Length - 1) : 0;
        ImageItem[] heldOut = judged is null ? [.. order.Take(held).Order().Select(i => images.Items[i])] : [.. judged.Items];
        return new QuantizerImages(
            [.. order.Skip(held).Take(options.CalibrationImages).Select(i => images.Items[i])], [.. order.Skip(held).Order().Select(i => images.Items[i])], heldOut, TruthOf(model, judged ?? images));
    }

    private static Dictionary<string, ImageItem>? TruthOf(Model model, ImageFolder folder)
    {
        Graph graph = model.Network.Graph;
        if (graph.Outputs[^1].Name != ClassifierHead.Logits || model.Labels.IsEmpty) return null;
        ImmutableArray<string> labels = model.Labels;
        bool areNumbers = model.Task == ModelTask.Regress;
        if (areNumbers != (folder.Task == ModelTask.Regress) || (!areNumbers && folder.Classes.Any(name => ClassNames.Find(labels, name) < 0)) || (model.Task == ModelTask.Classify && folder.Task != ModelTask.Classify)) return null;
        return ImageTask.Of(model.Task).Relabel(folder, labels).Items.DistinctBy(item => item.Path).ToDictionary(item => item.Path);
    }
}
