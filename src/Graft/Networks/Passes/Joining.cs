using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Joins networks, as a network that is trained and a frozen trunk whose features are its loss.</summary>
public static class Joining
{
    /// <summary>A network whose main output goes on into another one.</summary>
    /// <param name="first">The first network; its outputs stay.</param>
    /// <param name="second">A network with one input, of the shape of the first one's main output; its outputs follow.</param>
    /// <param name="prefix">Put before the names of the second one's nodes, weights and outputs, so that they differ from the first one's, for example <c>trunk.</c>.</param>
    /// <exception cref="NetworkException">The second has several inputs or one of another shape, or a name is in both in spite of the prefix.</exception>
    public static Network Then(this Network first, Network second, string prefix)
    {
        if (second.Graph.Inputs.Length != 1)
            throw new NetworkException($"Only a network with one input can follow another; '{second.Graph.Architecture}' has {second.Graph.Inputs.Length}.");
        NetworkInput input = second.Graph.Inputs[0];
        NetworkOutput main = first.Graph.Outputs[^1];
        Shape given = first.Graph.Shapes[main.Value], taken = second.Graph.Shapes[input.Name];
        if (given != taken)
            throw new NetworkException($"'{second.Graph.Architecture}' takes {taken}, but '{main.Name}' of '{first.Graph.Architecture}' is {given}. Give both the same size.");

        ImmutableArray<Node> nodes =
        [
            .. first.Graph.Nodes,
            .. second.Graph.Nodes.Select(node => new Node(prefix + node.Name, node.Operation, [.. node.Inputs.Select(Value)]) { Scope = prefix + node.Scope }),
        ];
        ImmutableArray<NetworkOutput> outputs = [.. first.Graph.Outputs, .. second.Graph.Outputs.Select(output => new NetworkOutput(prefix + output.Name, Value(output.Value)))];
        Graph graph = new(first.Graph.Architecture, first.Graph.Inputs, nodes, outputs);
        Dictionary<string, Tensor> weights = new(first.Weights);
        foreach ((string name, Tensor weight) in second.Weights)
        {
            if (!weights.TryAdd(prefix + name, weight)) throw new NetworkException($"Both networks have a weight '{prefix + name}'. Give another prefix.");
        }

        return new Network(graph, weights);

        string Value(string name) => name == input.Name ? main.Value : prefix + name;
    }
}
