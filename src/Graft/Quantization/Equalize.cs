using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>
/// Cross-layer equalization: where nothing but a rectifier lies between two layers, each channel between them may be divided by a factor s in the first and multiplied by it in the second, and the network stays the same:
/// relu(s x) = s relu(x). With s = sqrt(r1 r2) / r2, r1 and r2 being the largest weights of the channel in the two, both layers' weights get the same range in it, sqrt(r1 r2).
/// Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, equations 9 to 11.
/// </summary>
/// <remarks>
/// ReLU6 has a ceiling that the paper removes. Here it stays, and what reaches it stays as it is: a channel that came up to m on calibration images, below 6, may become 6 / m times as large and no more, so that it still does not
/// reach the ceiling; one that reached it keeps its scale. On these images the network stays the same.
/// </remarks>
internal static class Equalize
{
    // Each round makes every pair alike and moves its neighbours; the paper goes on until nothing moves.
    private const int Rounds = 40;

    // A channel that is nearly all zero in one of the layers says nothing; a factor beyond these bounds is of such.
    private const double LargestFactor = 1e3;

    /// <summary>Two layers with the channels between them.</summary>
    /// <param name="First">The layer that gives the channels.</param>
    /// <param name="Second">The layer that takes them.</param>
    /// <param name="Ceiling">What the activation between them cuts off at; infinite where it does not.</param>
    public sealed record Pair(Node First, Node Second, double Ceiling);

    /// <summary>The pairs of a graph, from the input to the output.</summary>
    /// <param name="graph">A graph that <see cref="Quantize.Prepare"/> gave.</param>
    public static ImmutableArray<Pair> Pairs(Graph graph) => [.. QuantizedValues.Layers(graph).Select(layer => PairOf(graph, layer)).OfType<Pair>()];

    /// <summary>Equalizes a network.</summary>
    /// <param name="network">A network that <see cref="Quantize.Prepare"/> gave.</param>
    /// <param name="pairs">Its pairs.</param>
    /// <param name="maxima">The largest value of each channel of the first layer of each pair with a ceiling, by the layer's name, before the activation.</param>
    public static Network Apply(Network network, IReadOnlyList<Pair> pairs, IReadOnlyDictionary<string, float[]> maxima)
    {
        Dictionary<string, Tensor> weights = pairs.SelectMany(pair => (string[])[pair.First.WeightName("weight"), pair.First.WeightName("bias"), pair.Second.WeightName("weight")])
            .Distinct().ToDictionary(name => name, name => new Tensor(network.Weights[name].Shape, network.Weights[name].Span));
        Dictionary<string, float[]> largest = maxima.ToDictionary(pair => pair.Key, pair => (float[])pair.Value.Clone());
        for (int round = 0; round < Rounds; round++)
        {
            double moved = 0;
            foreach (Pair pair in pairs) moved = Math.Max(moved, MakeAlike(pair, weights, largest.GetValueOrDefault(pair.First.Name)));
            if (moved < 1e-4) break;
        }

        return network.WithWeights(weights);
    }

    private static Pair? PairOf(Graph graph, Node first)
    {
        string value = first.Name;
        double ceiling = double.PositiveInfinity;
        if (graph.SoleConsumer(value) is { Operation: Activation { Function: var function } } activation)
        {
            if (function.Clamp is not { Low: 0 } bounds && function != ActivationFunction.Identity) return null;
            (value, ceiling) = (activation.Name, function.Clamp?.High ?? ceiling);
        }

        return graph.SoleConsumer(value) is { Operation: ILinearLayer } second && graph.Sharers(first.Scope).Count == 1 && graph.Sharers(second.Scope).Count == 1 ? new Pair(first, second, ceiling) : null;
    }

    /// <summary>Scales the channels between two layers.</summary>
    /// <returns>How far the largest factor was from 1.</returns>
    private static double MakeAlike(Pair pair, Dictionary<string, Tensor> weights, float[]? maxima)
    {
        Tensor first = weights[pair.First.WeightName("weight")], second = weights[pair.Second.WeightName("weight")], bias = weights[pair.First.WeightName("bias")];
        int channels = first.Shape[0], groups = pair.Second.Operation is Conv2d convolution ? convolution.Groups : 1;
        double moved = 0;
        for (int c = 0; c < channels; c++)
        {
            int channel = c;
            double r1 = 0, r2 = 0;
            Each(first, c, (ref float weight) => r1 = Math.Max(r1, Math.Abs(weight)));
            EachOfInput(second, channels, groups, c, (ref float weight) => r2 = Math.Max(r2, Math.Abs(weight)));
            if (r1 == 0 || r2 == 0) continue;
            double s = Math.Clamp(Math.Sqrt(r1 / r2), 1 / LargestFactor, LargestFactor);
            if (maxima is not null && double.IsFinite(pair.Ceiling))
            {
                double most = maxima[channel];
                s = most >= pair.Ceiling ? 1 : Math.Max(s, most / pair.Ceiling);
                maxima[channel] = (float)(most / s);
            }

            Each(first, c, (ref float weight) => weight = (float)(weight / s));
            EachOfInput(second, channels, groups, c, (ref float weight) => weight = (float)(weight * s));
            bias.Span[c] = (float)(bias.Span[c] / s);
            moved = Math.Max(moved, Math.Abs(s - 1));
        }

        return moved;
    }

    private delegate void Visit(ref float weight);

    private static void Each(Tensor weight, int output, Visit visit)
    {
        int depth = weight.Span.Length / weight.Shape[0];
        foreach (ref float value in weight.Span.Slice(output * depth, depth)) visit(ref value);
    }

    /// <summary>The weights <c>[outputs, inputs / groups, ...]</c> of an input channel: those of the outputs of its group.</summary>
    private static void EachOfInput(Tensor weight, int inputs, int groups, int input, Visit visit)
    {
        int outputs = weight.Shape[0] / groups, width = inputs / groups, taps = weight.Span.Length / weight.Shape[0] / width;
        for (int o = input / width * outputs; o < ((input / width) + 1) * outputs; o++)
            foreach (ref float value in weight.Span.Slice(((o * width) + (input % width)) * taps, taps)) visit(ref value);
    }
}
