using Graft.Networks;
using Graft.Quantization;

namespace Graft.Vision.Quantization;

/// <summary>Compares what each layer gives in a quantized network with what it gives in the network that it was made of.</summary>
internal static class LayerErrors
{
    // Equal values have no end of decibels, which JSON cannot say.
    private const double Most = 200;

    /// <summary>The error of each layer.</summary>
    /// <param name="quantized">The quantized network.</param>
    /// <param name="network">The network that it was made of.</param>
    /// <param name="stayFloat">The layers that stayed in float.</param>
    /// <param name="damage">What was measured of layers before.</param>
    /// <param name="images">The images to compare on.</param>
    public static LayerError[] Of(Network quantized, Network network, IReadOnlySet<string> stayFloat, IReadOnlyDictionary<string, double> damage, CalibrationImages images)
    {
        Node[] layers = [.. QuantizedValues.Layers(network.Graph)];
        string[] wanted = [.. layers.Select(layer => QuantizedValues.Result(network.Graph, layer))];
        string[] given = [.. wanted.Select(value => Quantize.Quantized(quantized.Graph, value))];
        double[] signal = new double[layers.Length], noise = new double[layers.Length];

        // Side by side in one network, so that both see the same images without keeping the values of all.
        const string Other = "float ";
        Network both = Graft.Networks.Passes.Join.Beside(quantized, network, Other);
        images.Run(both, [.. given, .. wanted.Select(value => Other + value)], seen =>
        {
            for (int i = 0; i < layers.Length; i++) Add(seen[Other + wanted[i]], seen[given[i]], ref signal[i], ref noise[i]);
        }, "Comparing layers");
        return [.. layers.Select((layer, i) => new LayerError(layer.Name, Decibels(signal[i], noise[i]), damage.TryGetValue(layer.Name, out double harm) ? harm : null, stayFloat.Contains(layer.Name)))];
    }

    private static void Add(ReadOnlySpan<float> y, ReadOnlySpan<float> other, ref double signal, ref double noise)
    {
        double squares = 0, errors = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double difference = (double)y[i] - other[i];
            squares += (double)y[i] * y[i];
            errors += difference * difference;
        }

        signal += squares;
        noise += errors;
    }

    private static double Decibels(double signal, double noise) => noise == 0 ? Most : signal == 0 ? -Most : Math.Clamp(10 * Math.Log10(signal / noise), -Most, Most);
}
