using System.Diagnostics;
using System.Globalization;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Runs;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary>The training of a style as a run with a folder.</summary>
internal sealed class StyleMode(Terminal terminal, StyleRequest request, RunFolder? resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "style";

    private readonly long start = Stopwatch.GetTimestamp();

    private bool TakesAny => Directory.Exists(request.Style);

    private string Norm => TakesAny ? "adaptive" : request.Options.Generator.Normalization;

    public int Run(CancellationToken cancel)
    {
        OutputFile.RequireWritable(request.Output);
        if (resumed is null) RunFolder.RequireWritable(request.Runs);
        if (!Path.Exists(request.Style)) throw new GraftException($"There is no file '{request.Style}'. Name an image, or draw some: graft sample styles --out styles");
        ImageFolder? styleFolder = TakesAny ? ImageSource.ToLearnFrom(request.Style, terminal, cancel) : null;
        RgbImage[] styles = [.. styleFolder?.Items.Select(item => StyleApplyCommand.Decode(item.Path)) ?? [StyleApplyCommand.Decode(request.Style)]];
        ImageFolder images = ImageSource.ToLearnFrom(request.Images, terminal, cancel);
        Model trunk = ModelSource.Load(request.Trunk, terminal, request.Options.Seed, ModelSource.Limits(request.AnySize));
        using RunWork run = RunWork.Open(terminal, StyleTrainer.Kind, request, resumed, Config(images.Items.Count));
        StyleTrainerOptions options = request.Options with { Checkpoint = run.Checkpoint };
        return run.Do(() =>
        {
            StyleResult result = terminal.Track($"Learning '{Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Style))}'", progress => Train(new Reporter(terminal, progress, run.Recorder)));
            return Finish(run, result, [.. styleFolder?.Skipped ?? [], .. images.Skipped, .. result.Skipped]);
        });

        StyleResult Train(Reporter reporter) => TakesAny
            ? AdaptiveStyleTrainer.Train(trunk, styles, images.Items, options, reporter, cancel)
            : StyleTrainer.Train(trunk, styles[0], images.Items, options, reporter, cancel);
    }

    private RunConfig Config(int images)
    {
        StyleTrainerOptions o = request.Options;
        return new RunConfig
        {
            Command = request.Command,
            Data = request.Images,
            Images = images,
            Trunk = request.Trunk,
            Mode = Name,
            Seed = o.Seed,
            Epochs = 1,
            Settings = RunWork.Settings(
                ("style", request.Style), ("norm", Norm), ("statistics", o.Statistics.ToString().ToLowerInvariant()), ("steps", o.Steps), ("batch", o.Batch), ("size", o.Size),
                ("style_size", o.StyleSize), ("style_weight", o.StyleWeight), ("width", o.Generator.Width)),
        };
    }

    private int Finish(RunWork run, StyleResult result, IReadOnlyList<SkippedImage> skipped)
    {
        Model made = result.Model with { Provenance = result.Model.Provenance.SetItem("style", Path.GetFileName(request.Style)) };
        RunModel model = RunModel.Save(terminal, run, request.Output, stream => ModelFile.Save(made, stream));
        run.Recorder.Finish(new RunResult { Model = Path.GetFullPath(model.Path), ValLoss = result.HeldOutTotal });
        Quality.ShowSkipped(terminal, skipped, []);
        if (result.HeldOut is { } losses)
            terminal.Print(string.Create(CultureInfo.InvariantCulture, $"On {result.HeldOutImages} other images: style {losses.Style:0.000}, content {losses.Content:0.000} (0 is the style, and the content, itself)."));
        terminal.Note($"Wrote {model.Path}. Use it: graft style apply {model.Path} IMAGE {(TakesAny ? "--style IMAGE " : "")}--out styled.png");
        if (!request.Json) return model.Exit(terminal);
        terminal.WriteJson(new
        {
            Model = model.Path,
            request.Style,
            Norm,
            request.Options.Steps,
            result.TrainImages,
            result.HeldOutImages,
            StyleLoss = result.HeldOut?.Style,
            ContentLoss = result.HeldOut?.Content,
            Variation = result.HeldOut?.Variation,
            Loss = result.HeldOutTotal,
            Run = run.Folder.FullPath,
            Skipped = skipped.Select(s => new { s.Path, s.Reason }),
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
        });
        return model.Exit(terminal);
    }

    private sealed class Reporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(progress, recorder)
    {
        private bool isTold;

        protected override void Tell(TrainingProgress value)
        {
            if (!isTold && value is StepDone { Step: > 1 } step) terminal.Note($"Going on after step {step.Step - 1:N0} of {step.Steps:N0}.");
            isTold = true;
        }
    }
}
