using System.Globalization;
using Graft.Models;
using Graft.Networks;
using Graft.Readouts;
using Graft.Tensors;

namespace Graft.Vision.FineTuning;

/// <summary>Judges what a fine-tuning made, and makes a model of it or of the readout.</summary>
internal static class FineTuneOutcome
{
    public static FineTuneResult Of(Model trunk, ImageFolder images, FineTunerOptions options, FineTuneRun run, CancellationToken cancellation)
    {
        int classes = images.Classes.Count;
        (FineTuneStart start, FineTuneSettings settings, Phases phases, TrainingLoaderOptions loading, _) = run.Outcome;
        FineTuneState state = start.State;
        Network network = run.Best!;
        if (settings.BatchStatistics)
            network = TrainedStatistics.Recompute(network, phases, state.Train, classes, trunk.Preprocessing, settings, loading, cancellation);

        Model tuned = new(network) { Preprocessing = trunk.Preprocessing };
        Judgement? judged = state.Judged.Length == 0 ? null : Judgement.Of(tuned, state.Judged, classes, options, cancellation);
        Judgement? readout = state.Judged.Length == 0 ? null : new Judgement(state.Judged, start.Scores, 1, classes, options.Head.ClassWeights);
        bool isReadout = judged is not null && readout!.Merit.IsBetterThan(judged.Merit);
        Judgement? kept = isReadout ? readout : judged;
        double temperature = isReadout ? state.ReadoutTemperature : judged?.Temperature ?? 1;

        Model model = new(isReadout ? start.Refitted : Scaled(network, temperature))
        {
            Labels = [.. images.Classes],
            Preprocessing = trunk.Preprocessing,
            Provenance = trunk.Provenance.SetItems(isReadout
                ? ReadoutTrainer.Facts(trunk, options.Head, state.Train.Length, state.Judged.Length, kept?.Metrics.Top1, state.ReadoutPenalty, temperature)
                : Facts(trunk, settings, state, kept?.Metrics.Top1, temperature)),
        };
        string counted = ReferenceEquals(options.Head.ClassWeights, ClassWeights.None) ? "" : ", each counting as its class does";
        SkippedImage[] notices = isReadout
            ? [.. state.Notices, new SkippedImage(images.Path, $"fine-tuning did not make it better ({Percent(judged!.Merit.Right)} of held-out pictures right{counted}, the readout {Percent(readout!.Merit.Right)}): the readout was kept")]
            : state.Notices;
        return new FineTuneResult(
            model, isReadout, state.Train.Length, state.Judged.Length, kept?.Metrics, kept?.Calibration, kept?.Images ?? [], state.History, isReadout ? 0 : state.BestEpoch,
            readout?.Metrics.Top1, state.Rate, state.RangeTest, temperature, state.Cached, run.Skipped, notices)
        {
            Disputed = state.Disputed,
            EarlyStop = state.EarlyStop,
            IsRelativeRate = settings.IsRelative,
        };
    }

    /// <summary>A classifier whose scores are divided by a temperature.</summary>
    private static Network Scaled(Network network, double temperature)
    {
        float scale = (float)(1 / temperature);
        Dictionary<string, Tensor> weights = new(network.Weights);
        foreach (string name in (string[])[$"{ClassifierHead.Classifier}.weight", $"{ClassifierHead.Classifier}.bias"])
            weights[name] = new Tensor(weights[name].Shape, Array.ConvertAll(weights[name].Span.ToArray(), w => w * scale));
        return new Network(network.Graph, weights);
    }

    private static Dictionary<string, string> Facts(Model trunk, FineTuneSettings settings, FineTuneState state, double? top1, double temperature)
    {
        Dictionary<string, string> facts = new()
        {
            ["trunk"] = trunk.Network.Graph.Architecture,
            ["mode"] = "finetune",
            ["seed"] = Number(settings.Seed),
            ["images"] = Number(state.Train.Length),
            ["epochs"] = Number(state.History.Count),
            ["best_epoch"] = Number(state.BestEpoch),
            ["learning_rate"] = Number(state.Rate) + (settings.IsRelative ? " of each weight's size" : ""),
            ["statistics"] = settings.BatchStatistics ? "batch" : "frozen",
            ["temperature"] = Number(temperature),
        };
        if (top1 is { } accuracy) facts["val_top1"] = Number(accuracy);
        return facts;
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");
}
