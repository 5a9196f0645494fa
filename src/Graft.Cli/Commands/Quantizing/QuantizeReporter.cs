using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.Quantization;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>Tells people and the run's log how the training of a quantized network goes.</summary>
internal sealed class QuantizeReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(terminal, progress, recorder, "Training")
{
    protected override string Planned(TrainingBegins begins) => $"{Amount.Of(begins.Steps, "step")} over {Amount.Of(begins.TrainSamples, "image")}, {begins.HeldOutSamples:N0} to judge by.";

    protected override string Line(TrainedEpoch epoch) =>
        $"epoch {epoch.Epoch}: {Tables.Percent(epoch.Loss)} of the model's variance unexplained{(epoch.Measure(QuantizationResult.AgreementName) is { } agreement ? $", agreement {Tables.Percent(agreement)}" : "")}, rate {epoch.Rate:0.0e0}";
}
