using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Joins a Keras topology and its weights into a network in this library's layout and, where its structure is a known architecture's, under its names.</summary>
internal static class KerasModel
{
    /// <summary>Builds the network.</summary>
    /// <param name="structure">The topology.</param>
    /// <param name="weights">The weights.</param>
    /// <exception cref="WeightFileException">A weight is missing or has another shape than its layer takes.</exception>
    public static (Network Network, LoadReport Report) Build(KerasTopology.Structure structure, TfjsWeights weights)
    {
        (Graph imported, bool isTrunk) = MakeGraph(structure);
        GraphJson.CheckSizes(weights.File, imported);
        Dictionary<string, string> renamed = [];
        Graph graph = KnownTrunk.Recognize(imported, isTrunk, renamed) ?? imported;

        List<string> applied = [];
        List<(string, string)> missing = [];
        List<ShapeMismatch> mismatches = [];
        HashSet<string> used = [];
        List<(string Name, KerasWeight Weight, string? Source)> sources = [];
        foreach (KerasWeight weight in structure.Weights)
        {
            string name = $"{renamed.GetValueOrDefault(weight.Node, weight.Node)}.{weight.Parameter}";
            if (!graph.Parameters.TryGetValue(name, out Parameter? parameter)) continue;
            string? source = weight.Variable is null ? null : weights.Find(weight.Layer, weight.Variable);
            if (weight.Variable is not null && source is null)
            {
                missing.Add((name, $"{weight.Layer}/{weight.Variable}"));
            }
            else if (source is not null && Arranged(weights.Shape(source), weight.Layout) != parameter.Shape)
            {
                mismatches.Add(new ShapeMismatch(name, source, parameter.Shape, weights.Shape(source)));
            }
            else
            {
                applied.Add(name);
                sources.Add((name, weight, source));
            }

            if (source is not null) used.Add(source);
        }

        LoadReport report = new(weights.File)
        {
            Applied = [.. applied],
            Missing = [.. missing],
            Mismatches = [.. mismatches],
            Unused = [.. weights.Names.Where(n => !used.Contains(n))],
        };
        report.ThrowUnlessComplete();

        // Only now, when every shape is one that the file holds, is anything of their size allocated.
        Dictionary<string, Tensor> tensors = [];
        foreach ((string name, KerasWeight weight, string? source) in sources)
        {
            if (source is not null)
            {
                tensors[name] = Arrange(weights.Values(source), weight.Layout);
            }
            else
            {
                Tensor constant = new(graph.Parameters[name].Shape);
                constant.Span.Fill(weight.Constant);
                tensors[name] = constant;
            }
        }

        return (new Network(graph, tensors), report);
    }

    // Outputs: `features` after the average, and `logits` before the softmax where there is a classifier.
    private static (Graph Graph, bool IsTrunk) MakeGraph(KerasTopology.Structure structure)
    {
        List<Node> nodes = structure.Nodes;
        string result = structure.Result.Name;
        Shape shape = structure.Result.Shape;
        if (nodes.Count > 0 && nodes[^1] is { Operation: Softmax } softmax && softmax.Name == result)
        {
            result = softmax.Inputs[0];
            nodes.RemoveAt(nodes.Count - 1);
        }

        if (shape.Rank == 4)
        {
            nodes.Add(new Node("global_pool", new GlobalAveragePool(), [result]));
            result = "global_pool";
        }

        bool isTrunk = !nodes.Any(node => node.Operation is Dense);
        List<NetworkOutput> outputs = [];
        if (nodes.FindLast(node => node.Operation is GlobalAveragePool) is { } pool) outputs.Add(new NetworkOutput(ClassifierHead.Features, pool.Name));
        if (!isTrunk) outputs.Add(new NetworkOutput(ClassifierHead.Logits, result));
        else if (outputs.Count == 0 || outputs[0].Value != result) outputs = [new NetworkOutput(ClassifierHead.Features, result)];
        return (new Graph(structure.Name, [structure.Input], [.. nodes], [.. outputs]), isTrunk);
    }

    private static Shape Arranged(Shape from, KerasLayout layout) => (layout, from.Rank) switch
    {
        (KerasLayout.Vector, _) => from,
        (KerasLayout.Convolution, 4) => [from[3], from[2], from[0], from[1]],
        (KerasLayout.Depthwise, 4) when (long)from[2] * from[3] <= int.MaxValue => [from[2] * from[3], 1, from[0], from[1]],
        (KerasLayout.Dense, 2) => [from[1], from[0]],
        (KerasLayout.Dense, 4) when from[0] == 1 && from[1] == 1 => [from[3], from[2]],
        _ => [],
    };

    /// <summary>A weight in this library's order; the tensor that it came in is used up.</summary>
    public static Tensor Arrange(Tensor from, KerasLayout layout)
    {
        if (layout == KerasLayout.Vector) return from;
        Shape shape = Arranged(from.Shape, layout);
        Tensor to = Tensor.Uninitialized(shape);

        // All three are a transpose: taps (and, in depthwise kernels, nothing else) are the rows, output channels come first.
        ReadOnlySpan<float> source = from.Span;
        Span<float> target = to.Span;
        if (layout == KerasLayout.Convolution)
        {
            (int height, int width, int inputs, int outputs) = (from.Shape[0], from.Shape[1], from.Shape[2], from.Shape[3]);
            int taps = height * width;
            for (int tap = 0, i = 0; tap < taps; tap++)
            {
                for (int c = 0; c < inputs; c++)
                {
                    for (int o = 0; o < outputs; o++) target[(((o * inputs) + c) * taps) + tap] = source[i++];
                }
            }
        }
        else
        {
            int columns = shape[0], rows = columns == 0 ? 0 : source.Length / columns;
            for (int row = 0, i = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++) target[(column * rows) + row] = source[i++];
            }
        }

        from.Dispose();
        return to;
    }
}
