using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>A network while another program's graph is read: the steps so far, the shapes of their values and their weights.</summary>
internal sealed class NetworkDraft
{
    private const int LongestName = 200;
    private const int LargestExtent = 1 << 24;

    private readonly Dictionary<string, Shape> shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, Node> producers = new(StringComparer.Ordinal);
    private readonly FreshNames names = new(Array.Empty<string>());

    public ImmutableArray<Node> Nodes => [.. nodes];

    /// <summary>The weights by their full names.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => weights;

    /// <summary>The extents of a value at batch 1.</summary>
    public Shape Shape(string value) => shapes[value];

    /// <summary>The step that computes a value; null for the image.</summary>
    public Node? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>Adds the image.</summary>
    /// <param name="name">What the file calls it.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="channels">Its channels.</param>
    public NetworkInput AddInput(string name, int height, int width, int channels)
    {
        NetworkInput input = new(names.Take(name.Length is > 0 and <= LongestName ? name : "image"), height, width, channels);
        shapes.Add(input.Name, [1, height, width, channels]);
        return input;
    }

    /// <summary>Adds a step.</summary>
    /// <param name="name">What it is called, where nothing is called so; of a long name the beginning.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="takes">The values that it takes.</param>
    /// <param name="arrays">Its weights by their names within the operation.</param>
    /// <param name="suffix">What is put behind the name.</param>
    /// <returns>The name of its value.</returns>
    /// <exception cref="NetworkException">Shapes do not fit; the message is a sentence without the step.</exception>
    public string Add(string name, Operation operation, ReadOnlySpan<string> takes, (string Name, Tensor Values)[]? arrays = null, string suffix = "")
    {
        Shape[] taken = new Shape[takes.Length];
        for (int i = 0; i < takes.Length; i++) taken[i] = shapes[takes[i]];
        Shape shape = operation.OutputShape(taken);
        foreach (Parameter parameter in operation.Parameters(taken))
        {
            Tensor numbers = arrays!.Single(array => array.Name == parameter.Name).Values;
            if (numbers.Shape != parameter.Shape) throw new NetworkException($"its {parameter.Name} has the extents {numbers.Shape}, and {parameter.Shape} are needed.");
        }

        if (shape.Any(extent => extent > LargestExtent)) throw new NetworkException($"it computes a value of extents {shape}, which is too large.");
        string own = names.Take((name.Length <= LongestName ? name : name[..LongestName]) + suffix);
        foreach ((string parameter, Tensor numbers) in arrays ?? []) weights.Add($"{own}.{parameter}", numbers);
        Node node = new(own, operation, [.. takes]);
        nodes.Add(node);
        producers.Add(own, node);
        shapes.Add(own, shape);
        return own;
    }
}
