using Graft.Networks;
using Graft.Readouts;
using Graft.Tensors;
using Graft.Training.Losses;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.Tasks;

/// <summary>
/// Numbers: learned less their mean and over their deviation among the images that are learned from, by ridge regression and by Huber's or the squared loss; the model's head gives them in their own units again. Intervals
/// are those of split conformal prediction on the held-out images.
/// </summary>
internal sealed class RegressTraining(ImageFolder images) : TaskTraining(images)
{
    /// <summary>How probable it is that an interval holds the true number.</summary>
    public const double Coverage = 0.9;

    private double[] means = [], deviations = [];

    public override void Prepare(IReadOnlyList<ImageItem> train)
    {
        if (train.Count < 2) throw new GraftException($"Numbers are learned from two usable images at least; '{Images.Path}' has {train.Count}. Add images.");
        (means, deviations) = (new double[Outputs], new double[Outputs]);
        for (int c = 0; c < Outputs; c++)
        {
            means[c] = train.Average(item => (double)item.Targets[c]);
            deviations[c] = Math.Sqrt(train.Average(item => (item.Targets[c] - means[c]) * (item.Targets[c] - means[c])));
            if (!(deviations[c] > 0)) throw new GraftException($"There is nothing to learn: every image in '{Images.Path}' has the same '{Images.Classes[c]}', {train[0].Targets[c]}. Add images with other numbers.");
        }
    }

    public override ImageItem[] Learned(IReadOnlyList<ImageItem> items) =>
        [.. items.Select(item => item with { Targets = [.. item.Targets.Select((value, c) => (float)((value - means[c]) / deviations[c]))] })];

    public override TaskReadout Fit(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        if (options.Kind == ReadoutKind.Logistic) throw new GraftException("Logistic regression is for classes and labels; numbers take a ridge regression: --readout ridge.");
        if (!ReferenceEquals(options.ClassWeights, ClassWeights.None)) throw new GraftException("Weights of classes are for classes and labels; numbers have none.");
        RidgeFit fit = RidgeReadout.Fit(new TargetFeatures(features, length, Learned(items).SelectMany(item => item.Targets).ToArray(), Outputs), options.RidgeOf(items.Count), cancellation: cancellation);
        return new(fit.Readout, fit.Penalty, fit.LeaveOneOutScores);
    }

    public override Loss LossOf(FineTunerOptions options, IReadOnlyList<ImageItem> train) => options.Regression == RegressionLoss.Huber ? new HuberLoss() : new MeanSquaredError();

    public override ValidationResult Judge(IReadOnlyList<ImageItem> items, float[] scores, double temperature, ClassWeights weights)
    {
        float[] values = [.. scores.Select((score, i) => (float)((score * deviations[i % Outputs]) + means[i % Outputs]))];
        RegressionMetrics metrics = RegressionMetrics.Measure(values, [.. items.SelectMany(item => item.Targets)], Outputs);
        ValueJudgement judgement = new(metrics, [.. items.Select((item, i) => new JudgedOutputs(item, [.. values.AsSpan(i * Outputs, Outputs)]))]);
        double loss = metrics.PerValue.Select((value, c) => value.RootMeanSquaredError * value.RootMeanSquaredError / (deviations[c] * deviations[c])).Average();
        return new(1, judgement, new Merit(1 - loss, loss), loss);
    }

    public override string Text(Merit merit) => FormattableString.Invariant($"mean squared error of {merit.Loss:0.000} times the numbers' variance");

    public override Model Complete(Model model, ValidationResult? judged)
    {
        string weight = $"{ClassifierHead.Classifier}.weight", bias = $"{ClassifierHead.Classifier}.bias";
        Tensor weights = model.Network.Weights[weight], biases = model.Network.Weights[bias];
        int length = (int)weights.Shape.Count / Outputs;
        Network network = model.Network.WithWeights(new Dictionary<string, Tensor>
        {
            [weight] = new(weights.Shape, [.. weights.Span.ToArray().Select((w, i) => (float)(w * deviations[i / length]))]),
            [bias] = new(biases.Shape, [.. biases.Span.ToArray().Select((b, c) => (float)((b * deviations[c]) + means[c]))]),
        });
        double[] margins = judged is { Judgement: ValueJudgement values }
            ? [.. Enumerable.Range(0, Outputs).Select(c => ConformalMargin.Of([.. values.Judged.Select(image => (double)image.Outputs[c] - image.Item.Targets[c])], Coverage))]
            : [];
        bool areKnown = margins.Length > 0 && margins.All(double.IsFinite);
        return model with { Network = network, Task = ModelTask.Regress, Margins = areKnown ? [.. margins.Select(margin => (float)margin)] : [], Coverage = areKnown ? Coverage : 0 };
    }
}
