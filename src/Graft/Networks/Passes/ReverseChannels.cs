using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Changes the order in which a network takes the colours of an image.</summary>
internal static class ReverseChannels
{
    private const int Colours = 3;

    /// <summary>
    /// The network that computes from red, green, blue what this one computes from blue, green, red. The first convolutions' weights take the new order; where something else
    /// takes the image, a 1x1 convolution that swaps the colours goes before it.
    /// </summary>
    /// <param name="network">A network with one input of three channels.</param>
    /// <exception cref="NetworkException">The network has several inputs, or one of another number of channels.</exception>
    public static Network WithReversedInputChannels(this Network network)
    {
        Graph graph = network.Graph;
        if (graph.Inputs is not [{ Channels: Colours } input])
            throw new NetworkException($"Only a network with one input of {Colours} channels has an order of colours; '{graph.Architecture}' takes {string.Join(" and ", graph.Inputs.Select(i => $"{i.Height}x{i.Width}x{i.Channels}"))}.");
        IReadOnlyList<Node> consumers = graph.Consumers(input.Name);
        bool isInWeights = graph.Uses(input.Name) == consumers.Count
            && consumers.All(node => node.Operation is Conv2d { Groups: 1 } && graph.Sharers(node.Scope).All(consumers.Contains));
        return isInWeights ? Permuted(network, consumers) : Swapped(network, input);
    }

    private static Network Permuted(Network network, IReadOnlyList<Node> consumers)
    {
        Dictionary<string, Tensor> weights = [];
        foreach (string name in consumers.Select(node => node.WeightName("weight")).Distinct())
        {
            Tensor from = network.Weights[name], to = Tensor.Uninitialized(from.Shape);
            int taps = from.Shape[2] * from.Shape[3];
            for (int filter = 0; filter < from.Shape[0]; filter++)
            {
                for (int c = 0; c < Colours; c++)
                    from.Span.Slice(((filter * Colours) + Colours - 1 - c) * taps, taps).CopyTo(to.Span[(((filter * Colours) + c) * taps)..]);
            }

            weights[name] = to;
        }

        return network.WithWeights(weights);
    }

    private static Network Swapped(Network network, NetworkInput input)
    {
        Graph graph = network.Graph;
        Node swap = new(new FreshNames(graph).Take("swap_colours"), new Conv2d(Colours, 1), [input.Name]);
        Tensor order = new([Colours, Colours, 1, 1]);
        for (int c = 0; c < Colours; c++) order.Span[(c * Colours) + Colours - 1 - c] = 1;
        Graph swapped = graph.WithNodes([swap, .. graph.Nodes.Select(node => node.Taking(New))], New);
        return network.WithGraph(swapped, new Dictionary<string, Tensor> { [swap.WeightName("weight")] = order });

        string New(string name) => name == input.Name ? swap.Name : name;
    }
}
