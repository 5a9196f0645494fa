using Graft.Readouts;
using Graft.Vision.Evaluating;

namespace Graft.Vision.Tasks;

/// <summary>One of several classes: the softmax of the outputs are their probabilities.</summary>
internal sealed class ClassifyTask : ImageTask
{
    public override string Outputs => "labels";

    /// <summary>The logarithm of the mean of the two softmaxes: scores whose softmax is that mean.</summary>
    public override void Average(Span<float> outputs, ReadOnlySpan<float> others, int width)
    {
        float[] first = Probabilities.Softmax(outputs, width), second = Probabilities.Softmax(others, width);
        for (int i = 0; i < outputs.Length; i++) outputs[i] = (float)Math.Log(Math.Max(float.Epsilon, (first[i] + (double)second[i]) / 2));
    }

    public override Judgement Judge(IReadOnlyList<ImageItem> items, float[] outputs, Model model)
    {
        int classes = outputs.Length / items.Count;
        float[] probabilities = Probabilities.Softmax(outputs, classes);
        int[] truth = [.. items.Select(item => item.Label)];
        return new ClassJudgement(ClassificationMetrics.Measure(outputs, classes, truth), Calibration.Measure(probabilities, classes, truth), JudgedImage.All(items, probabilities, classes));
    }

    /// <summary>The part of the images whose first class is the same.</summary>
    public override double Agreement(float[] outputs, float[] others, int width, Model model)
    {
        int same = 0;
        for (int i = 0; i < outputs.Length; i += width) same += First(outputs, i, width) == First(others, i, width) ? 1 : 0;
        return (double)same / (outputs.Length / width);
    }

    protected override ImageItem Place(ImageItem item, int[] places, int outputs) => item with { Label = places[item.Label] };

    private static int First(float[] outputs, int start, int width)
    {
        int first = 0;
        for (int i = 1; i < width; i++) first = outputs[start + i] > outputs[start + first] ? i : first;
        return first;
    }
}
