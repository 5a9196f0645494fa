using System.Collections.Frozen;
using Graft.Numerics;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks;

/// <summary>
/// A graph together with its weights and buffers. It is data and computes nothing: plans are compiled from it, and passes make new networks of it.
/// </summary>
public sealed class Network
{
    /// <summary>Joins a graph and its weights.</summary>
    /// <param name="graph">The structure.</param>
    /// <param name="weights">A tensor for every name in <see cref="Graph.Parameters"/>; they must not be changed afterwards.</param>
    /// <exception cref="NetworkException">A weight is missing, unknown, or has another shape.</exception>
    public Network(Graph graph, IReadOnlyDictionary<string, Tensor> weights)
    {
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            if (!weights.TryGetValue(name, out Tensor? weight))
                throw new NetworkException($"Network '{graph.Architecture}' needs the weight '{name}' of shape {parameter.Shape}, which was not given.");
            if (weight.Shape != parameter.Shape)
                throw new NetworkException($"Network '{graph.Architecture}' needs the weight '{name}' of shape {parameter.Shape}, not {weight.Shape}.");
        }

        string? unknown = weights.Keys.FirstOrDefault(name => !graph.Parameters.ContainsKey(name));
        if (unknown is not null) throw new NetworkException($"Network '{graph.Architecture}' has no weight '{unknown}'.");
        (Graph, Weights) = (graph, weights.ToFrozenDictionary());
    }

    /// <summary>The structure.</summary>
    public Graph Graph { get; }

    /// <summary>Weights and buffers by full name. Treat them as read-only: plans and other networks share them.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>A network with random weights, as each operation initializes them.</summary>
    /// <param name="graph">The structure.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static Network Random(Graph graph, ulong seed)
    {
        Dictionary<string, Tensor> weights = [];
        ulong stream = 0;
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            Philox random = new(seed, stream++);
            Initializer initial = parameter.Initial;
            Tensor weight = new(parameter.Shape);
            Span<float> values = weight.Span;
            for (int i = 0; i < values.Length; i++)
            {
                double value = initial.Constant;
                if (initial.NormalDeviation != 0) value += initial.NormalDeviation * random.Normal((ulong)i);
                if (initial.UniformRange != 0) value += initial.UniformRange * ((2 * random.Uniform((ulong)i)) - 1);
                values[i] = (float)value;
            }

            weights.Add(name, weight);
        }

        return new Network(graph, weights);
    }

    /// <summary>A network with another graph, which keeps of the weights what that graph still needs.</summary>
    /// <param name="graph">The other structure.</param>
    /// <param name="changed">Weights that are new, or take the place of this network's; null where there are none.</param>
    /// <exception cref="NetworkException">A weight is in neither, or has another shape.</exception>
    public Network WithGraph(Graph graph, IReadOnlyDictionary<string, Tensor>? changed = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (changed is null) return Needed(graph, Weights);
        Dictionary<string, Tensor> weights = new(Weights);
        foreach ((string name, Tensor weight) in changed) weights[name] = weight;
        return Needed(graph, weights);
    }

    /// <summary>The network with other weights in the place of some; what the network has no place for is left out.</summary>
    /// <param name="changed">The other weights.</param>
    /// <exception cref="NetworkException">A weight has another shape.</exception>
    public Network WithWeights(IReadOnlyDictionary<string, Tensor> changed) => WithGraph(Graph, changed);

    /// <summary>A graph with what it needs of some weights.</summary>
    /// <exception cref="NetworkException">A weight is missing, or has another shape.</exception>
    internal static Network Needed(Graph graph, IReadOnlyDictionary<string, Tensor> weights) =>
        new(graph, weights.Where(weight => graph.Parameters.ContainsKey(weight.Key)).ToDictionary());

    /// <summary>The weight of a node.</summary>
    /// <param name="node">A node of this network.</param>
    /// <param name="parameter">The parameter's name within the node.</param>
    public Tensor Weight(Node node, string parameter) => Weights[node.WeightName(parameter)];
}
