using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Inference;

/// <summary>Runs a network node by node through the scalar references: slow, and the truth that every other plan is tested against.</summary>
internal static class ReferencePlan
{
    /// <summary>Computes every output of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">An image <c>[batch, height, width, channels]</c> for every input, by name, all of one batch size.</param>
    /// <returns>The outputs by name.</returns>
    /// <exception cref="NetworkException">An input is missing or has another shape.</exception>
    public static IReadOnlyDictionary<string, Tensor> Run(Network network, IReadOnlyDictionary<string, Tensor> inputs)
    {
        IReadOnlyDictionary<string, Tensor> values = Values(network, inputs);
        return network.Graph.Outputs.ToDictionary(output => output.Name, output => values[output.Value]);
    }

    /// <summary>Computes the value of every node.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">An image <c>[batch, height, width, channels]</c> for every input, by name, all of one batch size.</param>
    /// <returns>The inputs and the nodes' values by name.</returns>
    /// <exception cref="NetworkException">An input is missing or has another shape.</exception>
    public static IReadOnlyDictionary<string, Tensor> Values(Network network, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> values = [];
        int batch = -1;
        foreach (NetworkInput input in network.Graph.Inputs)
        {
            if (!inputs.TryGetValue(input.Name, out Tensor? value))
                throw new NetworkException($"Network '{network.Graph.Architecture}' takes an input '{input.Name}', which was not given.");
            if (batch < 0 && value.Shape.Rank > 0) batch = value.Shape[0];
            Shape expected = [Math.Max(batch, 0), input.Height, input.Width, input.Channels];
            if (value.Shape != expected)
                throw new NetworkException($"Input '{input.Name}' of network '{network.Graph.Architecture}' must have the shape {expected}, not {value.Shape}.");
            values.Add(input.Name, value);
        }

        foreach (Node node in network.Graph.Nodes)
        {
            Tensor[] taken = [.. node.Inputs.Select(name => values[name])];
            Tensor result = new(node.Operation.OutputShape([.. taken.Select(tensor => tensor.Shape)]));
            node.Operation.Reference(new ReferenceNode { Inputs = [.. taken], Output = result, Weight = name => network.Weight(node, name) });
            values.Add(node.Name, result);
        }

        return values;
    }
}
