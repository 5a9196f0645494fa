using Graft.Networks;

namespace Graft.Vision.Quantization;

/// <summary>What a change of a network does to its output on some images.</summary>
internal sealed class OutputError
{
    private readonly CalibrationImages images;
    private readonly float[] wanted;
    private readonly double variation;

    /// <summary>Looks at the images with the network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The images.</param>
    public OutputError(Network network, CalibrationImages images)
    {
        this.images = images;
        wanted = Output(network);
        variation = Variation(wanted, (int)network.Graph.Shapes[network.Graph.Outputs[^1].Value].Count);
    }

    /// <summary>The part of the variance of the network's output that another one's lacks.</summary>
    public double Of(Network other)
    {
        float[] outputs = Output(other);
        double sum = 0;
        for (int i = 0; i < wanted.Length; i++) sum += ((double)outputs[i] - wanted[i]) * ((double)outputs[i] - wanted[i]);
        return sum / variation;
    }

    private float[] Output(Network network)
    {
        string output = network.Graph.Outputs[^1].Value;
        List<float> values = [];
        images.Run(network, [output], seen => values.AddRange(seen[output]));
        return [.. values];
    }

    // Around the mean of each output; what does not vary is measured by its size.
    private static double Variation(float[] values, int length)
    {
        double squares = values.Sum(value => (double)value * value), explained = 0;
        int rows = values.Length / length;
        for (int c = 0; c < length; c++)
        {
            double sum = 0;
            for (int r = 0; r < rows; r++) sum += values[(r * length) + c];
            explained += sum * sum / rows;
        }

        return Math.Max(Math.Max(squares - explained, 1e-6 * squares), double.Epsilon);
    }
}
