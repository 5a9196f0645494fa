using Graft.Networks;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Vision.Quantization;

/// <summary>
/// Biases that make up for what rounding changes in the mean of each channel: b' = b - (E[y'] - E[y]), y and y' being what a layer gives before its activation in the model and in the quantized network, whose
/// layers before it are corrected already. Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, section 4.2 and appendix D.
/// </summary>
internal static class BiasCorrection
{
    /// <summary>Corrects a quantized network.</summary>
    /// <param name="quantized">The quantized network.</param>
    /// <param name="network">The network that it was made of.</param>
    /// <param name="images">The images that the means are over.</param>
    public static Network Correct(Network quantized, Network network, CalibrationImages images)
    {
        // Of shared weights neither use is the one to correct.
        Node[] layers = [.. QuantizedValues.Layers(network.Graph).Where(layer => network.Graph.Sharers(layer.Scope).Count == 1)];
        string[] names = [.. layers.Select(layer => layer.Name)];
        double[][] wanted = Means(network, names, images);
        for (int i = 0; i < layers.Length; i++)
        {
            double[] means = Means(quantized, [names[i]], images)[0];
            Tensor bias = quantized.Weight(layers[i], "bias"), corrected = new(bias.Shape, bias.Span);
            for (int c = 0; c < means.Length; c++) corrected.Span[c] -= (float)(means[c] - wanted[i][c]);
            quantized = quantized.WithWeights(new Dictionary<string, Tensor> { [layers[i].WeightName("bias")] = corrected });
            images.Report("Correcting biases", i + 1, layers.Length);
        }

        return quantized;
    }

    /// <summary>The mean of each channel of some values over all images and their pixels.</summary>
    internal static double[][] Means(Network network, string[] values, CalibrationImages images)
    {
        double[][] sums = [.. values.Select(value => new double[network.Graph.Shapes[value][^1]])];
        long[] rows = new long[values.Length];
        images.Run(network, values, seen =>
        {
            for (int i = 0; i < values.Length; i++) rows[i] += AddRows(seen[values[i]], sums[i]);
        });
        return [.. sums.Zip(rows, (sum, count) => sum.Select(value => value / count).ToArray())];
    }

    private static int AddRows(ReadOnlySpan<float> values, double[] sums)
    {
        int rows = values.Length / sums.Length;
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = values.Slice(r * sums.Length, sums.Length);
            for (int c = 0; c < row.Length; c++) sums[c] += row[c];
        }

        return rows;
    }
}
