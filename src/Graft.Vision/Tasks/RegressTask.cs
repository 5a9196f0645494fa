using System.Collections.Immutable;
using Graft.Readouts;

namespace Graft.Vision.Tasks;

/// <summary>Numbers: the outputs are they, in their own units.</summary>
internal sealed class RegressTask : ImageTask
{
    public override string Outputs => "values";

    public override void Average(Span<float> outputs, ReadOnlySpan<float> others, int width)
    {
        for (int i = 0; i < outputs.Length; i++) outputs[i] = (float)((outputs[i] + (double)others[i]) / 2);
    }

    public override Judgement Judge(IReadOnlyList<ImageItem> items, float[] outputs, Model model)
    {
        int values = outputs.Length / items.Count;
        float[] truth = [.. items.SelectMany(item => item.Targets)];
        double? covered = model.Margins.IsEmpty ? null : truth.Select((value, i) => Math.Abs(outputs[i] - (double)value) <= model.Margins[i % values] ? 1.0 : 0.0).Average();
        return new ValueJudgement(RegressionMetrics.Measure(outputs, truth, values), Judged(items, outputs, values)) { Covered = covered };
    }

    /// <summary>1 - sum (x - y)^2 / sum (y - mean y)^2, the mean over the values. Where they do not vary they are the same or not.</summary>
    public override double Agreement(float[] outputs, float[] others, int width, Model model) =>
        RegressionMetrics.Measure(outputs, others, width).R2 is var r2 && double.IsNaN(r2) ? (outputs.AsSpan().SequenceEqual(others) ? 1 : 0) : r2;

    // One number needs no name: another list may call it otherwise.
    public override (ImageItem[] Items, IEnumerable<SkippedImage> Notices) Relabel(ImageFolder images, ImmutableArray<string> labels)
    {
        if (images.Task != ModelTask.Regress) throw new GraftException($"'{images.Path}' has classes or labels, and the model predicts numbers. Give a list with a column 'value', or say so: --task regress.");
        return labels.Length == 1 && images.Classes.Count == 1 ? ([.. images.Items], []) : base.Relabel(images, labels);
    }

    protected override ImageItem Place(ImageItem item, int[] places, int outputs) => places.Length == outputs
        ? Moved(item, places, outputs)
        : throw new GraftException($"The model predicts {Amount.Of(outputs, "value")}, and the list has {places.Length}. Name all of them: --label-column A,B,C.");
}
