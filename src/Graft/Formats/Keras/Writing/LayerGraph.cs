using System.Text.Json;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Formats.Keras.Writing;

/// <summary>A network as the layers of a Keras model, with their weights in Keras' layouts.</summary>
internal sealed class LayerGraph
{
    private readonly List<Layer> layers = [];
    private readonly List<LayerWeight> weights = [];
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly FreshNames names;

    /// <summary>Begins with a network's input.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="GraftException">It has several inputs.</exception>
    public LayerGraph(Network network)
    {
        Network = network;
        if (network.Graph.Inputs is not [NetworkInput input]) throw new GraftException($"Network '{network.Graph.Architecture}' takes {network.Graph.Inputs.Length} inputs; models of one image are written for TensorFlow.js.");
        names = new FreshNames(network.Graph.Nodes.Select(node => node.Name).Append(input.Name));
        Input = input;
        values[input.Name] = input.Name;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>What it takes.</summary>
    public NetworkInput Input { get; }

    /// <summary>The layers, each after those that it takes values from; the input is none.</summary>
    public IReadOnlyList<Layer> Layers => layers;

    /// <summary>The weights in the order of the layers.</summary>
    public IReadOnlyList<LayerWeight> Weights => weights;

    /// <summary>The layer that gives a value of the network.</summary>
    public string Value(string name) => values[name];

    /// <summary>Says which layer gives a value of the network.</summary>
    public void SetValue(string name, string layer) => values[name] = layer;

    /// <summary>Adds the layer that gives a node's value.</summary>
    /// <param name="node">The node, whose name it gets.</param>
    /// <param name="type">The layer's class.</param>
    /// <param name="inputs">The layers that it takes values from.</param>
    /// <param name="config">Writes what the class has beside a name.</param>
    public string Finish(Node node, string type, IEnumerable<string> inputs, Action<Utf8JsonWriter>? config = null)
    {
        layers.Add(new Layer(type, node.Name, [.. inputs], config));
        values[node.Name] = node.Name;
        return node.Name;
    }

    /// <summary>Adds a layer that is a step on the way to a node's value.</summary>
    /// <param name="name">The name that it would like.</param>
    /// <param name="type">The layer's class.</param>
    /// <param name="inputs">The layers that it takes values from.</param>
    /// <param name="config">Writes what the class has beside a name.</param>
    public string Add(string name, string type, IEnumerable<string> inputs, Action<Utf8JsonWriter>? config = null)
    {
        name = names.Take(name);
        layers.Add(new Layer(type, name, [.. inputs], config));
        return name;
    }

    /// <summary>Adds y = scale x + shift, a number for each channel or one for all, as a normalization of fixed statistics.</summary>
    /// <param name="name">The name that the layer would like.</param>
    /// <param name="input">The layer that gives x.</param>
    /// <param name="scale">The factors, one for each channel.</param>
    /// <param name="shift">The summands, one for each channel.</param>
    public string AddAffine(string name, string input, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift)
    {
        // sqrt(1 + epsilon) is 1 in float32.
        const double Epsilon = 1e-8;
        string layer = Add(name, "BatchNormalization", [input], writer => WriteNorm(writer, Epsilon));
        float[] ones = new float[scale.Length];
        Array.Fill(ones, 1);
        AddWeight(layer, "gamma", [scale.Length], scale);
        AddWeight(layer, "beta", [scale.Length], shift);
        AddWeight(layer, "moving_mean", [scale.Length], new float[scale.Length]);
        AddWeight(layer, "moving_variance", [scale.Length], ones);
        return layer;
    }

    /// <summary>Adds a weight of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="variable">Keras' name of it, for example <c>kernel</c>.</param>
    /// <param name="extents">Its extents in Keras' layout.</param>
    /// <param name="numbers">Its numbers in Keras' layout.</param>
    public void AddWeight(string layer, string variable, int[] extents, ReadOnlySpan<float> numbers) => weights.Add(new LayerWeight($"{layer}/{variable}", extents, numbers.ToArray()));

    /// <summary>Adds the numbers of a weight transposed: what is <c>[rows, columns]</c> here is <c>[columns, rows]</c> there.</summary>
    public void AddTransposed(string layer, string variable, int[] extents, Tensor weight, int rows)
    {
        ReadOnlySpan<float> from = weight.Span;
        int columns = from.Length / rows;
        float[] to = new float[from.Length];
        for (int row = 0, i = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++) to[(column * rows) + row] = from[i++];
        }

        weights.Add(new LayerWeight($"{layer}/{variable}", extents, to));
    }

    /// <summary>What a BatchNormalization over the last axis has beside its name.</summary>
    public static void WriteNorm(Utf8JsonWriter writer, double epsilon)
    {
        writer.WriteNumber("axis", -1);
        writer.WriteNumber("momentum", 0.99);
        writer.WriteNumber("epsilon", epsilon);
        writer.WriteBoolean("center", true);
        writer.WriteBoolean("scale", true);
    }

    /// <summary>A layer.</summary>
    /// <param name="Type">Its class.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Inputs">The layers that it takes values from.</param>
    /// <param name="Config">Writes what the class has beside a name.</param>
    public sealed record Layer(string Type, string Name, string[] Inputs, Action<Utf8JsonWriter>? Config);

    /// <summary>A weight of a layer.</summary>
    /// <param name="Name">The layer's name, a slash, and the variable's.</param>
    /// <param name="Extents">Its extents.</param>
    /// <param name="Numbers">Its numbers.</param>
    public sealed record LayerWeight(string Name, int[] Extents, float[] Numbers);
}
