using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Operations.Normalization;
using Graft.Training.Losses;
using Graft.Vision;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style train</c>: a generator learns the style of a picture.</summary>
internal static class StyleTrainCommand
{
    public static Command Create(Terminal terminal)
    {
        StyleTrainerOptions usual = new();
        Option<string> style = new("--style") { Description = "The picture whose style is learned; 'graft sample styles' draws some. Of a folder of pictures, how to give any style is.", Required = true };
        Argument<string> images = new("images") { Description = $"A folder of pictures of any kind to learn on, or {ImageSource.SampleFlowers} for pictures that Graft draws." };
        Option<string> output = new("--out") { Description = "The .graft file to write.", Required = true };
        Option<string> norm = new("--norm") { Description = "The generator's normalization.", DefaultValueFactory = _ => usual.Generator.Normalization };
        norm.OneOf([.. NormalizationNames.All]);
        Option<string> trunk = new("--trunk") { Description = $"What sees contents and styles: '{ModelSource.Builtin}', a file, or an architecture's name (random weights).", DefaultValueFactory = _ => ModelSource.Builtin };
        Option<string> statistics = new("--statistics") { Description = "What counts as style: covariances of features, Gram matrices, or means and deviations.", DefaultValueFactory = _ => "covariance" };
        statistics.OneOf("covariance", "gram", "moments");
        Option<int> steps = Arguments.Ranged("--steps", 1, 1_000_000, usual.Steps, "The number of steps.");
        Option<int> batch = Arguments.Ranged("--batch", 1, 1024, usual.Batch, "The pictures of a step.");
        Option<int> size = Sized("--size", 64, 1024, usual.Size, "The side of the squares that are learned from, a multiple of 16.");
        Option<int> styleSize = Sized("--style-size", 64, 2048, usual.StyleSize, "The side that the style's middle square is resized to, a multiple of 16; larger makes larger strokes.");
        Option<double> width = new("--width") { Description = "The generator's width; 1 is the paper's.", DefaultValueFactory = _ => usual.Generator.Width };
        Option<double> styleWeight = new("--style-weight") { Description = "The weight of the style; that of the content is 2.", DefaultValueFactory = _ => usual.StyleWeight };
        Require(width, value => value is > 0 and <= 4, "above 0 and at most 4");
        Require(styleWeight, value => value >= 0 && double.IsFinite(value), "of at least 0");
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Option<ulong> seed = Arguments.Seed();
        Option<bool> json = Arguments.Json();
        Command command = new("train", "Learns the style of a picture.") { style, images, output, norm, trunk, statistics, steps, batch, size, styleSize, width, styleWeight, threads, anySize, seed, json };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal,
            new Request(parsed.GetRequiredValue(style), parsed.GetRequiredValue(images), parsed.GetRequiredValue(output), parsed.GetRequiredValue(trunk), parsed.GetValue(anySize), parsed.GetValue(json)),
            usual with
            {
                Generator = usual.Generator with { Normalization = parsed.GetRequiredValue(norm), Width = parsed.GetValue(width) },
                Statistics = Enum.Parse<StyleStatistics>(parsed.GetRequiredValue(statistics), ignoreCase: true),
                Steps = parsed.GetValue(steps),
                Batch = parsed.GetValue(batch),
                Size = parsed.GetValue(size),
                StyleSize = parsed.GetValue(styleSize),
                StyleWeight = parsed.GetValue(styleWeight),
                Threads = parsed.GetValue(threads),
                Seed = parsed.GetValue(seed),
            },
            cancel)));
        return command;
    }

    private static int Run(Terminal terminal, Request request, StyleTrainerOptions options, CancellationToken cancel)
    {
        OutputFile.RequireWritable(request.Output);

        // Beside a pipe or a device there is no place for it.
        string? state = AtomicFile.IsThrough(request.Output) ? null : request.Output + ".state";
        if (state is not null) OutputFile.RequireWritable(state);
        options = options with { Checkpoint = state };
        if (!Path.Exists(request.Style)) throw new GraftException($"There is no file '{request.Style}'. Name a picture, or draw some: graft sample styles --out styles");
        bool takesAny = Directory.Exists(request.Style);
        ImageFolder? styleFolder = takesAny ? ImageSource.ToLearnFrom(request.Style, terminal, cancel) : null;
        RgbImage[] styles = [.. styleFolder?.Items.Select(item => StyleApplyCommand.Decode(item.Path)) ?? [StyleApplyCommand.Decode(request.Style)]];
        ImageFolder images = ImageSource.ToLearnFrom(request.Images, terminal, cancel);
        Model trunk = ModelSource.Load(request.Trunk, terminal, options.Seed, ModelSource.Limits(request.AnySize));
        if (state is not null) terminal.Remains = () => File.Exists(state) ? $"The state is kept in '{state}': the same command goes on from there." : Terminal.NothingRemains;
        long start = Stopwatch.GetTimestamp();
        StyleResult result = terminal.Track($"Learning '{Path.GetFileName(request.Style.TrimEnd('/'))}'", progress => takesAny
            ? AdaptiveStyleTrainer.Train(trunk, styles, images.Items, options, new Steps(progress), cancel)
            : StyleTrainer.Train(trunk, styles[0], images.Items, options, new Steps(progress), cancel));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Model model = result.Model with { Provenance = result.Model.Provenance.SetItem("style", Path.GetFileName(request.Style)) };
        OutputFile.Write(request.Output, stream => ModelFile.Save(model, stream));
        if (state is not null) File.Delete(state);
        SkippedImage[] skipped = [.. styleFolder?.Skipped ?? [], .. images.Skipped, .. result.Skipped];
        Quality.ShowSkipped(terminal, skipped, []);
        if (result.HeldOut is { } losses)
            terminal.Print(string.Create(CultureInfo.InvariantCulture, $"On {result.HeldOutImages} other pictures: style {losses.Style:0.000}, content {losses.Content:0.000} (0 is the style, and the content, itself)."));
        terminal.Note($"Wrote {request.Output}. Use it: graft style apply {request.Output} PICTURE {(takesAny ? "--style PICTURE " : "")}--out styled.png");
        if (request.Json)
        {
            terminal.WriteJson(new
            {
                Model = request.Output,
                request.Style,
                Norm = takesAny ? "adaptive" : options.Generator.Normalization,
                options.Steps,
                result.TrainImages,
                result.HeldOutImages,
                StyleLoss = result.HeldOut?.Style,
                ContentLoss = result.HeldOut?.Content,
                Variation = result.HeldOut?.Variation,
                Loss = result.HeldOutTotal,
                Skipped = skipped.Select(s => new { s.Path, s.Reason }),
                Seconds = Math.Round(seconds, 1),
            });
        }

        return ExitCode.Done;
    }

    private static Option<int> Sized(string name, int least, int most, int usual, string description)
    {
        Option<int> option = Arguments.Ranged(name, least, most, usual, description);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value % 16 != 0) result.AddError($"{name} takes a multiple of 16, not {value}.");
        });
        return option;
    }

    private static void Require(Option<double> option, Func<double, bool> holds, string rule) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out double value) && !holds(value))
            result.AddError($"{option.Name} takes a number {rule}, not {result.Tokens[0].Value}.");
    });

    private sealed record Request(string Style, string Images, string Output, string Trunk, bool AnySize, bool Json);

    private sealed class Steps(IProgress<Completion> progress) : IProgress<StyleProgress>
    {
        public void Report(StyleProgress value) => progress.Report(new Completion(value.Step, value.Steps));
    }
}
