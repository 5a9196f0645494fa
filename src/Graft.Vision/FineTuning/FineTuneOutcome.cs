using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.ReadoutTraining;

namespace Graft.Vision.FineTuning;

/// <summary>Judges what a fine-tuning made, and makes a model of it or of the readout.</summary>
internal static class FineTuneOutcome
{
    public static FineTuneResult Of(Model trunk, ImageFolder images, FineTunerOptions options, FineTuneTask task, IReadOnlyList<TrainedEpoch> history, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        int classes = images.Classes.Count;
        (FineTuneStart start, FineTuneSettings settings, Network network) = (task.Start, task.Settings, task.Best!);
        FineTuneState state = start.State;
        if (state.Judged.Length == 0) return Result(new Candidate(Kept.Tuned, network, null), null);

        // The same weights of the classes for all: what is best on the images that none of them learned from.
        ValidationResult? judged = ValidationResult.Of(new Model(network) { Preprocessing = trunk.Preprocessing }, state.Judged, classes, options, cancellation);
        ValidationResult readout = new(state.Judged, start.Scores, 1, classes, options.Head.ClassWeights);
        if (judged is null) return Result(new Candidate(Kept.Tuned, network, null), readout);
        Candidate best = new(Kept.Tuned, Scaled(network, judged.Temperature), judged);
        if (Refitted(trunk, network, classes, state, options, progress, cancellation) is { } refitted && refitted.Judgement!.Merit.IsBetterThan(best.Judgement!.Merit)) best = refitted;
        bool isBetter = readout.Merit.IsBetterThan(best.Judgement!.Merit);
        if (isBetter || (best.Judgement.Merit.IsBetterThan(readout.Merit) && !best.Judgement.Merit.IsClearlyBetterThan(readout.Merit)))
        {
            string counted = ReferenceEquals(options.Head.ClassWeights, ClassWeights.None) ? "" : ", each counting as its class does";
            string how = isBetter ? "did not make it better" : "did not make it better by more than the few images of the rarest class can tell";
            state.Notices = [.. state.Notices, new SkippedImage(images.Path, $"fine-tuning {how} ({Percent(best.Judgement.Merit.Right)} of held-out images right{counted}, the readout {Percent(readout.Merit.Right)}): the readout was kept")];
            best = new Candidate(Kept.Readout, start.Refitted, readout);
        }

        return Result(best, readout);

        FineTuneResult Result(Candidate kept, ValidationResult? readout)
        {
            ValidationResult? judgement = kept.Judgement;
            bool isReadout = kept.What == Kept.Readout;
            double temperature = isReadout ? state.ReadoutTemperature : judgement?.Temperature ?? 1;
            Model model = new(kept.Network)
            {
                Labels = [.. images.Classes],
                Preprocessing = trunk.Preprocessing,
                Provenance = trunk.Provenance.SetItems(isReadout
                    ? ReadoutTrainer.Facts(trunk, options.Head, state.Train.Length, state.Judged.Length, judgement?.Metrics.Top1, state.ReadoutPenalty, temperature)
                    : Facts(trunk, settings, state, history.Count, kept, temperature)),
            };
            return new FineTuneResult
            {
                Model = model,
                TrainImages = state.Train.Length,
                HeldOutImages = state.Judged.Length,
                History = history,
                Skipped = task.Skipped,
                Notices = state.Notices,
                IsReadout = isReadout,
                Validation = judgement?.Metrics,
                Calibration = judgement?.Calibration,
                Judged = judgement?.Images ?? [],
                BestEpoch = isReadout ? 0 : state.BestEpoch,
                ReadoutTop1 = readout?.Metrics.Top1,
                LearningRate = state.Rate,
                RangeTest = state.RangeTest,
                Temperature = temperature,
                Cached = state.Cached,
                Disputed = state.Disputed,
                EarlyStop = state.EarlyStop,
                IsRelativeRate = settings.IsRelative,
                IsHeadRefitted = kept.What == Kept.Refitted,
            };
        }
    }

    /// <summary>
    /// The tuned trunk with another readout for its head: it is judged as fitted to the training part and kept as fitted to everything, as the first readout is. The head that was trained with the trunk
    /// knows the images that it was trained on by heart, and has never seen the others.
    /// </summary>
    private static Candidate? Refitted(
        Model trunk, Network network, int classes, FineTuneState state, FineTunerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Network body = network.Trunk();

        // A penalty that the user gave was for other features.
        ReadoutTrainerOptions head = options.Head with { Penalty = null };
        ReadoutStage stage = ReadoutTrainer.Again(
            new Model(body) { Preprocessing = trunk.Preprocessing }, state.Train, state.Judged, classes, head, new FineTuneStart.Images(progress), cancellation);
        if (stage.Judged.Length == 0) return null;
        ValidationResult? judgement = options.MirroredViews
            ? ValidationResult.Of(new Model(ReadoutTrainer.WithReadout(body, stage.Readout, 1)) { Preprocessing = trunk.Preprocessing }, state.Judged, classes, options, cancellation)
            : new ValidationResult([.. stage.Judged.Select(i => stage.Items[i])], stage.Scores, stage.Temperature, classes, head.ClassWeights);
        if (judgement is null) return null;
        return new Candidate(Kept.Refitted, ReadoutTrainer.WithReadout(body, ReadoutTrainer.Refit(stage, classes, head, cancellation), judgement.Temperature), judgement);
    }

    /// <summary>A classifier whose scores are divided by a temperature.</summary>
    private static Network Scaled(Network network, double temperature)
    {
        float scale = (float)(1 / temperature);
        string[] names = [$"{ClassifierHead.Classifier}.weight", $"{ClassifierHead.Classifier}.bias"];
        return network.WithWeights(names.ToDictionary(name => name, name => Scaled(network.Weights[name])));

        Tensor Scaled(Tensor weight) => new(weight.Shape, Array.ConvertAll(weight.Span.ToArray(), w => w * scale));
    }

    private static Dictionary<string, string> Facts(Model trunk, FineTuneSettings settings, FineTuneState state, int epochs, Candidate kept, double temperature)
    {
        Dictionary<string, string> facts = new()
        {
            ["trunk"] = trunk.Network.Graph.Architecture,
            ["mode"] = "finetune",
            ["seed"] = Number(settings.Seed),
            ["images"] = Number(state.Train.Length),
            ["epochs"] = Number(epochs),
            ["best_epoch"] = Number(state.BestEpoch),
            ["learning_rate"] = Number(state.Rate) + (settings.IsRelative ? " of each weight's size" : ""),
            ["statistics"] = settings.BatchStatistics ? "batch" : "frozen",
            ["temperature"] = Number(temperature),
        };
        if (kept.Judgement is { } judgement) facts["val_top1"] = Number(judgement.Metrics.Top1);
        if (kept.What == Kept.Refitted) facts["head"] = "fitted again on all images";
        return facts;
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");

    private enum Kept
    {
        Readout,
        Tuned,
        Refitted,
    }

    private sealed record Candidate(Kept What, Network Network, ValidationResult? Judgement);
}
