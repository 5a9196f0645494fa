using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Joins networks, as a network that is trained and a frozen trunk whose features are its loss.</summary>
internal static class Join
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

        return Connected(first, second, prefix, main.Value);
    }

    /// <summary>A network and another one that takes the same input.</summary>
    /// <param name="first">The first network, with one input; its outputs stay.</param>
    /// <param name="second">A network with one input, of the same shape; its outputs follow.</param>
    /// <param name="prefix">Put before the names of the second one's nodes, weights and outputs, so that they differ from the first one's.</param>
    /// <exception cref="NetworkException">One has several inputs, or they differ in shape, or a name is in both in spite of the prefix.</exception>
    public static Network Beside(this Network first, Network second, string prefix)
    {
        foreach (Graph graph in (Graph[])[first.Graph, second.Graph])
        {
            if (graph.Inputs.Length != 1) throw new NetworkException($"Only networks with one input can share it; '{graph.Architecture}' has {graph.Inputs.Length}.");
        }

        NetworkInput one = first.Graph.Inputs[0], two = second.Graph.Inputs[0];
        Shape given = first.Graph.Shapes[one.Name], taken = second.Graph.Shapes[two.Name];
        if (given != taken) throw new NetworkException($"'{second.Graph.Architecture}' takes {taken}, but '{first.Graph.Architecture}' {given}. Give both the same size.");
        return Connected(first, second, prefix, one.Name);
    }

    private static Network Connected(Network first, Network second, string prefix, string joint)
    {
        GraphBuilder builder = new(first.Graph);
        Func<string, string> value = builder.Add(second.Graph, prefix, [joint]);
        foreach (NetworkOutput output in second.Graph.Outputs) builder.Output(prefix + output.Name, value(output.Value));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> weights = new(first.Weights);
        foreach ((string name, Tensor weight) in second.Weights)
        {
            if (!weights.TryAdd(prefix + name, weight)) throw new NetworkException($"Both networks have a weight '{prefix + name}'. Give another prefix.");
        }

        return new Network(graph, weights);
    }
}
