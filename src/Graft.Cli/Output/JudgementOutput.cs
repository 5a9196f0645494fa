using Graft.Vision.Evaluating;
using Graft.Vision.Tasks;

namespace Graft.Cli.Output;

/// <summary>How good a model is, whatever its outputs are: for people and for JSON.</summary>
internal static class JudgementOutput
{
    public static void Show(Terminal terminal, IReadOnlyList<string> labels, Judgement judgement)
    {
        switch (judgement)
        {
            case ClassJudgement classes:
                Quality.Show(terminal, labels, classes.Metrics, classes.Calibration);
                Quality.ShowMistakes(terminal, labels, classes.Judged);
                break;
            case LabelJudgement several:
                LabelQuality.Show(terminal, labels, several);
                break;
            case ValueJudgement values:
                ValueQuality.Show(terminal, labels, values);
                break;
        }
    }

    /// <summary>Shows how good a model is on held-out images, or warns that none were.</summary>
    public static void ShowHeldOut(Terminal terminal, IReadOnlyList<string> labels, Judgement? judgement, int learned)
    {
        if (judgement is null)
        {
            terminal.Warn("No image was held out, so nothing says how good the model is. That takes a --holdout above 0 and three different images of each class, or --val.");
            return;
        }

        terminal.Print($"On {Amount.Of(judgement.Images, "held-out image")}, after learning from {learned:N0}:");
        Show(terminal, labels, judgement);
    }

    /// <summary>The fields of a training's result that say how good it is on held-out images.</summary>
    public static IEnumerable<(string Name, object? Value)> TrainingData(IReadOnlyList<string> labels, ModelTask task, Judgement? judgement) => (task, judgement) switch
    {
        (ModelTask.Classify, var classes) =>
        [
            ("val_expected_calibration_error", (classes as ClassJudgement)?.Calibration.ExpectedError),
            ("per_class", classes is ClassJudgement known ? Quality.PerClass(labels, known.Metrics) : null),
            ("confusion", classes is ClassJudgement table ? Quality.Rows(table.Metrics.Confusion) : null),
        ],
        (_, null) => [],
        (_, var other) => Data(labels, other).Select(field => (field.Name is "per_class" or "per_value" ? field.Name : $"val_{field.Name}", field.Value)).Where(field => field.Item1 != "val_images" && field.Item1 != $"val_{other.ScoreName}"),
    };

    /// <summary>Shows how far the results of folds lie apart; nothing where there were none.</summary>
    public static void Show(Terminal terminal, ModelTask task, CrossValidation? folds)
    {
        if (folds is null) return;
        ScoreKind kind = ScoreKind.Of(task);
        terminal.Print($"Over {folds.Scores.Count} folds: {kind.Title} {kind.Text(folds.Mean)}, standard deviation {Bare(folds.Deviation)} ({string.Join(", ", folds.Scores.Select(Bare))}).");

        string Bare(double score) => kind.Text(score).Replace(" %", "");
    }

    /// <summary>Folds as data for JSON; null where there were none.</summary>
    public static object? Data(CrossValidation? folds) => folds is null ? null : new { folds.Scores, folds.Mean, folds.Deviation };

    /// <summary>Its fields in JSON, in order.</summary>
    public static IEnumerable<(string Name, object? Value)> Data(IReadOnlyList<string> labels, Judgement judgement) => judgement switch
    {
        ClassJudgement { Metrics: var metrics, Calibration: var calibration } =>
        [
            ("top1", metrics.Top1), ("top5", metrics.Top5), ("images", metrics.Images), ("per_class", Quality.PerClass(labels, metrics)), ("confusion", Quality.Rows(metrics.Confusion)),
            ("calibration", new { calibration.ExpectedError, calibration.NegativeLogLikelihood, calibration.Brier, calibration.Bins }),
        ],
        LabelJudgement { Metrics: var metrics } =>
        [
            ("map", ValueQuality.Known(metrics.MeanAveragePrecision)), ("micro_f1", metrics.MicroF1), ("exact_match", metrics.ExactMatch), ("loss", metrics.Loss), ("images", metrics.Images),
            ("per_class", LabelQuality.PerClass(labels, metrics)),
        ],
        ValueJudgement { Metrics: var metrics } values =>
        [
            ("mae", metrics.MeanAbsoluteError), ("rmse", metrics.RootMeanSquaredError), ("r2", ValueQuality.Known(metrics.R2)), ("images", metrics.Images), ("covered", values.Covered),
            ("per_value", ValueQuality.PerValue(labels, metrics)),
        ],
        _ => [],
    };
}
