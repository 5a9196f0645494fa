using System.Collections.Immutable;
using System.Text;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks;

/// <summary>A row of a summary.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operation">What it computes, as it is printed.</param>
/// <param name="Output">The output's shape at batch 1.</param>
/// <param name="Parameters">The number of trainable numbers that first appear at this node.</param>
/// <param name="Buffers">The number of statistics that first appear at this node.</param>
/// <param name="MultiplyAdds">The number of multiply-adds for one image.</param>
/// <param name="ActivationBytes">The size of the output for one image, in bytes.</param>
public sealed record LayerSummary(string Name, string Operation, Shape Output, long Parameters, long Buffers, long MultiplyAdds, long ActivationBytes);

/// <summary>What a network costs: parameters, multiply-adds and activation memory, layer by layer and in total, for one image.</summary>
public sealed class NetworkSummary
{
    /// <summary>Walks over the nodes of a graph.</summary>
    public NetworkSummary(Graph graph)
        : this(graph, null)
    {
    }

    /// <summary>Walks over the nodes of a graph whose values are not all kept as float32.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="stored">The bytes of the nodes' values where they are kept; null where each is kept as float32.</param>
    internal NetworkSummary(Graph graph, IReadOnlyDictionary<string, long>? stored)
    {
        Architecture = graph.Architecture;
        HashSet<string> counted = [];
        ImmutableArray<LayerSummary>.Builder layers = ImmutableArray.CreateBuilder<LayerSummary>();
        foreach (Node node in graph.Nodes)
        {
            Shape[] inputs = Graph.InputShapes(node, graph.Shapes);
            long parameters = 0, buffers = 0;
            foreach (Parameter parameter in node.Operation.Parameters(inputs))
            {
                if (!counted.Add(node.WeightName(parameter.Name))) continue;
                if (parameter.IsBuffer) buffers += parameter.Shape.Count;
                else parameters += parameter.Shape.Count;
            }

            Shape output = graph.Shapes[node.Name];
            long bytes = stored is null ? output.Count * sizeof(float) : stored.GetValueOrDefault(node.Name);
            layers.Add(new LayerSummary(node.Name, node.Operation.Label, output, parameters, buffers, node.Operation.MultiplyAdds(inputs), bytes));
        }

        Layers = layers.ToImmutable();
    }

    /// <summary>The architecture's name.</summary>
    public string Architecture { get; }

    /// <summary>A row for each node, in order.</summary>
    public ImmutableArray<LayerSummary> Layers { get; }

    /// <summary>The number of trainable numbers.</summary>
    public long Parameters => Layers.Sum(l => l.Parameters);

    /// <summary>The number of statistics, such as the running means of batch normalization.</summary>
    public long Buffers => Layers.Sum(l => l.Buffers);

    /// <summary>The number of multiply-adds for one image: convolutions and dense layers, as papers count them.</summary>
    public long MultiplyAdds => Layers.Sum(l => l.MultiplyAdds);

    /// <summary>The size of all outputs together for one image, in bytes: what training without recomputation keeps.</summary>
    public long ActivationBytes => Layers.Sum(l => l.ActivationBytes);

    /// <summary>A table in plain text: a line for each layer, then the totals.</summary>
    public override string ToString()
    {
        int name = Math.Max(5, Layers.Max(l => l.Name.Length)), operation = Math.Max(9, Layers.Max(l => l.Operation.Length));
        StringBuilder text = new();
        text.AppendLine($"{"layer".PadRight(name)}  {"operation".PadRight(operation)}  {"output",-20}  {"parameters",12}  {"multiply-adds",14}  {"activation KB",13}");
        foreach (LayerSummary layer in Layers)
            text.AppendLine($"{layer.Name.PadRight(name)}  {layer.Operation.PadRight(operation)}  {layer.Output,-20}  {layer.Parameters,12:N0}  {layer.MultiplyAdds,14:N0}  {layer.ActivationBytes / 1024.0,13:N1}");
        text.Append($"{Architecture}: {Parameters:N0} parameters, {Buffers:N0} statistics, {MultiplyAdds / 1e6:N1} million multiply-adds, {ActivationBytes / 1e6:N1} MB of activations");
        return text.ToString();
    }
}
