using System.Runtime.InteropServices;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Vision.Quantization;

/// <summary>
/// Biases that make up for what rounding changes in the mean of each channel: b' = b - E[y' - y], y and y' being what a layer gives before its activation in the model and in the quantized network, whose
/// layers before it are corrected already. Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, section 4.2 and appendix D.
/// </summary>
/// <remarks>
/// The mean is over the places where the activation lets y through, without a quarter of the differences at each end. Where a range leaves large values outside, the layers behind give far less at a few places, and by a mean over
/// all of them every other one would be shifted for that.
/// </remarks>
internal static class BiasCorrection
{
    // The places of each channel that are looked at.
    private const int Places = 8192;

    // The part at each end that a mean leaves out: what is left is the interquartile mean.
    private const double Trimmed = 0.25;

    /// <summary>Corrects a quantized network.</summary>
    /// <param name="quantized">The quantized network.</param>
    /// <param name="network">The network that it was made of.</param>
    /// <param name="images">The images that the means are over.</param>
    public static Network Correct(Network quantized, Network network, CalibrationImages images)
    {
        // Of shared weights neither use is the one to correct.
        Node[] layers = [.. QuantizedValues.Layers(network.Graph).Where(layer => network.Graph.Sharers(layer.Scope).Count == 1)];
        for (int i = 0; i < layers.Length; i++)
        {
            double[] differences = Differences(network, quantized, layers[i], images);
            Tensor bias = quantized.Weight(layers[i], "bias"), corrected = new(bias.Shape, bias.Span);
            for (int c = 0; c < differences.Length; c++) corrected.Span[c] -= (float)differences[c];
            quantized = quantized.WithWeights(new Dictionary<string, Tensor> { [layers[i].WeightName("bias")] = corrected });
            images.Report("Correcting biases", i + 1, layers.Length);
        }

        return quantized;
    }

    /// <summary>The trimmed mean of what a layer gives more in the quantized network, for each channel, over places of all images where its activation lets through what it gives in the model.</summary>
    internal static double[] Differences(Network network, Network quantized, Node layer, CalibrationImages images)
    {
        Graph graph = network.Graph;
        Clamp passed = graph.Producer(QuantizedValues.Result(graph, layer)) is { Operation: Activation { Function.Clamp: { } clamp } } ? clamp : Clamp.None;
        Shape shape = graph.Shapes[layer.Name];
        int channels = shape[^1], place = 0;
        int every = (int)Math.Max(1, images.Count * shape.Count / channels / Places);
        List<float>[] differences = [.. Enumerable.Range(0, channels).Select(_ => new List<float>())];
        images.Compare(network, quantized, layer.Name, (wanted, values) =>
        {
            for (int row = 0; row < wanted.Length; row += channels)
            {
                if (place++ % every != 0) continue;
                for (int c = 0; c < channels; c++)
                    if (wanted[row + c] > passed.Low && wanted[row + c] < passed.High) differences[c].Add(values[row + c] - wanted[row + c]);
            }
        });
        return [.. differences.Select(Middle)];
    }

    /// <summary>The mean of what is left of some numbers without the largest and the smallest.</summary>
    internal static double Middle(List<float> numbers)
    {
        numbers.Sort();
        int trimmed = (int)(Trimmed * numbers.Count);
        double sum = 0;
        foreach (float number in CollectionsMarshal.AsSpan(numbers)[trimmed..^trimmed]) sum += number;
        return sum / Math.Max(numbers.Count - (2 * trimmed), 1);
    }
}
