using System.Collections.Immutable;

namespace Graft.Training.Losses;

/// <summary>The cross-entropy of the softmax of the outputs with classes, or with probabilities (MixUp, CutMix).</summary>
/// <remarks>
/// With log p the log-softmax of a row, C classes and the target q[n] of a row, one-hot for a class, the loss is sum over n of v[n] H[n] divided by sum over n of v[n], where
/// H[n] = - sum over c of ((1 - e) q[n, c] + e / C) log p[n, c] is the row's smoothed cross-entropy and v[n] = sum over c of w[c] q[n, c] divided by sum over c of q[n, c] the row's weight.
/// e is <see cref="LabelSmoothing"/> (Szegedy et al. 2016, arXiv:1512.00567, section 7), w the <see cref="ClassWeights"/>, 1 where there are none.
/// The gradient is v[n] (p[n, k] (sum over c of t[n, c]) - t[n, k]) / (sum of v), t being the smoothed target.
/// <para>
/// Without weights, and for weighted classes without smoothing, that is PyTorch's. With both, PyTorch multiplies every term of H[n] by the weight of its class, those of the smoothing too: the target of a
/// frequent class's example is then a distribution in which e w[rare] / C, and not e / C, is drawn to each rare class. With three classes, weights of 1 and 30 and e = 0.1 that is as much as the true class has.
/// Here a weight says how much an example counts, and never what its target is. PyTorch also divides weighted probabilities by the rows; here they are divided by the rows' weights, as classes are.
/// </para>
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
        double[] weights = RowWeights(targets, count, classes);
        double divisor = weights.Sum(), loss = 0;
        if (divisor == 0) throw new GraftException("Every class in the batch has weight 0, so it has no mean loss. Give the classes that occur a weight above zero.");
        double[] probabilities = new double[classes], logarithms = new double[classes], target = new double[classes];
        for (int n = 0; n < count; n++)
        {
            int start = n * classes;
            LogSoftmax.Of(outputs.Slice(start, classes), 1, probabilities, logarithms);
            if (targets.AreLabels) Smooth(targets.Labels[n], target);
            else Smooth(targets.Values.Slice(start, classes), target);
            double whole = 0, entropy = 0, share = weights[n] / divisor;
            for (int c = 0; c < classes; c++)
            {
                whole += target[c];

                // A class of probability 0 costs nothing where its target is 0.
                if (target[c] != 0) entropy -= target[c] * logarithms[c];
            }

            loss += share * entropy;
            for (int c = 0; c < classes; c++) gradient[start + c] = (float)(((probabilities[c] * whole) - target[c]) * scale * share);
        }

        return loss;
    }

    /// <summary>How much each row counts.</summary>
    private double[] RowWeights(Targets targets, int count, int classes)
    {
        double[] weights = new double[count];
        for (int n = 0; n < count; n++)
        {
            if (!targets.AreLabels)
            {
                weights[n] = ClassWeights.IsEmpty ? 1 : MeanWeight(targets.Values.Slice(n * classes, classes));
                continue;
            }

            int label = targets.Labels[n];
            if ((uint)label >= (uint)classes)
                throw new GraftException($"The label of row {n} is {label}, but the outputs are of {classes} classes, 0 to {classes - 1}. Make the head as wide as there are classes.");
            weights[n] = ClassWeights.IsEmpty ? 1 : ClassWeights[label];
        }

        return weights;
    }

    private double MeanWeight(ReadOnlySpan<float> probabilities)
    {
        double weighted = 0, whole = 0;
        for (int c = 0; c < probabilities.Length; c++) (weighted, whole) = (weighted + (ClassWeights[c] * (double)probabilities[c]), whole + probabilities[c]);
        return whole == 0 ? 0 : weighted / whole;
    }

    private void Smooth(int label, Span<double> target)
    {
        target.Fill(LabelSmoothing / target.Length);
        target[label] += 1 - LabelSmoothing;
    }

    private void Smooth(ReadOnlySpan<float> probabilities, Span<double> target)
    {
        for (int c = 0; c < target.Length; c++) target[c] = ((1 - LabelSmoothing) * probabilities[c]) + (LabelSmoothing / target.Length);
    }
}
