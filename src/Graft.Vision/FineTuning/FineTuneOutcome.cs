using System.Globalization;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Training;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Vision.FineTuning;

/// <summary>Judges what a fine-tuning made, and makes a model of it or of the readout.</summary>
internal static class FineTuneOutcome
{
    public static FineTuneResult Of(Model trunk, ImageFolder images, TaskTraining training, FineTunerOptions options, FineTuneTask task, IReadOnlyList<TrainedEpoch> history, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (FineTuneStart start, FineTuneSettings settings, Network network) = (task.Start, task.Settings, task.Best!);
        FineTuneState state = start.State;
        if (state.Judged.Length == 0) return Result(new Candidate(Kept.Tuned, network, null), null);

        // The same weights of the classes for all: what is best on the images that none of them learned from.
        ValidationResult? judged = Judge(network, trunk, images.Task, training, state, options, cancellation);
        ValidationResult readout = training.Judge(state.Judged, start.Scores, 1, options.Head.ClassWeights);
        if (judged is null) return Result(new Candidate(Kept.Tuned, network, null), readout);
        Candidate best = new(Kept.Tuned, Finishing.Tempered(network, judged.Temperature), judged);
        if (Refitted(trunk, network, images.Task, training, state, options, progress, cancellation) is { } refitted)
            best = best.Judgement!.Merit.IsSurelyBetterThan(refitted.Judgement!.Merit) ? best with { Statistics = refitted.Statistics } : refitted;
        bool isBetter = readout.Merit.IsBetterThan(best.Judgement!.Merit);
        if (isBetter || (best.Judgement.Merit.IsBetterThan(readout.Merit) && !best.Judgement.Merit.IsClearlyBetterThan(readout.Merit)))
        {
            string counted = ReferenceEquals(options.Head.ClassWeights, ClassWeights.None) ? "" : ", each counting as its class does";
            string how = isBetter ? "did not make it better" : "did not make it better by more than the few images of the rarest class can tell";
            state.Notices = [.. state.Notices, new SkippedImage(images.Path, $"fine-tuning {how} ({training.Compared(best.Judgement.Merit, counted)}, the readout {training.Text(readout.Merit)}): the readout was kept")];
            best = new Candidate(Kept.Readout, start.Refitted, readout) { Statistics = start.Statistics };
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
                FeatureStatistics = kept.Statistics ?? Statistics(kept, trunk, state, options, cancellation),
                Provenance = TrunkProvenance.Of(trunk).SetItems(isReadout
                    ? ReadoutTrainer.Facts(trunk, options.Head, state.Train.Length, state.Judged.Length, judgement?.Judgement, state.ReadoutPenalty, temperature)
                    : Facts(trunk, TunedWeightNames.ModeOf(options.Weights), settings, state, history.Count, kept, temperature)),
            };
            return new FineTuneResult
            {
                Model = training.Complete(model, judgement),
                TrainImages = state.Train.Length,
                HeldOutImages = state.Judged.Length,
                History = history,
                Skipped = task.Skipped,
                Notices = state.Notices,
                IsReadout = isReadout,
                Judgement = judgement?.Judgement,
                BestEpoch = isReadout ? 0 : state.BestEpoch,
                ReadoutScore = readout?.Judgement.Score,
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
    /// knows the images that it was trained on by heart, and has never seen the others: it must be better by more than chance to be kept.
    /// </summary>
    private static Candidate? Refitted(
        Model trunk, Network network, ModelTask task, TaskTraining training, FineTuneState state, FineTunerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        MemoryBudget.CollectFor(options);
        Network body = network.Trunk();

        // A penalty that the user gave was for other features.
        ReadoutTrainerOptions head = options.Head with { Penalty = null };
        ReadoutStage stage = ReadoutTrainer.Again(
            new Model(body) { Preprocessing = trunk.Preprocessing }, state.Train, state.Judged, training, head, new FineTuneStart.Images(progress), cancellation);
        if (stage.Judged.Length == 0) return null;
        ValidationResult? judgement = options.MirroredViews
            ? Judge(ReadoutTrainer.WithReadout(body, stage.Readout, 1), trunk, task, training, state, options, cancellation)
            : training.Judge([.. stage.Judged.Select(i => stage.Items[i])], stage.Scores, stage.Temperature, head.ClassWeights);
        if (judgement is null) return null;
        return new Candidate(Kept.Refitted, ReadoutTrainer.WithReadout(body, ReadoutTrainer.Refit(stage, training, head, cancellation), judgement.Temperature), judgement) { Statistics = stage.Statistics };
    }

    private static FeatureStatistics? Statistics(Candidate kept, Model trunk, FineTuneState state, FineTunerOptions options, CancellationToken cancellation)
    {
        MemoryBudget.CollectFor(options);
        return Finishing.StatisticsOf(trunk with { Network = kept.Network }, state.Train, options.Readout.Threads, options.Readout.Limits, cancellation);
    }

    /// <summary>Judges a network by the held-out images as they are predicted, fitting the temperature; null where none of them can be used.</summary>
    private static ValidationResult? Judge(Network network, Model trunk, ModelTask task, TaskTraining training, FineTuneState state, FineTunerOptions options, CancellationToken cancellation)
    {
        using ImageNetwork images = new(new Model(network) { Preprocessing = trunk.Preprocessing, Task = task }, options.Memory is null ? options.Readout.Threads : 1, options.Readout.Limits, options.MirroredViews);
        List<float> scores = [];
        List<ImageItem> usable = [];
        foreach ((LoadedImage image, float[]? output) in images.Run([.. state.Judged.Select(item => item.Path)], cancellation: cancellation))
        {
            if (output is null) continue;
            scores.AddRange(output);
            usable.Add(state.Judged[image.Index]);
        }

        if (usable.Count == 0) return null;
        float[] all = [.. scores];
        return training.Judge(usable, all, training.Temperature(all, usable), options.Head.ClassWeights);
    }

    private static Dictionary<string, string> Facts(Model trunk, string mode, FineTuneSettings settings, FineTuneState state, int epochs, Candidate kept, double temperature)
    {
        Dictionary<string, string> facts = new()
        {
            ["trunk"] = trunk.Network.Graph.Architecture,
            ["mode"] = mode,
            ["seed"] = Number(settings.Seed),
            ["images"] = Number(state.Train.Length),
            ["epochs"] = Number(epochs),
            ["best_epoch"] = Number(state.BestEpoch),
            ["learning_rate"] = Number(state.Rate) + (settings.IsRelative ? " of each weight's size" : ""),
            ["statistics"] = settings.BatchStatistics ? "batch" : "frozen",
            ["temperature"] = Number(temperature),
        };
        if (kept.Judgement is { } judgement) facts[$"val_{judgement.Judgement.ScoreName}"] = Number(judgement.Judgement.Score);
        if (kept.What == Kept.Refitted) facts["head"] = "fitted again on all images";
        return facts;
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private enum Kept
    {
        Readout,
        Tuned,
        Refitted,
    }

    private sealed record Candidate(Kept What, Network Network, ValidationResult? Judgement)
    {
        /// <summary>The statistics of its features; null where they were not taken.</summary>
        public FeatureStatistics? Statistics { get; init; }
    }
}
