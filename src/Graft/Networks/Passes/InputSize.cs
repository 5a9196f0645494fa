namespace Graft.Networks.Passes;

/// <summary>Changes the resolution that a network takes: the resolution multiplier of the MobileNets, for any network.</summary>
public static class InputSize
{
    /// <summary>The same graph for another picture size.</summary>
    /// <param name="graph">A graph with one input.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <exception cref="NetworkException">The graph has several inputs, or a layer does not fit the new size.</exception>
    public static Graph WithInputSize(this Graph graph, int height, int width)
    {
        if (graph.Inputs.Length != 1)
            throw new NetworkException($"Only a network with one input takes another picture size; '{graph.Architecture}' has {graph.Inputs.Length}.");
        return new Graph(graph.Architecture, [graph.Inputs[0] with { Height = height, Width = width }], graph.Nodes, graph.Outputs);
    }

    /// <summary>The same network for another picture size; the weights are shared.</summary>
    /// <param name="network">A network with one input.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <exception cref="NetworkException">The network has several inputs, or a layer or a weight does not fit the new size.</exception>
    public static Network WithInputSize(this Network network, int height, int width) =>
        new(network.Graph.WithInputSize(height, width), network.Weights);
}
