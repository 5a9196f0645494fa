using Graft.Networks;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Studies.Training;

/// <summary>
/// Keeps several running averages of the statistics of one training, new = (1 - momentum) old + momentum batch: what batch norms would have kept with each momentum. Training itself looks at none.
/// </summary>
/// <param name="momenta">The weights of a new batch.</param>
internal sealed class StatisticsTracker(params double[] momenta)
{
    private readonly Dictionary<string, double[]>[] averages = [.. momenta.Select(_ => new Dictionary<string, double[]>())];

    /// <summary>To be called before the first step, and after each.</summary>
    public void Observe(TrainingPlan plan, int step)
    {
        // The plan's own buffers hold the last batch's statistics.
        plan.StatisticsMomentum = 1;
        for (int i = 0; i < momenta.Length; i++)
        {
            foreach ((string name, Tensor batch) in plan.Buffers)
            {
                if (step == 0) averages[i][name] = [.. batch.Span.ToArray().Select(value => (double)value)];
                double[] average = averages[i][name];
                for (int c = 0; c < average.Length; c++) average[c] += momenta[i] * (batch.Span[c] - average[c]);
            }
        }
    }

    /// <summary>A network with the averages of a momentum.</summary>
    /// <param name="network">The network that was trained.</param>
    /// <param name="index">The momentum's place.</param>
    public Network Apply(Network network, int index) => network.WithWeights(averages[index].ToDictionary(
        average => average.Key, average => new Tensor(network.Weights[average.Key].Shape, [.. average.Value.Select(value => (float)value)])));
}
