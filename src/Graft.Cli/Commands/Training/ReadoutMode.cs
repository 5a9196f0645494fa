using System.Globalization;
using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode readout</c>: the head alone. It has no epochs and no checkpoint: one that goes on begins again, with the features that were computed.</summary>
internal sealed class ReadoutMode(Terminal terminal, TrainRequest request, RunFolder? resumed) : TrainMode<ReadoutResult>(Name, terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "readout";

    private ReadoutTrainerOptions Options => Request.Options.Readout;

    protected override int Plan() => 0;

    protected override ReadoutResult Train(RunWork run, WorkProgress progress, CancellationToken cancel) => ReadoutTrainer.Train(Input.Trunk, Input.Images, Input.Validation, Options, progress, cancel);

    protected override Judgement? TrainFold(ImageFolder learned, ImageFolder held, CancellationToken cancel) => ReadoutTrainer.Train(Input.Trunk, learned, held, Options, null, cancel).Judgement;

    protected override JsonFields Fields(ReadoutResult result) => new() { { "penalty", result.Penalty } };

    protected override TrainingReport Complete(TrainingReport page, RunConfig config, ReadoutResult result) => page with
    {
        Facts = [new("readout", Options.Kind.ToString().ToLowerInvariant()), new("penalty", result.Penalty.ToString("G4", CultureInfo.InvariantCulture)), new("seed", $"{config.Seed}")],
    };

    protected override string Kept(ReadoutResult result)
    {
        string cached = result.Cached > 0 ? $", with features of {Amount.Of(result.Cached, "image")} known from an earlier run" : "";
        return $"the readout, fitted on all {Amount.Of(result.TrainImages + result.HeldOutImages, "image")}{cached}";
    }
}
