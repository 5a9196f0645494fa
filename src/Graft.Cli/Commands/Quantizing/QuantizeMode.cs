using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Vision.Quantization;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>The training of a quantized network as a run with a folder.</summary>
internal sealed class QuantizeMode(Terminal terminal, QuantizeRequest request, RunFolder? resumed) : RunMode<QuantizeRequest, QuantizationResult>(terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "quantize";

    private QuantizeInput? input;
    private QuantizeOutput? output;

    protected override string Kind => Quantizer.Kind;

    protected override string Beginning => "Preparing";

    protected override RunConfig Open(CancellationToken cancel)
    {
        input = QuantizeInput.Load(Request, Terminal, cancel);
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images,
            Validation = Request.Judged,
            Images = input.Images.Items.Count,
            Trunk = Request.Model,
            Mode = Name,
            ScoreName = QuantizationResult.AgreementName,
            Seed = Request.Options.Seed,
            Epochs = Request.Options.Epochs,
        };
    }

    protected override QuantizationResult Train(RunWork run, WorkProgress progress, CancellationToken cancel) =>
        Quantizer.Quantize(input!.Model, input.Images, input.Judged, Request.Options with { Checkpoint = run.Checkpoint }, new QuantizeReporter(Terminal, progress, run.Recorder), cancel);

    protected override void Saved(RunWork run, QuantizationResult result, string model, CancellationToken cancel) =>
        output = QuantizeOutput.Of(Terminal, result, model, Request.Model, input!.Model, cancel);

    protected override RunResult Summary(QuantizationResult result) => new() { ValScore = result.Agreement };

    protected override object Json(QuantizationResult result, string model, string run)
    {
        Dictionary<string, object?> data = output!.Data();
        (data["seconds"], data["run"]) = (Took.TotalSeconds, run);
        data["epochs"] = result.History.Select(e => new { e.Epoch, e.Step, e.Loss, Agreement = e.Measure(QuantizationResult.AgreementName), e.Rate, e.Seconds, ImagesPerSecond = e.SamplesPerSecond });
        return data;
    }

    protected override void Show(QuantizationResult result, string model)
    {
        output!.Show(Terminal, input!.Judged is not null);
        Terminal.Note($"{Wrote(model)}.");
    }
}
