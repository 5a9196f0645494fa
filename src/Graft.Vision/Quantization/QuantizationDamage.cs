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

    /// <summary>The layers that stay in float. Those that share their weights are one: these are whole numbers or are not.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="damage">The damage of each layer.</param>
    /// <param name="count">How many; null: by the rule.</param>
    public static HashSet<string> StayFloat(Graph graph, IReadOnlyDictionary<string, double> damage, int? count)
    {
        Sharers[] worst = [.. QuantizedValues.Layers(graph).GroupBy(layer => layer.Scope).Select(Of).OrderByDescending(sharers => sharers.Damage)];
        if (count is { } given) return [.. worst.Take(given).SelectMany(sharers => sharers.Layers)];
        double least = Math.Max(Most, OverMedian * worst[^((worst.Length / 2) + 1)].Damage), budget = MostWork * worst.Sum(sharers => sharers.Work);
        HashSet<string> stay = [];
        foreach (Sharers sharers in worst.TakeWhile(sharers => sharers.Damage >= least))
        {
            if (sharers.Work > budget) continue;
            budget -= sharers.Work;
            stay.UnionWith(sharers.Layers);
        }

        return stay;

        Sharers Of(IEnumerable<Node> layers) => new([.. layers.Select(layer => layer.Name)], layers.Max(layer => damage[layer.Name]), layers.Sum(Work));

        double Work(Node layer) => layer.Operation.MultiplyAdds(Graph.InputShapes(layer, graph.Shapes));
    }

    /// <summary>Layers of the same weights.</summary>
    private sealed record Sharers(string[] Layers, double Damage, double Work);
}
