using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>Leaves out what comes after a network's last pooling over the whole image: a head that Graft does not have must not refuse the trunk.</summary>
internal static class HeadCut
{
    /// <summary>The pooling that a refused node comes after, if it does.</summary>
    /// <param name="graph">The file's graph.</param>
    /// <param name="refused">The node that was refused.</param>
    public static OnnxNode? Find(GraphProto graph, NodeProto refused)
    {
        NodeProto? pooling = graph.Node.LastOrDefault(node => node.Output.Count > 0 && IsPooling(graph, new OnnxNode(node)));
        if (pooling is null || IsGate(graph, pooling)) return null;
        HashSet<string> needed = new(pooling.Input, StringComparer.Ordinal);
        foreach (NodeProto node in graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains))) needed.UnionWith(node.Input);
        return refused == pooling || refused.Output.Any(needed.Contains) ? null : new OnnxNode(pooling);
    }

    // A mean over height and width; one over the channels alone is a part of a layer norm.
    private static bool IsPooling(GraphProto graph, OnnxNode node)
    {
        if (!node.IsStandard || node.Type != "ReduceMean") return node is { IsStandard: true, Type: "GlobalAveragePool" };
        if (node.Ints("axes") is { } axes) return axes.Length == 2;
        if (!node.Has(1)) return false;
        TensorProto? tensor = graph.Initializer.FirstOrDefault(initializer => initializer.Name == node.Inputs[1])
            ?? graph.Node.FirstOrDefault(constant => constant.OpType == "Constant" && constant.Output.Contains(node.Inputs[1]))?.Attribute.FirstOrDefault(a => a.Name == "value")?.T;
        return tensor?.Dims is [2];
    }

    // The pooled value of squeeze-and-excitation meets the image again; that of a trunk never does.
    private static bool IsGate(GraphProto graph, NodeProto pooling)
    {
        HashSet<string> pooled = [.. pooling.Output], images = [.. graph.Input.Select(input => input.Name).Except(graph.Initializer.Select(initializer => initializer.Name))];
        foreach (NodeProto node in graph.Node.Where(node => node != pooling && node.OpType != "Shape"))
        {
            bool takesPooled = node.Input.Any(pooled.Contains), takesImage = node.Input.Any(images.Contains);
            if (takesPooled && takesImage) return true;
            if (takesPooled) pooled.UnionWith(node.Output);
            else if (takesImage) images.UnionWith(node.Output);
        }

        return false;
    }

    /// <summary>Makes a pooling's value the graph's only output.</summary>
    public static void Cut(GraphProto graph, OnnxNode pooling)
    {
        graph.Output.Clear();
        graph.Output.Add(new ValueInfoProto { Name = pooling.Output });
    }
}
