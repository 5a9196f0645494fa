using System.Collections.Immutable;

namespace Graft.Training.Losses;

/// <summary>The cross-entropy of the softmax of the outputs with classes, or with probabilities (MixUp, CutMix).</summary>
/// <remarks>
/// With log p the log-softmax of a row and C classes the loss is - sum over n and c of t[n, c] log p[n, c], divided by D, as in PyTorch:
/// for classes t[n, c] = (1 - e) w[y] [c = y] + e w[c] / C and D = sum over n of w[y]; for probabilities t[n, c] = w[c] ((1 - e) q[n, c] + e / C) and D = count.
/// e is <see cref="LabelSmoothing"/> (Szegedy et al. 2016, arXiv:1512.00567, section 7), w the <see cref="ClassWeights"/>.
/// The gradient is (p[n, k] (sum over c of t[n, c]) - t[n, k]) / D.
/// </remarks>
public sealed record CrossEntropy : Loss
{
    /// <summary>The part of each target that is spread evenly over all classes, in [0, 1).</summary>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new GraftException($"Label smoothing is at least 0 and below 1, not {value}. 0.1 is usual.");
    }

    /// <summary>How much each class counts; empty: all the same.</summary>
    public ImmutableArray<float> ClassWeights { get; init => field = Weights(value, "Class weights"); } = [];

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        int classes = outputs.Length / count;
        RequireOneEach(ClassWeights, classes, "class weights");
        double divisor = targets.AreLabels ? CheckedWeight(targets.Labels, classes) : count;
        double[] probabilities = new double[classes], logarithms = new double[classes], parts = new double[classes];
        double loss = 0;
        for (int n = 0; n < count; n++)
        {
            int start = n * classes;
            LogSoftmax.Of(outputs.Slice(start, classes), 1, probabilities, logarithms);
            if (targets.AreLabels) Parts(targets.Labels[n], parts);
            else Parts(targets.Values.Slice(start, classes), parts);
            double whole = 0;
            for (int c = 0; c < classes; c++)
            {
                whole += parts[c];

                // A class of probability 0 costs nothing where its target is 0.
                if (parts[c] != 0) loss -= parts[c] * logarithms[c];
            }

            for (int c = 0; c < classes; c++) gradient[start + c] = (float)(((probabilities[c] * whole) - parts[c]) * scale / divisor);
        }

        return loss / divisor;
    }

    private double Weight(int label) => ClassWeights.IsEmpty ? 1 : ClassWeights[label];

    private double CheckedWeight(ReadOnlySpan<int> labels, int classes)
    {
        double sum = 0;
        for (int n = 0; n < labels.Length; n++)
        {
            if ((uint)labels[n] >= (uint)classes)
                throw new GraftException($"The label of row {n} is {labels[n]}, but the outputs are of {classes} classes, 0 to {classes - 1}. Make the head as wide as there are classes.");
            sum += Weight(labels[n]);
        }

        if (sum == 0) throw new GraftException("Every class in the batch has weight 0, so it has no mean loss. Give the classes that occur a weight above zero.");
        return sum;
    }

    private void Parts(int label, Span<double> parts)
    {
        for (int c = 0; c < parts.Length; c++) parts[c] = LabelSmoothing / parts.Length * Weight(c);
        parts[label] += (1 - LabelSmoothing) * Weight(label);
    }

    private void Parts(ReadOnlySpan<float> probabilities, Span<double> parts)
    {
        for (int c = 0; c < parts.Length; c++) parts[c] = Weight(c) * (((1 - LabelSmoothing) * probabilities[c]) + (LabelSmoothing / parts.Length));
    }
}
