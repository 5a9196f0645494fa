using System.CommandLine;
using Graft.Cli.CommandLine;
using Graft.Cli.Output;
using Graft.Networks;
using Graft.Vision;
using Graft.Vision.Loading;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft predict</c>: classifies images.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Argument<string[]> images = new("image") { Description = "Image files; patterns such as *.jpg and folder/**/*.jpg name several.", Arity = ArgumentArity.OneOrMore };
        Option<int> top = Arguments.Ranged("--top", 1, 1000, 3, "How many classes are shown for each image.");
        Option<bool> logits = new("--logits") { Description = "With --json: the score of every class before the softmax, too." };
        Option<bool> mirrored = Arguments.Mirrored();
        Option<bool> json = Arguments.Json();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Command command = new("predict", "Classifies images.") { model, images, top, logits, mirrored, json, threads, anySize };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal, parsed.GetRequiredValue(model), ModelSource.Limits(parsed.GetValue(anySize)), FileArguments.Expand(parsed.GetRequiredValue(images)), parsed.GetValue(top), parsed.GetValue(logits), parsed.GetValue(json), parsed.GetValue(threads), parsed.GetValue(mirrored), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, NetworkLimits limits, string[] paths, int top, bool logits, bool json, int threads, bool mirrored, CancellationToken cancel)
    {
        Model model = ModelSource.Classifier(name, terminal, limits);
        using ImageNetwork network = new(model, threads, mirrored: mirrored);
        int failed = 0;
        foreach ((LoadedImage image, float[]? output) in network.Run(paths, cancellation: cancel))
        {
            if (output is null)
            {
                terminal.Error($"'{image.Path}' cannot be used: {image.Error}.");
                failed++;
                continue;
            }

            if (image.Notice is not null) terminal.Warn($"'{image.Path}': {image.Notice}.");
            IReadOnlyList<Prediction> predictions = [.. ImageClassifier.Rank(model, output).Take(top)];
            if (!json) Show(terminal, image.Path, predictions);
            else if (logits) terminal.WriteJson(new { image.Path, Predictions = predictions, Logits = output });
            else terminal.WriteJson(new { image.Path, Predictions = predictions });
        }

        return failed == 0 ? ExitCode.Done : ExitCode.BadInput;
    }

    private static void Show(Terminal terminal, string path, IReadOnlyList<Prediction> predictions)
    {
        terminal.Print(path);
        foreach (Prediction prediction in predictions) terminal.Print($"  {Tables.Percent(prediction.Probability),7}  {prediction.Label}");
    }
}
