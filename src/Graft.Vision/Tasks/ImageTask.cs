using System.Collections.Immutable;
using Graft.Vision.Evaluating;

namespace Graft.Vision.Tasks;

/// <summary>What differs between classes, several labels and numbers once a network has given its outputs.</summary>
internal abstract class ImageTask
{
    private static readonly Dictionary<ModelTask, ImageTask> All = new() { [ModelTask.Classify] = new ClassifyTask(), [ModelTask.MultiLabel] = new MultiLabelTask(), [ModelTask.Regress] = new RegressTask() };

    /// <summary>The task of that kind.</summary>
    public static ImageTask Of(ModelTask kind) => All[kind];

    /// <summary>What its outputs are called, in the plural.</summary>
    public abstract string Outputs { get; }

    /// <summary>Merges the outputs of images and of their mirror images, in place of the first.</summary>
    public abstract void Average(Span<float> outputs, ReadOnlySpan<float> others, int width);

    /// <summary>Judges outputs.</summary>
    /// <param name="items">The images.</param>
    /// <param name="outputs">What the network gave for them, <c>[images, outputs]</c>.</param>
    /// <param name="model">The model, with its thresholds and margins.</param>
    public abstract Judgement Judge(IReadOnlyList<ImageItem> items, float[] outputs, Model model);

    /// <summary>How much outputs say what others said: 1 is the same.</summary>
    /// <param name="outputs">What one network gave, <c>[images, outputs]</c>.</param>
    /// <param name="others">What another gave.</param>
    /// <param name="width">The number of outputs.</param>
    /// <param name="model">The model, with its thresholds.</param>
    public abstract double Agreement(float[] outputs, float[] others, int width, Model model);

    /// <summary>The images of a folder or list with the labels of a model in place of their own.</summary>
    /// <param name="images">The images.</param>
    /// <param name="labels">The model's labels.</param>
    /// <exception cref="GraftException">There are labels that the model does not know.</exception>
    public virtual (ImageItem[] Items, IEnumerable<SkippedImage> Notices) Relabel(ImageFolder images, ImmutableArray<string> labels)
    {
        int[] known = [.. images.Classes.Select(name => ClassNames.Find(labels, name))];
        int unknown = Array.IndexOf(known, -1);
        if (unknown >= 0)
        {
            if (images.AreColumns)
                throw new GraftException($"Columns to evaluate on are named after the model's {Outputs}; '{images.Path}' has the column '{images.Classes[unknown]}', and the model knows {Listed(labels)}. Rename it, or name the columns: --label-column A,B,C.");
            string remedy = images.IsList ? "Correct that label." : "Rename or remove that folder.";
            throw new GraftException($"{(images.IsList ? "Labels of images" : "Folders of images")} to evaluate on are named after the model's {Outputs}; '{images.Path}' has '{images.Classes[unknown]}', and the model knows {Listed(labels)}. {remedy}");
        }

        return ([.. images.Items.Select(item => Place(item, known, labels.Length))], ClassNames.Renamed(images, labels, known));
    }

    /// <summary>An image with the places of its labels changed.</summary>
    protected abstract ImageItem Place(ImageItem item, int[] places, int outputs);

    /// <summary>Targets in other places; what has none is 0.</summary>
    protected static ImageItem Moved(ImageItem item, int[] places, int outputs)
    {
        float[] targets = new float[outputs];
        for (int i = 0; i < places.Length; i++) targets[places[i]] = item.Targets[i];
        return item with { Targets = [.. targets] };
    }

    protected static JudgedOutputs[] Judged(IReadOnlyList<ImageItem> items, float[] outputs, int width) =>
        [.. items.Select((item, i) => new JudgedOutputs(item, [.. outputs.AsSpan(i * width, width)]))];

    private static string Listed(ImmutableArray<string> labels) => labels.Length <= 10
        ? string.Join(", ", labels)
        : $"{Amount.Of(labels.Length, "label")}: {string.Join(", ", labels.Take(10))}, ...";
}
