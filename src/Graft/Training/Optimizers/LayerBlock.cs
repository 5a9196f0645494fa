using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Training.Optimizers;

/// <summary>Layers of a network that belong together, such as an inverted residual: what is unfrozen at once and learns at one rate.</summary>
/// <param name="Name">The prefix of its numbered names, for example <c>blocks.3.1</c>, or the name of its first layer.</param>
/// <param name="Parameters">The full names of its parameters, without buffers.</param>
internal sealed record LayerBlock(string Name, ImmutableArray<string> Parameters)
{
    /// <summary>The blocks of a network from the input to the output.</summary>
    /// <remarks>
    /// Layers whose names begin alike up to their first run of numbers (<c>blocks.3.1.conv_pw</c>, <c>layer1.0.bn1</c>) are one block. Elsewhere each layer with a weight of
    /// two or more axes begins one, and the norms after it belong to it.
    /// </remarks>
    /// <param name="graph">The network's structure.</param>
    public static ImmutableArray<LayerBlock> Of(Graph graph)
    {
        List<(string Name, List<string> Parameters)> blocks = [];
        Dictionary<string, int> numbered = [];
        HashSet<string> seen = [];
        bool joins = false;
        foreach (Node node in graph.Nodes)
        {
            Parameter[] parameters =
            [
                .. node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Where(p => !p.IsBuffer && seen.Add(node.WeightName(p.Name))),
            ];
            if (parameters.Length == 0) continue;
            int block;
            if (NumberedPrefix(node.Scope) is string prefix)
            {
                if (!numbered.TryGetValue(prefix, out block))
                {
                    numbered.Add(prefix, block = blocks.Count);
                    blocks.Add((prefix, []));
                }

                joins = false;
            }
            else
            {
                if (!joins || parameters.Any(p => p.Shape.Rank > 1)) blocks.Add((node.Scope, []));
                block = blocks.Count - 1;
                joins = true;
            }

            blocks[block].Parameters.AddRange(parameters.Select(p => node.WeightName(p.Name)));
        }

        return [.. blocks.Select(block => new LayerBlock(block.Name, [.. block.Parameters]))];
    }

    private static string? NumberedPrefix(string scope)
    {
        string[] parts = scope.Split('.');
        int first = Array.FindIndex(parts, IsNumber);
        if (first < 1) return null;
        int end = first;
        while (end < parts.Length && IsNumber(parts[end])) end++;
        return string.Join('.', parts[..end]);
    }

    private static bool IsNumber(string part) => part.Length > 0 && part.All(char.IsAsciiDigit);
}
