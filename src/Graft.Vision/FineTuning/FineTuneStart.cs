using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Vision.Features;

namespace Graft.Vision.FineTuning;

/// <summary>What the readout leaves to the fine-tuning.</summary>
/// <param name="State">The pictures and numbers.</param>
/// <param name="Network">The trunk with the readout that saw the training part as its head; from a checkpoint, the network as it was then.</param>
/// <param name="Refitted">The classifier whose readout saw everything.</param>
/// <param name="Scores">The scores that the first readout gave the held-out pictures, over its temperature: <c>[pictures, classes]</c>.</param>
/// <param name="Tensors">The tensors of the checkpoint; null where there was none.</param>
internal sealed record FineTuneStart(FineTuneState State, Network Network, Network Refitted, float[] Scores, IReadOnlyDictionary<string, Tensor>? Tensors)
{
    private const string NetworkPrefix = "network.", ReadoutPrefix = "readout.", ScoresName = "scores";

    /// <summary>Begins with a readout.</summary>
    public static FineTuneStart Fresh(
        Model trunk, ImageFolder images, ImageFolder? validation, FineTunerOptions options, IProgress<FineTuneProgress>? progress, CancellationToken cancellation)
    {
        ReadoutStage stage = ReadoutTrainer.Begin(trunk, images, validation, options.Head, new Pictures(progress), cancellation);
        int classes = images.Classes.Count;
        Network body = trunk.Network.Trunk();
        Network refitted = ReadoutTrainer.WithReadout(body, ReadoutTrainer.Refit(stage, classes, options.Head, cancellation), stage.Temperature);
        FineTuneState state = new()
        {
            Settings = FineTuneSettings.Text(options),
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
        Network network = options.UntrainedTrunk || Phases.IsUntrained(body)
            ? Network.Random(refitted.Graph, options.Readout.Seed).WithWeights(body.Weights)
            : ReadoutTrainer.WithReadout(body, stage.Readout, stage.Temperature);
        return new FineTuneStart(
            state, WithDropout(network, options.Dropout), refitted, Array.ConvertAll(stage.Scores, score => score * scale), null);
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="GraftException">It is not of this training.</exception>
    public static FineTuneStart Resumed(string path, Model trunk, ImageFolder images, ImageFolder? validation, FineTunerOptions options)
    {
        (FineTuneState state, IReadOnlyDictionary<string, Tensor> tensors) = FineTuner.Checkpoint.Read(path);
        string settings = FineTuneSettings.Text(options);
        if (state.Settings != settings)
            throw new GraftException($"A training goes on with the options that it began with. The checkpoint '{path}' has: {state.Settings}. Now they are: {settings}. Give the same ones, or start the training again.");
        Network body = trunk.Network.Trunk();
        if (state.Trunk != FeatureExtractor.Key(body, trunk.Preprocessing))
            throw new GraftException($"A training goes on with the trunk that it began with, and '{body.Graph.Architecture}' is not that of the checkpoint '{path}', or has other weights. Give the same trunk, or start the training again.");
        state = state with { Train = KeptImages.Find(state.Train, images.Items), Judged = KeptImages.Find(state.Judged, (validation ?? images).Items) };
        int classes = images.Classes.Count;
        Graph head = body.Graph.WithHead(classes, dropout: 0);
        Network refitted = new(head, new Dictionary<string, Tensor>(body.Weights.Concat(tensors.Under(ReadoutPrefix))));
        Network network = WithDropout(new Network(head, tensors.Under(NetworkPrefix)), options.Dropout);
        return new FineTuneStart(state, network, refitted, state.Judged.Length == 0 ? [] : tensors[ScoresName].Span.ToArray(), tensors);
    }

    /// <summary>What of it a checkpoint keeps.</summary>
    /// <param name="network">The network as it is now.</param>
    public IEnumerable<KeyValuePair<string, Tensor>> Save(Network network)
    {
        int classes = Refitted.Weights[$"{ClassifierHead.Classifier}.bias"].Shape[0];
        IEnumerable<KeyValuePair<string, Tensor>> scores = State.Judged.Length == 0 ? [] : [KeyValuePair.Create(ScoresName, new Tensor([State.Judged.Length, classes], Scores))];
        return [.. network.Weights.Named(NetworkPrefix), .. Refitted.Weights.Where(w => IsHead(w.Key)).Named(ReadoutPrefix), .. scores];
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
    internal sealed class Pictures(IProgress<FineTuneProgress>? progress) : IProgress<Completion>
    {
        public void Report(Completion value) => progress?.Report(new FeaturesProgress(value));
    }
}
