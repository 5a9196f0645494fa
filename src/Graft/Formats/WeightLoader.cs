using Graft.Formats.KeyMaps;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>Loads named tensors into a graph.</summary>
internal static class WeightLoader
{
    // PyTorch counts batches in every batch norm; only a momentum of None uses it.
    private const string Counter = "num_batches_tracked";

    /// <summary>Makes a network of a graph and the tensors of a file.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="file">The file's tensors, in this library's layouts.</param>
    /// <param name="keys">The file's naming; null when its names are the graph's own.</param>
    /// <param name="strict">Whether a weight that is missing, unused or of another shape is an error. If not, such weights keep their random start.</param>
    /// <param name="seed">The seed of that random start.</param>
    /// <exception cref="WeightFileException">The file and the graph do not fit, and <paramref name="strict"/> is on; the message is the report.</exception>
    public static (Network Network, LoadReport Report) Load(Graph graph, TensorFile file, KeyMap? keys = null, bool strict = true, ulong seed = 0)
    {
        (Dictionary<string, Tensor> weights, LoadReport report) = Match(graph, file, keys);
        if (strict) report.ThrowUnlessComplete();
        if (weights.Count < graph.Parameters.Count)
        {
            Network random = Network.Random(graph, seed);
            foreach (string name in graph.Parameters.Keys.Where(n => !weights.ContainsKey(n))) weights.Add(name, random.Weights[name]);
        }

        return (new Network(graph, weights), report);
    }

    /// <summary>Whether a tensor can be a weight of a shape: it is of that shape, or the matrix of a dense layer as the 1x1 convolution that it is on an image of one pixel.</summary>
    internal static bool Fits(Tensor tensor, Shape shape) =>
        tensor.Shape == shape || (shape.Rank == 2 && tensor.Shape is { Rank: 4 } kernel && kernel[0] == shape[0] && kernel[1] == shape[1] && kernel[2] == 1 && kernel[3] == 1);

    /// <summary>Finds a file's tensors for a graph's weights.</summary>
    internal static (Dictionary<string, Tensor> Weights, LoadReport Report) Match(Graph graph, TensorFile file, KeyMap? keys)
    {
        Dictionary<string, Tensor> weights = [];
        List<(string, string)> missing = [];
        List<ShapeMismatch> mismatches = [];
        HashSet<string> used = [];
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            string key = keys?.Key(name) ?? name;
            if (!file.Tensors.TryGetValue(key, out Tensor? tensor))
            {
                missing.Add((name, key));
                continue;
            }

            used.Add(key);
            if (Fits(tensor, parameter.Shape)) weights.Add(name, tensor.Shape == parameter.Shape ? tensor : new Tensor(parameter.Shape, tensor.Span));
            else mismatches.Add(new ShapeMismatch(name, key, parameter.Shape, tensor.Shape));
        }

        ILookup<bool, string> rest = file.Tensors.Keys.Where(key => !used.Contains(key)).ToLookup(key => key.EndsWith(Counter, StringComparison.Ordinal));
        LoadReport report = new(file.Name)
        {
            Applied = [.. weights.Keys],
            Missing = [.. missing],
            Mismatches = [.. mismatches],
            Unused = [.. rest[false]],
            Ignored = [.. rest[true]],
        };
        return (weights, report);
    }
}
