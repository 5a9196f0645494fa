using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Changes the resolution that a network takes: the resolution multiplier of the MobileNets, for any network.</summary>
internal static class ResizeInput
{
    /// <summary>The same graph for another image size. A <see cref="Resize"/> with a stride follows the new size; one by given or whole factors keeps them where what it resizes changes its size; any other keeps its size.</summary>
    /// <param name="graph">A graph with one input.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <exception cref="NetworkException">The graph has several inputs, or a layer does not fit the new size.</exception>
    public static Graph WithInputSize(this Graph graph, int height, int width)
    {
        if (graph.Inputs.Length != 1)
            throw new NetworkException($"Only a network with one input takes another image size; '{graph.Architecture}' has {graph.Inputs.Length}.");
        NetworkInput input = graph.Inputs[0] with { Height = height, Width = width };
        if (graph.Nodes.All(node => node.Operation is not Resize)) return new Graph(graph.Architecture, [input], graph.Nodes, graph.Outputs);
        List<Node> nodes = [];
        Dictionary<string, Shape> shapes = new() { [input.Name] = [1, height, width, input.Channels] };
        foreach (Node node in graph.Nodes)
        {
            Node resized = node.Operation is Resize resize ? node with { Operation = Kept(resize, graph.Shapes[node.Inputs[0]], shapes[node.Inputs[0]], input) } : node;
            nodes.Add(resized);
            try
            {
                shapes[node.Name] = resized.Operation.OutputShape(Graph.InputShapes(resized, shapes));
            }
            catch (NetworkException e)
            {
                throw new NetworkException($"Node '{node.Name}': {e.Message}", e);
            }
        }

        return new Graph(graph.Architecture, [input], [.. nodes], graph.Outputs);
    }

    /// <summary>The same network for another image size; the weights are shared.</summary>
    /// <param name="network">A network with one input.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <exception cref="NetworkException">The network has several inputs, or a layer or a weight does not fit the new size.</exception>
    public static Network WithInputSize(this Network network, int height, int width) =>
        new(network.Graph.WithInputSize(height, width), network.Weights);

    private static Resize Kept(Resize resize, Shape before, Shape now, NetworkInput input)
    {
        if (resize.Stride is { } stride) return resize with { Height = Parts(input.Height), Width = Parts(input.Width) };
        if (before == now) return resize;
        if (resize.Scale is { } scale)
        {
            (int height, int width) = (Resize.Scaled(now[1], scale.Height), Resize.Scaled(now[2], scale.Width));
            return height > 0 && width > 0
                ? resize with { Height = height, Width = width }
                : throw new NetworkException($"An image of {now[1]}x{now[2]} resized by {scale.Height} and {scale.Width} has no pixel left: the input is too small.");
        }

        return resize.Height % before[1] != 0 || resize.Width % before[2] != 0
            ? resize
            : resize with { Height = resize.Height / before[1] * now[1], Width = resize.Width / before[2] * now[2] };

        int Parts(int side) => (side + stride - 1) / stride;
    }
}
