using Graft.Networks;
using Graft.Tensors;
using Graft.Training.Optimizers;

namespace Graft.Training;

/// <summary>What a phase of a training changes: a compiled plan, the optimizers of its weights, and the average of all that moves.</summary>
public sealed class Learner : IDisposable
{
    private const string WeightPrefix = "weight.", AveragePrefix = "average.";

    private readonly Optimizer[] optimizers;

    /// <summary>Puts them together.</summary>
    /// <param name="plan">The plan, which is disposed with this.</param>
    /// <param name="optimizers">Optimizers of its weights, each of a part of them.</param>
    /// <param name="average">The average of its weights, and of its statistics where they move; null where there is none.</param>
    public Learner(TrainingPlan plan, IEnumerable<Optimizer> optimizers, WeightAverage? average = null) => (Plan, this.optimizers, Average) = (plan, [.. optimizers], average);

    /// <summary>The plan.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The average; null where there is none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>What joins it to learners of other ranks, which have other parts of each batch: their gradients are added up. Null where it is alone.</summary>
    internal IAllReduce? AllReduce { get; init; }

    internal long[] OptimizerSteps => [.. optimizers.Select(optimizer => optimizer.Steps)];

    /// <summary>The network with the averages in it, or as it is now where there are none.</summary>
    public Network AveragedNetwork() => Average?.ToNetwork(Plan.ToNetwork()) ?? Plan.ToNetwork();

    /// <summary>Learns from the last forward: backward from the gradients of the loss in the plan, a step of every optimizer, and of the average.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The length of the gradient before it was limited, null where it is not limited everywhere. Where it is not finite nothing was learned.</returns>
    public double? Step(double rate)
    {
        Plan.Backward();
        if (AllReduce is not null)
            foreach (TrainedWeight weight in Plan.Weights) AllReduce.Sum(weight.Gradient.Span);
        double squares = 0;
        bool isLimited = true;
        foreach (Optimizer optimizer in optimizers)
        {
            double? norm = optimizer.Step(rate);
            squares += (norm * norm) ?? 0;
            isLimited &= norm is not null;
        }

        Plan.WeightsChanged();
        if (double.IsFinite(squares)) Average?.Update();
        return isLimited ? Math.Sqrt(squares) : null;
    }

    /// <summary>Goes on from an earlier phase, whose optimizers are this one's first: they keep their state, and what both average keeps its average.</summary>
    /// <param name="earlier">The earlier phase.</param>
    /// <param name="keepsAverage">Whether the average goes on; otherwise it begins with the weights as they are.</param>
    public void Continue(Learner earlier, bool keepsAverage = true)
    {
        for (int i = 0; i < earlier.optimizers.Length; i++) optimizers[i].Restore(earlier.optimizers[i].State, earlier.optimizers[i].Steps);
        if (!keepsAverage || Average is null || earlier.Average is not { } before) return;
        Average.Restore(Average.Averages.ToDictionary(pair => pair.Key, pair => before.Averages.GetValueOrDefault(pair.Key, pair.Value)), before.Updates);
    }

    /// <summary>Hands the memory of the plan back.</summary>
    public void Dispose() => Plan.Dispose();

    /// <summary>All that changes, under names that <see cref="Restore"/> knows.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Save() =>
    [
        .. Plan.Changing.Named(WeightPrefix),
        .. Average?.Averages.Named(AveragePrefix) ?? [],
        .. optimizers.SelectMany((optimizer, i) => optimizer.State.Named(Prefix(i))),
    ];

    /// <summary>Goes on from what was saved.</summary>
    /// <exception cref="GraftException">A tensor is missing, unknown, or has another shape.</exception>
    internal void Restore(IReadOnlyDictionary<string, Tensor> saved, long[] steps, long updates)
    {
        SavedTensors.Copy(saved.Under(WeightPrefix), Plan.Changing, "network");
        Plan.WeightsChanged();
        for (int i = 0; i < optimizers.Length; i++) optimizers[i].Restore(saved.Under(Prefix(i)), steps.ElementAtOrDefault(i));
        Average?.Restore(saved.Under(AveragePrefix), updates);
    }

    private static string Prefix(int optimizer) => $"optimizer.{optimizer}.";
}
