using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Loading;

namespace Graft.Vision.Pruning;

/// <summary>What channels are worth, by the name of their group.</summary>
internal static class ChannelScores
{
    /// <summary>By the scales of the norms that a channel passes: the mean over these of gamma^2 over the layer's mean of it. Groups without such norms have no scores.</summary>
    public static Dictionary<string, double[]> OfNorms(Network network, ChannelGroups groups)
    {
        Dictionary<string, double[]> scores = [];
        foreach (ChannelGroup group in groups.Groups.Where(group => group.Fixed is null))
        {
            double[][] norms = [.. group.Values.Select(network.Graph.Producer).OfType<Node>().Where(node => node.Operation is Normalization).Select(Relative).Where(norm => norm.Length == group.Channels)];
            if (norms.Length > 0) scores[group.Name] = [.. Enumerable.Range(0, group.Channels).Select(channel => norms.Average(norm => norm[channel]))];
        }

        return scores;

        double[] Relative(Node node)
        {
            // An instance-batch norm has the scales of either half.
            IEnumerable<Parameter> scales = node.Operation.Parameters(Graph.InputShapes(node, network.Graph.Shapes)).Where(parameter => parameter.Name.Split('.')[^1] == "weight");
            double[] squares = [.. scales.SelectMany(scale => network.Weight(node, scale.Name).Span.ToArray()).Select(gamma => (double)gamma * gamma)];
            double mean = squares.DefaultIfEmpty().Average();
            return mean > 0 ? [.. squares.Select(square => square / mean)] : squares;
        }
    }

    /// <summary>By the loss that would change without them, to first order: the mean over batches of (sum over the weights that read a channel of dL/dw w)^2.</summary>
    /// <param name="network">The network, at the images' resolution.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="batches">The batches.</param>
    /// <param name="largest">The most images of one.</param>
    /// <param name="loss">Computes the loss of a batch and writes the gradient of the outputs into the plan.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Dictionary<string, double[]> OfGradients(
        Network network, ChannelGroups groups, IEnumerable<TrainingBatch> batches, int largest, Action<TrainingPlan, TrainingBatch> loss, int threads, CancellationToken cancellation)
    {
        ChannelGroup[] prunable = [.. groups.Groups.Where(group => group.Fixed is null && group.Readers.Length > 0)];
        HashSet<string> read = [.. prunable.SelectMany(group => group.Readers).Select(node => node.WeightName("weight"))];
        Dictionary<string, double[]> scores = prunable.ToDictionary(group => group.Name, group => new double[group.Channels]);
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = largest, Threads = threads, Trainable = read.Contains, BatchStatistics = false });
        plan.Cancellation = cancellation;
        Dictionary<string, TrainedWeight> weights = plan.Weights.ToDictionary(weight => weight.Name);
        int count = 0;
        foreach (TrainingBatch batch in batches)
        {
            plan.ClearGradients();
            plan.SetInput(batch.Pixels);
            plan.Forward(batch.Count);
            loss(plan, batch);
            plan.Backward();
            foreach (ChannelGroup group in prunable) Add(scores[group.Name], group.Readers.Select(node => node.WeightName("weight")).Distinct().Select(name => weights[name]));
            count++;
        }

        foreach (double[] score in scores.Values)
            for (int c = 0; c < score.Length; c++) score[c] /= Math.Max(1, count);
        return scores;
    }

    /// <summary>Adds the squares of what a batch says.</summary>
    private static void Add(double[] scores, IEnumerable<TrainedWeight> readers)
    {
        double[] sums = new double[scores.Length];
        foreach (TrainedWeight weight in readers)
        {
            Tensor value = weight.Value;
            int taps = value.Span.Length / (value.Shape[0] * value.Shape[1]);
            ReadOnlySpan<float> w = value.Span, gradient = weight.Gradient.Span;
            for (int i = 0; i < w.Length; i++) sums[i / taps % scores.Length] += (double)w[i] * gradient[i];
        }

        for (int c = 0; c < scores.Length; c++) scores[c] += sums[c] * sums[c];
    }
}
