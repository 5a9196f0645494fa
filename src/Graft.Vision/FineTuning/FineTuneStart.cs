using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Vision.FineTuning;

/// <summary>What the readout leaves to the fine-tuning.</summary>
/// <param name="State">The images and numbers.</param>
/// <param name="Network">The trunk with the readout that saw the training part as its head.</param>
/// <param name="Refitted">The classifier whose readout saw everything.</param>
/// <param name="Statistics">The statistics of the features that the readout saw.</param>
/// <param name="Scores">The scores that the first readout gave the held-out images, over its temperature: <c>[images, classes]</c>.</param>
internal sealed record FineTuneStart(FineTuneState State, Network Network, Network Refitted, FeatureStatistics Statistics, float[] Scores)
{
    private const string ReadoutPrefix = "readout.", ScoresName = "scores", MeansName = "features.means", VariancesName = "features.variances";

    /// <summary>Begins with a readout.</summary>
    public static FineTuneStart Fresh(
        Model trunk, ImageFolder images, ImageFolder? validation, TaskTraining task, FineTunerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        ReadoutStage stage = ReadoutTrainer.Begin(trunk, images, validation, task, options.Head, new Images(progress), cancellation);
        Network body = trunk.Network.Trunk();
        Network refitted = ReadoutTrainer.WithReadout(body, ReadoutTrainer.Refit(stage, task, options.Head, cancellation), stage.Temperature);
        FineTuneState state = new()
        {
            Trunk = FeatureExtractor.Key(body, trunk.Preprocessing),
            Train = [.. stage.Train.Select(i => stage.Items[i])],
            Judged = [.. stage.Judged.Select(i => stage.Items[i])],
            ReadoutPenalty = stage.Penalty,
            ReadoutTemperature = stage.Temperature,
            Cached = stage.Extracted.Cached,
            Skipped = [.. stage.Skipped],
            Notices = [.. stage.Notices],
            Disputed = stage.Disputed,
        };
        float scale = (float)(1 / stage.Temperature);

        // A readout of an untrained trunk fits features under statistics that no batch has: the head begins at random, too.
        Network network = options.UntrainedTrunk || TrainedStatistics.AreNew(body)
            ? Network.Random(refitted.Graph, options.Readout.Seed).WithWeights(body.Weights)
            : ReadoutTrainer.WithReadout(body, stage.Readout, stage.Temperature);
        return new FineTuneStart(
            state, WithDropout(network, options.Dropout), refitted, stage.Statistics, Array.ConvertAll(stage.Scores, score => score * scale));
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="GraftException">It is of another trunk, or cannot be read.</exception>
    public static FineTuneStart Resumed(TrainingCheckpoint kept, Model trunk, ImageFolder images, ImageFolder? validation, TaskTraining task, FineTunerOptions options)
    {
        FineTuneState state = kept.State(FineTuneJson.Default.FineTuneState);
        Network body = trunk.Network.Trunk();
        if (state.Trunk != FeatureExtractor.Key(body, trunk.Preprocessing))
            throw new GraftException($"A training goes on with the trunk that it began with, and '{body.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same trunk, or start the training again.");
        KeptImages.RequireSame(kept.Path!, state.Train.Concat(state.Judged), state.Skipped, [.. images.Items, .. validation?.Items ?? []]);
        state = state with { Train = KeptImages.Find(state.Train, images.Items), Judged = KeptImages.Find(state.Judged, (validation ?? images).Items) };
        task.Prepare(state.Train);
        Network refitted = new(body.Graph.WithHead(images.Classes.Count, dropout: 0), new Dictionary<string, Tensor>(body.Weights.Concat(kept.Tensors.Under(ReadoutPrefix))));

        // What it learned comes back into the plan.
        FeatureStatistics statistics = new([.. kept.Tensors[MeansName].Span], [.. kept.Tensors[VariancesName].Span]);
        return new FineTuneStart(state, WithDropout(refitted, options.Dropout), refitted, statistics, state.Judged.Length == 0 ? [] : kept.Tensors[ScoresName].Span.ToArray());
    }

    /// <summary>What of it a checkpoint keeps.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Save()
    {
        int classes = Refitted.Weights[$"{ClassifierHead.Classifier}.bias"].Shape[0];
        IEnumerable<KeyValuePair<string, Tensor>> scores = State.Judged.Length == 0 ? [] : [KeyValuePair.Create(ScoresName, new Tensor([State.Judged.Length, classes], Scores))];
        return
        [
            .. Refitted.Weights.Where(w => IsHead(w.Key)).Named(ReadoutPrefix),
            KeyValuePair.Create(MeansName, new Tensor([Statistics.Means.Length], [.. Statistics.Means])),
            KeyValuePair.Create(VariancesName, new Tensor([Statistics.Variances.Length], [.. Statistics.Variances])),
            .. scores,
        ];
    }

    /// <summary>A classifier without dropout, as it is kept.</summary>
    public Network Plain(Network network) => new(Refitted.Graph, network.Weights);

    private static bool IsHead(string name) => name.StartsWith($"{ClassifierHead.Classifier}.", StringComparison.Ordinal);

    private static Network WithDropout(Network classifier, float rate)
    {
        Graph trunk = classifier.Graph.Truncate(ClassifierHead.Features);
        return new Network(trunk.WithHead(classifier.Graph.OutputShape(ClassifierHead.Logits)[1], rate), classifier.Weights);
    }

    /// <summary>Tells of features as a part of a fine-tuning.</summary>
    internal sealed class Images(IProgress<TrainingProgress>? progress) : IProgress<Completion>
    {
        public void Report(Completion value) => progress?.Report(new PartProgress("Computing features", value));
    }
}
