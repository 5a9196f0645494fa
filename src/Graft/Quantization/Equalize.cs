using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>
/// Equalization: each channel of a <see cref="EqualizationGroup"/> is divided by a factor s in the layers that give it and multiplied by it in those that take it, and the network stays the same. Which factors are best follows from what
/// has a scale of its own.
/// </summary>
/// <remarks>
/// <para>Where all weights of a layer have one scale, the channels of small weights are lost: s = sqrt(r1 / r2), r1 and r2 being the channel's largest weights on both sides, gives it the same range on both, sqrt(r1 r2). Nagel et al. 2019,
/// "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, equations 9 to 11.</para>
/// <para>Where each output has a scale, dividing outputs costs nothing, and what all channels share is the grid of the values: s = sqrt(x / r2), x being the channel's largest value, makes those that take them bear half of the
/// difference (Xiao et al. 2022, "SmoothQuant", arXiv:2211.10438, equation 4, with half), or all of it where they are depthwise.</para>
/// <para>ReLU6 has a ceiling, which Nagel et al. remove. Here it stays: a channel that reaches it on calibration images keeps its scale, and none is enlarged so far that it reaches it. On these images the network stays the same.</para>
/// </remarks>
internal static class Equalize
{
    // Each round makes the sides of every group alike and moves its neighbours; the paper goes on until nothing moves.
    private const int Rounds = 40;

    // What is smaller than this part of the largest channel is taken for as large: a channel that is seldom awake is not to be cut off when it is.
    private const double LeastPart = 1.0 / 32;

    // The part of the differences between channels that layers of common outputs bear.
    private const double Borne = 0.5;

    /// <summary>Equalizes a network.</summary>
    /// <param name="network">A network that <see cref="Quantize.Prepare"/> gave.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="largest">The largest absolute value of each channel of each value of the groups on calibration images, by the value's name.</param>
    /// <param name="perTensor">Whether all weights of a layer will have one scale.</param>
    public static Network Apply(Network network, IReadOnlyList<EqualizationGroup> groups, IReadOnlyDictionary<string, float[]> largest, bool perTensor)
    {
        Dictionary<string, Tensor> weights = groups.SelectMany(group => group.Producers.SelectMany(node => (string[])[node.WeightName("weight"), node.WeightName("bias")]).Concat(group.Consumers.Select(node => node.WeightName("weight"))))
            .Distinct().ToDictionary(name => name, name => new Tensor(network.Weights[name].Shape, network.Weights[name].Span));
        Side[] sides = [.. groups.Select(group => new Side(group, weights, largest))];
        for (int round = 0; round < (perTensor ? Rounds : 1); round++)
        {
            double moved = 0;
            foreach (Side side in sides) moved = Math.Max(moved, side.Scale(perTensor ? side.AlikeWeights() : side.AlikeValues()));
            if (moved < 1e-4) break;
        }

        return network.WithWeights(weights);
    }

    /// <summary>A group with the weights on both its sides.</summary>
    private sealed class Side
    {
        private readonly EqualizationGroup group;
        private readonly Channels[] given, biases, taken;
        private readonly double[] values, reached;
        private readonly double ceiling;

        public Side(EqualizationGroup group, Dictionary<string, Tensor> weights, IReadOnlyDictionary<string, float[]> largest)
        {
            this.group = group;
            int channels = weights[group.Producers[0].WeightName("bias")].Shape[0];
            given = [.. group.Producers.Select(node => Channels.OfOutputs(weights[node.WeightName("weight")]))];
            biases = [.. group.Producers.Select(node => Channels.OfOutputs(weights[node.WeightName("bias")]))];
            taken = [.. group.Consumers.Select(node => Channels.OfInputs(weights[node.WeightName("weight")], channels, node.Operation is Conv2d convolution ? convolution.Groups : 1))];
            values = [.. Enumerable.Range(0, channels).Select(c => group.Values.Max(value => (double)largest[value][c]))];
            reached = [.. Enumerable.Range(0, channels).Select(c => group.Ceilings.Keys.Select(value => (double)largest[value][c]).DefaultIfEmpty().Max())];
            ceiling = group.Ceilings.Values.DefaultIfEmpty(double.PositiveInfinity).Min();
        }

        /// <summary>The factors that make the largest weights of both sides the same.</summary>
        public double[] AlikeWeights() => [.. values.Select((_, c) =>
        {
            double first = given.Max(side => side.Largest(c)), second = taken.Max(side => side.Largest(c));
            return first == 0 || second == 0 ? 1 : Math.Sqrt(first / second);
        })];

        /// <summary>The factors that make the largest values more alike, as far as those that take them bear it.</summary>
        public double[] AlikeValues()
        {
            double most = values.Max();
            if (most == 0) return [.. values.Select(_ => 1.0)];
            double[] sizes = [.. values.Select(value => Math.Max(value / most, LeastPart))];
            if (group.IsTakenApart) return sizes;
            double[][] parts = [.. taken.Select(side => side.LargestParts(values.Length))];
            double[] columns = [.. values.Select((_, c) => Math.Max(parts.Max(part => part[c]), LeastPart))];
            double[] factors = [.. sizes.Zip(columns, (size, column) => Math.Pow(size, Borne) / Math.Pow(column, 1 - Borne))];

            // The largest value stays as large.
            double largest = sizes.Zip(factors, (size, factor) => size / factor).Max();
            return [.. factors.Select(factor => factor * largest)];
        }

        /// <summary>Divides the channels by factors.</summary>
        /// <returns>How far the largest factor was from 1.</returns>
        public double Scale(double[] factors)
        {
            double moved = 0;
            for (int c = 0; c < factors.Length; c++)
            {
                double s = double.IsInfinity(ceiling) ? factors[c] : reached[c] >= ceiling ? 1 : Math.Max(factors[c], reached[c] / ceiling);
                foreach (Channels side in (IEnumerable<Channels>)[.. given, .. biases]) side.Multiply(c, 1 / s);
                foreach (Channels side in taken) side.Multiply(c, s);
                (values[c], reached[c]) = (values[c] / s, reached[c] / s);
                moved = Math.Max(moved, Math.Abs(s - 1));
            }

            return moved;
        }
    }
}
