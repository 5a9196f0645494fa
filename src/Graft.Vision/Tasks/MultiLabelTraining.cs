using System.Collections.Immutable;
using Graft.Readouts;
using Graft.Training.Losses;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.Tasks;

/// <summary>
/// Any number of labels: ridge onto 0 and 1 whose leave-one-out scores Platt's scaling makes logits of, or a logistic regression for each label; binary cross-entropy; mean average precision; a threshold for each label,
/// chosen on held-out images.
/// </summary>
internal sealed class MultiLabelTraining(ImageFolder images) : TaskTraining(images)
{
    private const int LeastForFolds = 20;
    private const double LogisticPenaltyForFew = 0.01;

    // A weight that is larger lets one image outvote all others.
    private const float MostWeight = 100;

    public override void Prepare(IReadOnlyList<ImageItem> train)
    {
        int[] counts = Counts(train);
        if (train.Count == 0 || counts.All(count => count == 0 || count == train.Count))
            throw new GraftException($"There is nothing to learn: every image in '{Images.Path}' that can be used has the same labels. Add images with others.");
        Notices = [.. counts.Select((count, c) => (count, c)).Where(label => label.count == 0 || label.count == train.Count).Select(label => new SkippedImage(
            Images.Path, $"{(label.count == 0 ? "no image" : "every image")} to learn from has the label '{Images.Classes[label.c]}': nothing can be learned of it"))];
    }

    public override TaskReadout Fit(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        TaskReadout fit = options.Kind == ReadoutKind.Logistic ? Logistic(features, length, items, options, cancellation) : Ridge(features, length, items, options, cancellation);
        if (ReferenceEquals(options.ClassWeights, ClassWeights.None)) return fit;

        // As if each label were weighed in the fit: logits move by the logarithm of its weight.
        float[] bias = [.. fit.Readout.Bias.Zip(Weights(options.ClassWeights, items), (b, weight) => b + MathF.Log(weight))];
        return fit with { Readout = fit.Readout with { Bias = bias } };
    }

    public override double Temperature(float[] scores, IReadOnlyList<ImageItem> items) => TemperatureScaling.FitSigmoid(scores, MultiLabelTask.IsThere(items));

    public override Loss LossOf(FineTunerOptions options, IReadOnlyList<ImageItem> train) => new BinaryCrossEntropy
    {
        LabelSmoothing = options.LabelSmoothing,
        PositiveWeights = ReferenceEquals(options.Readout.ClassWeights, ClassWeights.None) ? [] : [.. Weights(options.Readout.ClassWeights, train)],
    };

    public override ValidationResult Judge(IReadOnlyList<ImageItem> items, float[] scores, double temperature, ClassWeights weights)
    {
        float[] probabilities = Probabilities.Sigmoid(Array.ConvertAll(scores, score => (float)(score / temperature)));
        bool[] isThere = MultiLabelTask.IsThere(items);
        MultiLabelMetrics metrics = MultiLabelMetrics.Measure(probabilities, isThere, MultiLabelMetrics.Thresholds(probabilities, isThere, Outputs));
        LabelJudgement judgement = new(metrics, [.. items.Select((item, i) => new JudgedOutputs(item, [.. probabilities.AsSpan(i * Outputs, Outputs)]))]);
        return new(temperature, judgement, new Merit(double.IsNaN(metrics.MeanAveragePrecision) ? 0 : metrics.MeanAveragePrecision, metrics.Loss), metrics.Loss);
    }

    public override string Text(Merit merit) => FormattableString.Invariant($"mean average precision of {100 * merit.Right:0.0} %");

    public override Model Complete(Model model, ValidationResult? judged) => model with
    {
        Task = ModelTask.MultiLabel,
        Thresholds = judged is { Judgement: LabelJudgement labels } ? [.. labels.Metrics.PerLabel.Select(label => (float)label.Threshold)] : [],
    };

    private TaskReadout Ridge(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        float[] targets = [.. items.SelectMany(item => item.Targets)];
        RidgeFit fit = RidgeReadout.Fit(new TargetFeatures(features, length, targets, Outputs), options.RidgeOf(items.Count), cancellation: cancellation);
        float[] weights = [.. fit.Readout.Weights], bias = new float[Outputs], leaveOneOut = new float[fit.LeaveOneOutScores.Length], column = new float[items.Count];
        bool[] isThere = new bool[items.Count];
        for (int c = 0; c < Outputs; c++)
        {
            for (int i = 0; i < column.Length; i++) (column[i], isThere[i]) = (fit.LeaveOneOutScores[(i * Outputs) + c], targets[(i * Outputs) + c] > 0.5f);
            PlattScaling scaling = PlattScaling.Fit(column, isThere);
            for (int j = 0; j < length; j++) weights[(c * length) + j] = (float)(weights[(c * length) + j] * scaling.Slope);
            bias[c] = (float)((fit.Readout.Bias[c] * scaling.Slope) + scaling.Offset);
            for (int i = 0; i < column.Length; i++) leaveOneOut[(i * Outputs) + c] = (float)((column[i] * scaling.Slope) + scaling.Offset);
        }

        return new(new LinearReadout(weights, bias), fit.Penalty, leaveOneOut);
    }

    // Two classes for each label, there or not: the difference of their scores is its logit.
    private TaskReadout Logistic(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        float[] weights = new float[Outputs * length], bias = new float[Outputs];
        double penalties = 0;
        for (int c = 0; c < Outputs; c++)
        {
            LabelledFeatures data = new(features, length, items.Select(item => item.Targets[c] > 0.5f ? 1 : 0).ToArray(), 2);
            if (data.Counts.Contains(0))
            {
                bias[c] = (float)Math.Log((data.Counts[1] + 1.0) / (data.Counts[0] + 1.0));
                continue;
            }

            double? penalty = options.Penalty ?? (data.Counts.Min() * 2 < LeastForFolds ? LogisticPenaltyForFew : null);
            LogisticFit fit = LogisticReadout.Fit(data, new LogisticOptions { Penalty = penalty, Seed = options.Seed, Threads = options.Threads }, cancellation: cancellation);
            for (int j = 0; j < length; j++) weights[(c * length) + j] = fit.Readout.Weights[length + j] - fit.Readout.Weights[j];
            bias[c] = fit.Readout.Bias[1] - fit.Readout.Bias[0];
            penalties += Math.Log(fit.Penalty) / Outputs;
        }

        return new(new LinearReadout(weights, bias), Math.Exp(penalties), null);
    }

    private float[] Weights(ClassWeights weights, IReadOnlyList<ImageItem> items)
    {
        if (weights.Given is { } given)
        {
            return given.Count == Outputs ? [.. given.Select(weight => (float)weight)]
                : throw new GraftException($"There are {Amount.Of(Outputs, "label")} but {given.Count} weights. Give one weight a label.");
        }

        return [.. Counts(items).Select(count => Math.Min(MostWeight, (items.Count - count) / (float)Math.Max(1, count)))];
    }

    private int[] Counts(IReadOnlyList<ImageItem> items)
    {
        int[] counts = new int[Outputs];
        foreach (ImageItem item in items)
        {
            for (int c = 0; c < counts.Length; c++) counts[c] += item.Targets[c] > 0.5f ? 1 : 0;
        }

        return counts;
    }
}
