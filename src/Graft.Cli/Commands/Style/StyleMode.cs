using System.Globalization;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Vision;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary>The training of a style as a run with a folder.</summary>
internal sealed class StyleMode(Terminal terminal, StyleRequest request, RunFolder? resumed) : RunMode<StyleRequest, StyleResult>(terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "style";

    private RgbImage[] styles = [];
    private SkippedImage[] skipped = [];
    private ImageFolder? images;
    private Model? trunk;

    protected override string Kind => StyleTrainer.Kind;

    protected override string Beginning => $"Learning '{Path.GetFileName(Path.TrimEndingDirectorySeparator(Request.Style))}'";

    private bool TakesAny => Directory.Exists(Request.Style);

    private string Norm => TakesAny ? "adaptive" : Request.Options.Generator.Normalization;

    protected override RunConfig Open(CancellationToken cancel)
    {
        if (!Path.Exists(Request.Style)) throw new GraftException($"There is no file '{Request.Style}'. Name an image, or draw some: graft sample styles --out styles");
        ImageFolder? folder = TakesAny ? ImageSource.ToLearnFrom(Request.Style, Terminal, cancel) : null;
        styles = [.. folder?.Items.Select(item => StyleApplyCommand.Decode(item.Path)) ?? [StyleApplyCommand.Decode(Request.Style)]];
        images = ImageSource.ToLearnFrom(Request.Images, Terminal, cancel);
        skipped = [.. folder?.Skipped ?? [], .. images.Skipped];
        trunk = ModelSource.Load(Request.Trunk, Terminal, Request.Options.Seed, ModelSource.Limits(Request.AnySize));
        StyleTrainerOptions o = Request.Options;
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images,
            Images = images.Items.Count,
            Trunk = Request.Trunk,
            Mode = Name,
            Seed = o.Seed,
        };
    }

    protected override StyleResult Train(RunWork run, WorkProgress progress, CancellationToken cancel)
    {
        StyleTrainerOptions options = Request.Options with { Checkpoint = run.Checkpoint };
        RunReporter reporter = new(Terminal, progress, run.Recorder, Beginning);
        StyleResult result = TakesAny
            ? AdaptiveStyleTrainer.Train(trunk!, styles, images!.Items, options, reporter, cancel)
            : StyleTrainer.Train(trunk!, styles[0], images!.Items, options, reporter, cancel);
        return result with
        {
            Model = result.Model with { Provenance = result.Model.Provenance.SetItem("style", Path.GetFileName(Request.Style)) },
            Skipped = [.. skipped, .. result.Skipped],
        };
    }

    protected override RunResult Summary(StyleResult result) => new() { ValLoss = result.HeldOutTotal };

    protected override object Json(StyleResult result, string model, string run) => new
    {
        Model = model,
        Request.Style,
        Norm,
        Request.Options.Steps,
        result.TrainImages,
        result.HeldOutImages,
        StyleLoss = result.HeldOut?.Style,
        ContentLoss = result.HeldOut?.Content,
        Variation = result.HeldOut?.Variation,
        Loss = result.HeldOutTotal,
        Run = run,
        result.Skipped,
        Seconds = Math.Round(Took.TotalSeconds, 1),
    };

    protected override void Show(StyleResult result, string model)
    {
        Quality.ShowSkipped(Terminal, result.Skipped, []);
        if (result.HeldOut is { } losses)
            Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"On {result.HeldOutImages} other images: style {losses.Style:0.000}, content {losses.Content:0.000} (0 is the style, and the content, itself)."));
        Terminal.Note($"Wrote {model}. Use it: graft style apply {model} IMAGE {(TakesAny ? "--style IMAGE " : "")}--out styled.png");
    }
}
