using System.Collections.Immutable;
using Graft.Readouts;
using Graft.Vision.Evaluating;

namespace Graft.Vision.Tasks;

/// <summary>How good a model is on labelled images, and what it said of each.</summary>
/// <param name="Images">The number of images.</param>
public abstract record Judgement(int Images)
{
    /// <summary>The one number to compare by: greater is better.</summary>
    public abstract double Score { get; }

    /// <summary>What <see cref="Score"/> is called: the name of its <see cref="ScoreKind"/>.</summary>
    public abstract string ScoreName { get; }

    /// <summary>How good it is, in a line: "top-1 91.5 % of 649 images".</summary>
    public sealed override string ToString() => Line("");

    /// <summary>The same, with a word for the images.</summary>
    internal string Line(string which)
    {
        ScoreKind kind = ScoreKind.Of(ScoreName);
        return $"{kind.Title} {kind.Text(Score)} {(kind.IsPart ? "of" : "on")} {Images:N0} {which}{Amount.Word(Images, "image")}";
    }
}

/// <summary>How good a classifier is.</summary>
/// <param name="Metrics">Accuracy, by class and in total.</param>
/// <param name="Calibration">How honest the probabilities are.</param>
/// <param name="Judged">The images, in order, with what the model said; labels are the model's.</param>
public sealed record ClassJudgement(ClassificationMetrics Metrics, Calibration Calibration, IReadOnlyList<JudgedImage> Judged) : Judgement(Metrics.Images)
{
    /// <inheritdoc/>
    public override double Score => Metrics.Top1;

    /// <inheritdoc/>
    public override string ScoreName => ScoreKind.Top1.Name;
}

/// <summary>How good a model of several labels is.</summary>
/// <param name="Metrics">Average precision, recall and precision, by label and in total.</param>
/// <param name="Judged">The images, in order, with the probability of each label.</param>
public sealed record LabelJudgement(MultiLabelMetrics Metrics, IReadOnlyList<JudgedOutputs> Judged) : Judgement(Metrics.Images)
{
    /// <inheritdoc/>
    public override double Score => Metrics.MeanAveragePrecision;

    /// <inheritdoc/>
    public override string ScoreName => ScoreKind.MeanAveragePrecision.Name;

    /// <summary>The images whose labels the model finds least likely, the least likely first.</summary>
    public IEnumerable<JudgedOutputs> Worst => Judged.OrderByDescending(image => image.Outputs.Zip(image.Item.Targets, (p, y) => -Math.Log(Math.Max(y > 0 ? p : 1 - (double)p, float.Epsilon))).Sum());
}

/// <summary>How good a model of numbers is.</summary>
/// <param name="Metrics">Errors, by value and in total.</param>
/// <param name="Judged">The images, in order, with the numbers that they were given.</param>
public sealed record ValueJudgement(RegressionMetrics Metrics, IReadOnlyList<JudgedOutputs> Judged) : Judgement(Metrics.Images)
{
    /// <summary>The part of the true numbers that lies within the model's intervals; null where it has none.</summary>
    public double? Covered { get; init; }

    /// <inheritdoc/>
    public override double Score => Metrics.R2;

    /// <inheritdoc/>
    public override string ScoreName => ScoreKind.R2.Name;

    /// <summary>The images whose numbers are farthest off, in units of each value's root mean squared error, the farthest first.</summary>
    public IEnumerable<JudgedOutputs> Worst => Judged.OrderByDescending(image =>
        Enumerable.Range(0, image.Outputs.Length).Max(i => Math.Abs(image.Outputs[i] - image.Item.Targets[i]) / Math.Max(Metrics.PerValue[i].RootMeanSquaredError, float.Epsilon)));
}

/// <summary>A labelled image and what a model of several labels or of numbers said of it.</summary>
/// <param name="Item">The image; its <see cref="ImageItem.Targets"/> are the truth.</param>
/// <param name="Outputs">The probability of each label, or the numbers.</param>
public sealed record JudgedOutputs(ImageItem Item, ImmutableArray<float> Outputs);
