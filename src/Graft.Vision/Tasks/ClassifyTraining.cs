using Graft.Readouts;
using Graft.Training.Losses;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.Tasks;

/// <summary>One of several classes: one-hot ridge or multinomial logistic regression, cross-entropy, accuracy.</summary>
internal sealed class ClassifyTraining(ImageFolder images) : TaskTraining(images)
{
    // With fewer images, folds would leave nothing to learn from.
    private const int LeastForFolds = 10;
    private const double LogisticPenaltyForFew = 0.01;

    public override TaskReadout Fit(float[] features, int length, IReadOnlyList<ImageItem> items, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        LabelledFeatures data = new(features, length, items.Select(item => item.Label).ToArray(), Outputs);
        TaskReadout fit = FitAsTheyCame(data, options, cancellation);
        if (ReferenceEquals(options.ClassWeights, ClassWeights.None)) return fit;
        PriorCorrection correction = fit.LeaveOneOut is null ? PriorCorrection.OfLogits : PriorCorrection.Fit(fit.LeaveOneOut, data.Classes, data.Labels);
        LinearReadout corrected = correction.Apply(fit.Readout, data.Counts, options.ClassWeights);
        return new(corrected, fit.Penalty, fit.LeaveOneOut is null ? null : Shifted(fit.LeaveOneOut, fit.Readout.Bias, corrected.Bias));
    }

    public override double Temperature(float[] scores, IReadOnlyList<ImageItem> items) => TemperatureScaling.Fit(scores, Outputs, [.. items.Select(item => item.Label)]).Temperature;

    public override Loss LossOf(FineTunerOptions options, IReadOnlyList<ImageItem> train)
    {
        int[] counts = new int[Outputs];
        foreach (ImageItem item in train) counts[item.Label]++;
        bool weighs = options.Sampling == Sampling.Uniform && options.Readout.ClassWeights != ClassWeights.None;
        return new CrossEntropy
        {
            LabelSmoothing = options.LabelSmoothing,
            ClassWeights = weighs ? [.. options.Readout.ClassWeights.ForClasses(counts).Select(weight => (float)weight)] : [],
        };
    }

    public override ValidationResult Judge(IReadOnlyList<ImageItem> items, float[] scores, double temperature, ClassWeights weights)
    {
        int[] labels = [.. items.Select(item => item.Label)];
        float[] probabilities = Probabilities.Softmax(scores, Outputs, temperature);
        Calibration calibration = Calibration.Measure(probabilities, Outputs, labels);
        ClassJudgement judgement = new(ClassificationMetrics.Measure(scores, Outputs, labels), calibration, JudgedImage.All(items, probabilities, Outputs));
        return new(temperature, judgement, Merit.Of(probabilities, labels, Outputs, weights), calibration.NegativeLogLikelihood);
    }

    public override string Text(Merit merit) => FormattableString.Invariant($"{100 * merit.Right:0.0} %");

    public override string Compared(Merit merit, string counted) => $"{Text(merit)} of held-out images right{counted}";

    public override string Said(Merit merit, int images) => $"The readout gets {Text(merit)} of {Amount.Of(images, "held-out image")}.";

    public override Model Complete(Model model, ValidationResult? judged) => model;

    /// <summary>Scores with other biases.</summary>
    private static float[] Shifted(float[] scores, float[] before, float[] after) => [.. scores.Select((score, i) => score + after[i % after.Length] - before[i % before.Length])];

    private static TaskReadout FitAsTheyCame(LabelledFeatures data, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        if (options.Kind == ReadoutKind.Logistic)
        {
            LogisticFit logistic = LogisticReadout.Fit(
                data, new LogisticOptions { Penalty = options.Penalty ?? (data.Rows < LeastForFolds ? LogisticPenaltyForFew : null), Seed = options.Seed, Threads = options.Threads }, cancellation: cancellation);
            return new(logistic.Readout, logistic.Penalty, null);
        }

        RidgeFit ridge = RidgeReadout.Fit(data, options.Ridge, cancellation: cancellation);
        return new(ridge.Readout, ridge.Penalty, ridge.LeaveOneOutScores);
    }
}
