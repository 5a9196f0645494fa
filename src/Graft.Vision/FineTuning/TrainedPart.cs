using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;

namespace Graft.Vision.FineTuning;

/// <summary>A phase's compiled plan, with an optimizer for what each phase began to train, and the average of all that changes.</summary>
internal sealed class TrainedPart : IDisposable
{
    // The momentum that came with a trunk may suit a training of a million steps: Keras' 0.001 would hardly move in one of hundreds.
    private const float Momentum = 0.1f;

    private readonly Optimizer[] optimizers;
    private readonly Loss loss;

    public TrainedPart(Network network, Phases phases, int phase, FineTuneSettings settings, int batch)
    {
        HashSet<string> trained = [.. phases.Parts.Take(phase + 1).SelectMany(part => part)];
        loss = settings.Loss;
        Plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = batch, Threads = settings.Threads, Trainable = trained.Contains, BatchStatistics = settings.BatchStatistics });
        Plan.StatisticsMomentum = settings.BatchStatistics ? Momentum : null;
        IReadOnlyList<ParameterGroup> groups = new GroupingOptions { WeightDecay = settings.WeightDecay, LayerDecay = settings.LayerDecay, Scales = settings.Scales }.Groups(network.Graph, Plan.Weights);
        optimizers = [.. phases.Parts.Take(phase + 1).Select(part => settings.Optimizer.Create(
            [.. groups.Select(group => group with { Weights = [.. group.Weights.Where(weight => part.Contains(weight.Name))] }).Where(group => group.Weights.Count > 0)], settings.Threads))];
        IEnumerable<KeyValuePair<string, Tensor>> moving = settings.BatchStatistics ? Plan.Buffers : [];
        Average = new WeightAverage([.. Plan.Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)), .. moving], threads: settings.Threads);
    }

    public TrainingPlan Plan { get; }

    public WeightAverage Average { get; }

    public long[] OptimizerSteps => [.. optimizers.Select(optimizer => optimizer.Steps)];

    /// <summary>The network with the averages in it.</summary>
    public Network AveragedNetwork() => Average.ToNetwork(Plan.ToNetwork());

    /// <summary>The loss of a batch, from which nothing is learned.</summary>
    public double Loss(TrainingBatch batch, ulong seed, long step)
    {
        batch.Pixels.CopyTo(Plan.Input().Span);
        Plan.Forward(batch.Count, seed, (ulong)step);
        return loss.Compute(Plan.Output(), batch.Targets.IsEmpty ? new Targets(batch.Labels) : new Targets(batch.Targets), batch.Count, Plan.OutputGradient());
    }

    /// <summary>Learns from a batch.</summary>
    /// <returns>The loss, how many pictures were classified right, and the length of the gradient. Where one of them is not finite nothing was learned.</returns>
    public (double Loss, int Right, double? Norm) Step(TrainingBatch batch, double rate, ulong seed, long step)
    {
        double value = Loss(batch, seed, step);
        Tensor outputs = Plan.Output();
        if (!double.IsFinite(value)) return (value, 0, null);
        int right = CountRight(outputs.Span, outputs.Shape[1], batch.Labels);
        Plan.Backward();
        double squares = 0;
        bool isLimited = true;
        foreach (Optimizer optimizer in optimizers)
        {
            double? norm = optimizer.Step(rate);
            squares += norm * norm ?? 0;
            isLimited &= norm is not null;
        }

        Plan.WeightsChanged();
        if (double.IsFinite(squares)) Average.Update();
        return (value, right, isLimited ? Math.Sqrt(squares) : null);
    }

    /// <summary>All that changes, under names that <see cref="Restore(IReadOnlyDictionary{string, Tensor}, long[], long)"/> knows.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Save() =>
    [
        .. Average.Averages.Named("average."),
        .. optimizers.SelectMany((optimizer, i) => optimizer.State.Named($"optimizer.{i}.")),
    ];

    /// <summary>Goes on from what was saved.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved, long[] steps, long updates)
    {
        for (int i = 0; i < optimizers.Length; i++) optimizers[i].Restore(saved.Under($"optimizer.{i}."), steps[i]);
        Average.Restore(saved.Under("average."), updates);
    }

    /// <summary>Goes on from an earlier phase: what it trained keeps its optimizer's state and its average.</summary>
    public void Continue(TrainedPart earlier)
    {
        for (int i = 0; i < earlier.optimizers.Length; i++) optimizers[i].Restore(earlier.optimizers[i].State, earlier.optimizers[i].Steps);
        Average.Restore(Average.Averages.ToDictionary(pair => pair.Key, pair => earlier.Average.Averages.GetValueOrDefault(pair.Key, pair.Value)), earlier.Average.Updates);
    }

    public void Dispose() => Plan.Dispose();

    private static int CountRight(ReadOnlySpan<float> outputs, int classes, ReadOnlySpan<int> labels)
    {
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = outputs.Slice(i * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                if (row[c] > row[best]) best = c;
            }

            if (best == labels[i]) right++;
        }

        return right;
    }
}
