using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Joins a Keras topology and its weights into a network in this library's layout and, where its structure is a known architecture's, under its names.</summary>
internal static class KerasModel
{
    /// <summary>What was built.</summary>
    /// <param name="Network">The network.</param>
    /// <param name="Report">What became of each weight.</param>
    /// <param name="IsMultiLabel">Whether its labels are independent of each other.</param>
    /// <param name="Notes">What the user should know.</param>
    public sealed record Built(Network Network, LoadReport Report, bool IsMultiLabel, ImmutableArray<string> Notes);

    // Numbers of layers that have none in the file, as those that scale: for each number of the file, and where it has few.
    private const long MostMade = 20, LeastMade = 1 << 18;

    /// <summary>Builds the network.</summary>
    /// <param name="structure">The topology.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="hasPooledFeatures">Whether <c>features</c> are the last average over the image, as of Teachable Machine, whose heads have two layers; if not, they are what the last layer takes.</param>
    /// <exception cref="WeightFileException">A weight is missing or has another shape than its layer takes.</exception>
    public static Built Build(KerasTopology.Structure structure, IKerasWeights weights, bool hasPooledFeatures = false)
    {
        List<string> notes = [];
        (Graph imported, bool isMultiLabel) = MakeGraph(structure, hasPooledFeatures, notes);
        bool isTrunk = imported.Outputs[^1].Name == ClassifierHead.Features;
        GraphJson.CheckSizes(weights.File, imported);
        Dictionary<string, string> renamed = [];
        Graph graph = KnownTrunk.Recognize(imported, isTrunk, renamed) ?? imported;

        List<string> applied = [];
        List<(string, string)> missing = [];
        List<ShapeMismatch> mismatches = [];
        HashSet<string> used = [.. structure.Used];
        List<(string Name, KerasWeight Weight, string? Source)> sources = [];
        foreach (KerasWeight weight in structure.Weights)
        {
            string name = $"{renamed.GetValueOrDefault(weight.Node, weight.Node)}.{weight.Parameter}";
            if (!graph.Parameters.TryGetValue(name, out Parameter? parameter)) continue;
            string? source = weight.Variable is null ? null : weights.Find(weight.Variable);
            if (weight.Variable is not null && source is null)
            {
                missing.Add((name, $"{weight.Variable.Layer.Name}/{weight.Variable.Name}"));
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

        // Only now, when every shape is one that the file holds or not much more than it holds, is anything of their size allocated.
        long held = weights.Names.Sum(name => weights.Shape(name).Count), made = sources.Where(weight => weight.Source is null).Sum(weight => graph.Parameters[weight.Name].Shape.Count);
        if (made > Math.Max(LeastMade, MostMade * held)) throw new WeightFileException(weights.File, $"its layers without weights make {made:N0} numbers, and the file has {held:N0}: that is no network that was trained.");
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
                if (weight.Constant.Length == 1) constant.Span.Fill(weight.Constant[0]);
                else weight.Constant.CopyTo(constant.Span);
                tensors[name] = constant;
            }
        }

        return new Built(new Network(graph, tensors), report, isMultiLabel, [.. notes]);
    }

    /// <summary>Refuses a preprocessing that cannot be done, as of a Rescaling by next to nothing.</summary>
    public static void RequirePossible(string file, Preprocessing preprocessing)
    {
        if (preprocessing.Problem is { } problem) throw new WeightFileException(file, $"what its first layers do to pixels is no preprocessing that can be done: {problem}.");
    }

    // A map of features is averaged; what the outputs are is said as for networks of other programs.
    private static (Graph Graph, bool IsMultiLabel) MakeGraph(KerasTopology.Structure structure, bool hasPooledFeatures, List<string> notes)
    {
        List<Node> nodes = structure.Nodes;
        string result = structure.Result.Name;
        if (structure.Result.Shape.Rank == 4)
        {
            result = new FreshNames([KerasTopology.InputName, .. nodes.Select(node => node.Name)]).Take("global_pool");
            nodes.Add(new Node(result, new GlobalAveragePool(), [structure.Result.Name]));
        }

        ClassifierOutputs outputs = new(new Graph(structure.Name, [structure.Input], [.. nodes], [new NetworkOutput(structure.Result.Name, result)]), notes);
        Graph named = outputs.Named();
        ImmutableArray<NetworkOutput> ends = named.Outputs;
        if (hasPooledFeatures && ends.Length > 1 && named.Nodes.LastOrDefault(node => node.Operation is GlobalAveragePool) is { } pool) ends = [new NetworkOutput(ClassifierHead.Features, pool.Name), ends[^1]];

        // What makes probabilities of the logits is no output any more.
        bool isLeftOut = ends[^1].Value != result;
        named = new Graph(named.Architecture, named.Inputs, [.. named.Nodes.Where(node => !isLeftOut || node.Name != result)], ends);
        return (named, outputs.IsMultiLabel);
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
