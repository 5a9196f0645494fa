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
