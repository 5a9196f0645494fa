using Graft.Networks;
using Graft.Training;

namespace Graft.Vision.Explanations;

/// <summary>How the logits of a head change with the map that it takes.</summary>
internal sealed class HeadGradient : IDisposable
{
    // The classes of an image that are explained together; more take turns.
    private const int Batch = 4;

    private readonly TrainingPlan plan;
    private readonly NetworkInput input;

    public HeadGradient(Network head, int threads)
    {
        input = head.Graph.Inputs[0];
        plan = TrainingPlan.Compile(head, new TrainingOptions { Batch = Batch, Threads = threads, Trainable = _ => false, BatchStatistics = false, InputGradient = true });
        Classes = plan.Output().Shape[^1];
    }

    /// <summary>The number of logits.</summary>
    public int Classes { get; }

    /// <summary>The mean over all places of the gradient of a class's logit, for each channel: the weights of equation 1.</summary>
    /// <param name="map">The map, <c>[height, width, channels]</c>.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>The weights of the channels for each class.</returns>
    public double[][] ChannelWeights(ReadOnlySpan<float> map, ReadOnlySpan<int> classes)
    {
        double[][] weights = new double[classes.Length][];
        for (int first = 0; first < classes.Length; first += Batch)
        {
            int count = Math.Min(Batch, classes.Length - first);
            for (int row = 0; row < count; row++) map.CopyTo(plan.Input().Span[(row * map.Length)..]);
            plan.Forward(count, seed: 0, step: 0);
            Span<float> gradient = plan.OutputGradient().Span;
            gradient.Clear();
            for (int row = 0; row < count; row++) gradient[(row * Classes) + classes[first + row]] = 1;
            plan.Backward();
            for (int row = 0; row < count; row++) weights[first + row] = Means(plan.InputGradient().Span.Slice(row * map.Length, map.Length));
        }

        return weights;
    }

    public void Dispose() => plan.Dispose();

    private double[] Means(ReadOnlySpan<float> gradient)
    {
        double[] means = new double[input.Channels];
        for (int i = 0; i < gradient.Length; i++) means[i % means.Length] += gradient[i];
        double places = input.Height * input.Width;
        for (int k = 0; k < means.Length; k++) means[k] /= places;
        return means;
    }
}
