using System.Collections.Immutable;
using Graft.Readouts;

namespace Graft.Vision.Tasks;

/// <summary>Any number of labels, each there or not for itself: the sigmoid of each output is its probability.</summary>
internal sealed class MultiLabelTask : ImageTask
{
    public override string Outputs => "labels";

    /// <summary>The logit of the mean of the two sigmoids.</summary>
    public override void Average(Span<float> outputs, ReadOnlySpan<float> others, int width)
    {
        float[] first = Probabilities.Sigmoid(outputs), second = Probabilities.Sigmoid(others);
        for (int i = 0; i < outputs.Length; i++)
        {
            double mean = Math.Clamp((first[i] + (double)second[i]) / 2, 1e-12, 1 - 1e-12);
            outputs[i] = (float)Math.Log(mean / (1 - mean));
        }
    }

    public override Judgement Judge(IReadOnlyList<ImageItem> items, float[] outputs, Model model)
    {
        int labels = outputs.Length / items.Count;
        float[] probabilities = Probabilities.Sigmoid(outputs);
        ReadOnlySpan<float> thresholds = model.Thresholds.IsEmpty ? [.. Enumerable.Repeat(0.5f, labels)] : model.Thresholds.AsSpan();
        return new LabelJudgement(MultiLabelMetrics.Measure(probabilities, IsThere(items), thresholds), Judged(items, probabilities, labels));
    }

    /// <summary>The part of all labels of all images that are given, or not, by both.</summary>
    public override double Agreement(float[] outputs, float[] others, int width, Model model)
    {
        float[] first = Probabilities.Sigmoid(outputs), second = Probabilities.Sigmoid(others);
        return first.Zip(second).Index().Average(pair => IsGiven(pair.Item.First, pair.Index) == IsGiven(pair.Item.Second, pair.Index) ? 1.0 : 0.0);

        bool IsGiven(float probability, int place) => probability >= (model.Thresholds.IsEmpty ? 0.5f : model.Thresholds[place % width]);
    }

    /// <summary>Whether each image has each label, <c>[images, labels]</c>.</summary>
    public static bool[] IsThere(IReadOnlyList<ImageItem> items) => [.. items.SelectMany(item => item.Targets).Select(target => target > 0.5f)];

    // An image of one class, in a folder, has that label alone.
    public override (ImageItem[] Items, IEnumerable<SkippedImage> Notices) Relabel(ImageFolder images, ImmutableArray<string> labels)
    {
        if (images.Task == ModelTask.Regress) throw new GraftException($"'{images.Path}' has numbers, and the model tells labels. Say what they are: --task multilabel.");
        return base.Relabel(images, labels);
    }

    protected override ImageItem Place(ImageItem item, int[] places, int outputs)
    {
        if (item.Label < 0) return Moved(item, places, outputs);
        float[] targets = new float[outputs];
        targets[places[item.Label]] = 1;
        return item with { Label = -1, Targets = [.. targets] };
    }
}
