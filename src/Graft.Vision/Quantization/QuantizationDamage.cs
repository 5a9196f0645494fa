using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Vision.Quantization;

/// <summary>
/// What each layer does to the network's output when it alone is quantized, and which stay in float because of it: those whose damage is both a hundredth of the output's variance and ten times that of the median layer, the worst
/// first, as long as they make up a tenth of the multiply-adds at most.
/// </summary>
internal static class QuantizationDamage
{
    private const double Most = 0.01, OverMedian = 10, MostWork = 0.1;

    /// <summary>The damage of each layer: the part of the variance of the output that is lost.</summary>
    /// <param name="network">The network.</param>
    /// <param name="grids">The grid of each value.</param>
    /// <param name="scales">The scales of each layer's weights.</param>
    /// <param name="images">The images to measure on.</param>
    public static Dictionary<string, double> Measure(Network network, IReadOnlyDictionary<string, ByteGrid> grids, IReadOnlyDictionary<string, Tensor> scales, CalibrationImages images)
    {
        Graph graph = network.Graph;
        OutputError error = new(network, images);
        Dictionary<string, double> damage = [];
        foreach (Node layer in QuantizedValues.Layers(graph))
        {
            string result = QuantizedValues.Result(graph, layer);
            Network alone = Quantize.Apply(network, grids.Where(grid => grid.Key == result).ToDictionary(), new Dictionary<string, Tensor> { [layer.Name] = scales[layer.Name] });
            damage[layer.Name] = error.Of(alone);
            images.Report("Measuring layers", damage.Count, scales.Count);
        }

        return damage;
    }

    /// <summary>The layers that stay in float.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="damage">The damage of each layer.</param>
    /// <param name="count">How many; null: by the rule.</param>
    public static HashSet<string> StayFloat(Graph graph, IReadOnlyDictionary<string, double> damage, int? count)
    {
        Node[] worst = [.. QuantizedValues.Layers(graph).OrderByDescending(layer => damage[layer.Name])];
        if (count is { } given) return [.. worst.Take(given).Select(layer => layer.Name)];
        double median = damage.Values.Order().ElementAt(damage.Count / 2), budget = MostWork * worst.Sum(Work);
        HashSet<string> stay = [];
        foreach (Node layer in worst.TakeWhile(layer => damage[layer.Name] >= Math.Max(Most, OverMedian * median)))
        {
            if (Work(layer) > budget) continue;
            budget -= Work(layer);
            stay.Add(layer.Name);
        }

        return stay;

        double Work(Node layer) => layer.Operation.MultiplyAdds(Graph.InputShapes(layer, graph.Shapes));
    }
}
