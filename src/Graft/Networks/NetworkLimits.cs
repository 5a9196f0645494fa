using Graft.Operations;

namespace Graft.Networks;

/// <summary>
/// What a network from a file may cost for one image. A file of a kilobyte can ask for gigabytes and minutes, so that this is looked at before anything is computed; networks made in code are their
/// maker's own affair.
/// </summary>
public sealed class NetworkLimits
{
    // Decoded, resized, and batches of it prepared ahead.
    private const double InputCopies = 4;

    /// <summary>The usual limits: ten times what ResNet-50 takes at 224 pixels, and 48 times its multiply-adds.</summary>
    public static NetworkLimits Default { get; } = new();

    /// <summary>No limits, for files that one trusts.</summary>
    public static NetworkLimits None { get; } = new() { ActivationBytes = long.MaxValue, MultiplyAdds = long.MaxValue };

    /// <summary>The most bytes of all values of the network together; its input counts four times, since images are prepared ahead.</summary>
    public long ActivationBytes { get; init => field = Positive(value, nameof(ActivationBytes)); } = 1L << 30;

    /// <summary>The most multiply-adds of convolutions, dense layers and pooling windows.</summary>
    public long MultiplyAdds { get; init => field = Positive(value, nameof(MultiplyAdds)); } = 200_000_000_000;

    /// <summary>Whether a graph is over a limit.</summary>
    /// <param name="graph">The graph.</param>
    /// <returns>Null, or what it asks for and what is allowed, as the end of a sentence about its file.</returns>
    public string? Exceeded(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);

        // In floating point: a file of many nodes could ask for more than 64 bits count.
        double bytes = 0, products = 0;
        foreach (NetworkInput input in graph.Inputs) bytes += (InputCopies - 1) * sizeof(float) * graph.Shapes[input.Name].Count;
        foreach (Tensors.Shape shape in graph.Shapes.Values) bytes += (double)sizeof(float) * shape.Count;
        foreach (Node node in graph.Nodes)
            products += node.Operation is Pool2d pool ? (double)graph.Shapes[node.Name].Count * pool.Kernel * pool.Kernel : node.Operation.MultiplyAdds(Graph.InputShapes(node, graph.Shapes));
        const string Remedy = "If you trust it, allow it: --any-size on the command line, NetworkLimits in code.";
        if (bytes > ActivationBytes) return $"it asks for {bytes / (1 << 30):0.0} GB of memory for one image, and a file may ask for {(double)ActivationBytes / (1 << 30):0.0} GB. {Remedy}";
        if (products > MultiplyAdds) return $"it asks for {products / 1e9:N0} billion multiply-adds for one image, and a file may ask for {MultiplyAdds / 1e9:N0} billion. {Remedy}";
        return null;
    }

    private static long Positive(long value, string name) => value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "A limit is above 0.");
}
