using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.Tasks;

namespace Graft.Vision;

/// <summary>What a training on labelled images ends with: a model, and how good it is on images that were held out.</summary>
public abstract record JudgedResult : TrainingResult
{
    /// <summary>The quality on the held-out images; null where none were.</summary>
    public required Judgement? Judgement { get; init; }

    /// <summary>The quality of a classifier on the held-out images; null where none were, or images have no classes.</summary>
    public ClassificationMetrics? Validation => (Judgement as ClassJudgement)?.Metrics;

    /// <summary>How honest a classifier's probabilities are on the held-out images; null where none were, or images have no classes.</summary>
    public Calibration? Calibration => (Judgement as ClassJudgement)?.Calibration;

    /// <summary>The held-out images, in order, and what a classifier said of them.</summary>
    public IReadOnlyList<JudgedImage> Judged => (Judgement as ClassJudgement)?.Judged ?? [];

    /// <summary>Whether the model's head learned from the held-out images, too, after it was judged by them.</summary>
    public abstract bool IsRefitted { get; }

    /// <summary>What scores were divided by to make their softmax calibrated.</summary>
    public required double Temperature { get; init; }

    /// <summary>How many images' features came from the cache.</summary>
    public required int Cached { get; init; }

    /// <summary>
    /// The images that were learned from whose labels the others dispute, the most disputed first: a ridge readout that learned from all of them but this one takes another class to be at least
    /// 20 times as probable as its label. Many of them have a wrong label.
    /// </summary>
    public IReadOnlyList<JudgedImage> Disputed { get; init; } = [];

    /// <summary>How good it is, in a line: "top-1 91.5 % of 649 held-out images, learned from 2,598".</summary>
    public sealed override string ToString()
    {
        string rest = $"{Remark}{(Skipped.Count > 0 ? $"; {Skipped.Count:N0} left out" : "")}";
        if (Judgement is not { } judgement) return $"learned from {Amount.Of(TrainImages, "image")}, none held out{rest}";
        return $"{judgement.Line("held-out ")}, learned from {TrainImages:N0}{rest}";
    }

    /// <summary>What else a line about it must say; empty where that is nothing.</summary>
    private protected virtual string Remark => "";
}
