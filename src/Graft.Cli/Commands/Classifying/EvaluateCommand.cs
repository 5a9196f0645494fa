using System.CommandLine;
using Graft.Cli.Output;
using Graft.Networks;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.Lists;

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
        ListArguments list = new();
        Command command = new("evaluate", "Measures how good a model is on labelled images: a folder for each class, named after the model's labels, or a list.") { model, images, mirrored, json, threads, anySize };
        list.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(
            Run(terminal, parsed.GetRequiredValue(model), ModelSource.Limits(parsed.GetValue(anySize)), parsed.GetRequiredValue(images), list.Read(parsed), list.Exclude(parsed), parsed.GetValue(json), parsed.GetValue(threads), parsed.GetValue(mirrored), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, NetworkLimits limits, string path, ImageListOptions list, string? exclude, bool json, int threads, bool mirrored, CancellationToken cancel)
    {
        Model model = ModelSource.Classifier(name, terminal, limits);
        ImageFolder folder = ImageSource.ToJudgeBy(ImageSource.Sets(path, terminal, cancel, requiredClasses: 1, list with { Task = list.Task ?? model.Task, Names = model.Labels }, exclude), terminal);
        Evaluation result = terminal.Track(model.Task == ModelTask.Classify ? "Classifying" : "Predicting", progress => Evaluation.Run(model, folder, threads, mirrored, progress, cancel));
        if (json)
        {
            terminal.WriteJson(Report(model, result));
        }
        else
        {
            JudgementOutput.Show(terminal, result.Labels, result.Judgement);
            Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        }

        return ExitCode.Done;
    }

    private static Dictionary<string, object?> Report(Model model, Evaluation result)
    {
        Dictionary<string, object?> report = new() { ["labels"] = result.Labels };
        if (model.Task != ModelTask.Classify) report["task"] = TaskNames.Of(model.Task);
        foreach ((string name, object? value) in JudgementOutput.Data(result.Labels, result.Judgement)) report[name] = value;
        report["skipped"] = result.Skipped.Select(s => new { s.Path, s.Reason });
        return report;
    }
}
