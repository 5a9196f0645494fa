using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>The weights of each channel on one side of a layer.</summary>
/// <param name="weight">The weights <c>[outputs, inputs / groups, ...]</c>, or biases.</param>
/// <param name="places">Where the weights of a channel begin.</param>
/// <param name="length">How many there are from each beginning.</param>
internal sealed class Channels(Tensor weight, Func<int, IEnumerable<int>> places, int length)
{
    /// <summary>The channels that a layer gives.</summary>
    public static Channels OfOutputs(Tensor weight)
    {
        int depth = weight.Span.Length / weight.Shape[0];
        return new Channels(weight, channel => [channel * depth], depth);
    }

    /// <summary>The channels that a layer takes: each goes into the outputs of its group.</summary>
    public static Channels OfInputs(Tensor weight, int inputs, int groups)
    {
        int outputs = weight.Shape[0] / groups, width = inputs / groups, taps = weight.Span.Length / weight.Shape[0] / width;
        return new Channels(weight, channel => Enumerable.Range(channel / width * outputs, outputs).Select(output => ((output * width) + (channel % width)) * taps), taps);
    }

    /// <summary>The largest of a channel's weights.</summary>
    public double Largest(int channel) => places(channel).Max(place => Largest(weight.Span.Slice(place, length)));

    /// <summary>The largest of each channel's weights, each in proportion to the largest of its output.</summary>
    public double[] LargestParts(int channels)
    {
        int outputs = weight.Shape[0], depth = weight.Span.Length / outputs;
        double[] largest = [.. Enumerable.Range(0, outputs).Select(output => Largest(weight.Span.Slice(output * depth, depth)))];
        return [.. Enumerable.Range(0, channels).Select(channel => places(channel).Max(place => largest[place / depth] is > 0 and double most ? Largest(weight.Span.Slice(place, length)) / most : 0))];
    }

    /// <summary>Multiplies a channel's weights.</summary>
    public void Multiply(int channel, double factor)
    {
        foreach (int place in places(channel))
            foreach (ref float value in weight.Span.Slice(place, length)) value = (float)(value * factor);
    }

    private static double Largest(ReadOnlySpan<float> weights)
    {
        float most = 0;
        foreach (float value in weights) most = Math.Max(most, Math.Abs(value));
        return most;
    }
}
