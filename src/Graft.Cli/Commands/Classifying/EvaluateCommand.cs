using System.CommandLine;
using Graft.Cli.Output;
using Graft.Networks;
using Graft.Vision;
using Graft.Vision.Evaluating;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft evaluate</c>: how good a model is on labelled images.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Argument<string> images = Arguments.Images();
        Option<bool> json = Arguments.Json();
        Option<bool> mirrored = Arguments.Mirrored();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Command command = new("evaluate", "Measures how good a model is on labelled images: a folder for each class, named after the model's labels.") { model, images, mirrored, json, threads, anySize };
        command.SetAction((parsed, cancel) => Task.FromResult(
            Run(terminal, parsed.GetRequiredValue(model), ModelSource.Limits(parsed.GetValue(anySize)), parsed.GetRequiredValue(images), parsed.GetValue(json), parsed.GetValue(threads), parsed.GetValue(mirrored), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, NetworkLimits limits, string path, bool json, int threads, bool mirrored, CancellationToken cancel)
    {
        Model model = ModelSource.Classifier(name, terminal, limits);
        ImageFolder folder = ImageSource.ToJudgeBy(ImageSource.Sets(path, terminal, cancel, requiredClasses: 1), terminal);
        Evaluation result = terminal.Track("Classifying", progress => Evaluation.Run(model, folder, threads, mirrored, progress, cancel));
        if (json)
        {
            terminal.WriteJson(Report(result));
        }
        else
        {
            Quality.Show(terminal, result.Labels, result.Metrics, result.Calibration);
            Quality.ShowMistakes(terminal, result.Labels, result.Judged);
            Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        }

        return ExitCode.Done;
    }

    private static object Report(Evaluation result) => new
    {
        result.Labels,
        result.Metrics.Top1,
        result.Metrics.Top5,
        result.Metrics.Images,
        PerClass = Quality.PerClass(result.Labels, result.Metrics),
        Confusion = Quality.Rows(result.Metrics.Confusion),
        Calibration = new { result.Calibration.ExpectedError, result.Calibration.NegativeLogLikelihood, result.Calibration.Brier, result.Calibration.Bins },
        Skipped = result.Skipped.Select(s => new { s.Path, s.Reason }),
    };
}
