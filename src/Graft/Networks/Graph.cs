using System.Collections.Immutable;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks;

/// <summary>
/// The structure of a network without its weights: nodes in topological order with named inputs and outputs. Immutable, and checked when it is made.
/// </summary>
public sealed class Graph
{
    private readonly Dictionary<string, Node> producers = [];
    private readonly Dictionary<string, List<Node>> consumers = [], sharers = [];

    /// <summary>Makes a graph and checks it.</summary>
    /// <param name="architecture">The architecture's name, for example <c>mobilenetv2_100</c>.</param>
    /// <param name="inputs">The inputs; at least one.</param>
    /// <param name="nodes">The nodes, each after the nodes that it takes values from.</param>
    /// <param name="outputs">The outputs; at least one, the main one last.</param>
    /// <exception cref="NetworkException">A name is used twice, a value is unknown, or shapes do not fit.</exception>
    public Graph(string architecture, ImmutableArray<NetworkInput> inputs, ImmutableArray<Node> nodes, ImmutableArray<NetworkOutput> outputs)
    {
        (Architecture, Inputs, Nodes, Outputs) = (architecture, inputs, nodes, outputs);
        if (inputs.IsEmpty) throw new NetworkException("A network takes at least one input; this one has none.");
        if (outputs.IsEmpty) throw new NetworkException("A network gives at least one output; this one has none.");
        Shapes = InferShapes(batch: 1);
        HashSet<string> names = [];
        foreach (NetworkOutput output in outputs)
        {
            if (!names.Add(output.Name)) throw new NetworkException($"The output name '{output.Name}' is used twice.");
            if (!Shapes.ContainsKey(output.Value)) throw new NetworkException($"Output '{output.Name}' names the value '{output.Value}', which nothing computes.");
        }

        Parameters = CollectParameters();
        foreach (Node node in nodes)
        {
            producers.Add(node.Name, node);
            foreach (string value in node.Inputs) Add(consumers, value, node);
            Add(sharers, node.Scope, node);
        }
    }

    /// <summary>The architecture's name.</summary>
    public string Architecture { get; }

    /// <summary>The inputs.</summary>
    public ImmutableArray<NetworkInput> Inputs { get; }

    /// <summary>The nodes in topological order.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The outputs: taps first, the main one last.</summary>
    public ImmutableArray<NetworkOutput> Outputs { get; }

    /// <summary>The shape of every value at batch 1.</summary>
    public IReadOnlyDictionary<string, Shape> Shapes { get; }

    /// <summary>Every parameter and buffer under its full name, in the order of the nodes; shared ones once.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters { get; }

    /// <summary>The output of a name.</summary>
    /// <exception cref="NetworkException">There is none of that name.</exception>
    public NetworkOutput Output(string name) => Outputs.FirstOrDefault(o => o.Name == name)
        ?? throw new NetworkException($"Network '{Architecture}' has no output '{name}'. It has: {string.Join(", ", Outputs.Select(o => o.Name))}.");

    /// <summary>The shape of an output at batch 1.</summary>
    /// <exception cref="NetworkException">There is none of that name.</exception>
    public Shape OutputShape(string name) => Shapes[Output(name).Value];

    /// <summary>The node that computes a value; null for an input, and where nothing bears the name.</summary>
    /// <param name="value">The value's name, which is the node's.</param>
    public Node? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>The nodes that take a value, in their order; one that takes it twice stands there twice. None where nothing bears the name.</summary>
    /// <param name="value">The value's name.</param>
    public IReadOnlyList<Node> Consumers(string value) => consumers.GetValueOrDefault(value) ?? [];

    /// <summary>How often a value is used: by nodes, as in <see cref="Consumers"/>, and by outputs that name it.</summary>
    /// <param name="value">The value's name.</param>
    public int Uses(string value) => Consumers(value).Count + Outputs.Count(output => output.Value == value);

    /// <summary>The node that is a value's only use; null where there are others, another node or an output, or none.</summary>
    /// <param name="value">The value's name.</param>
    internal Node? SoleConsumer(string value) => Uses(value) == 1 && Consumers(value) is [Node only] ? only : null;

    /// <summary>The nodes whose weights bear a scope, in their order: more than one share them.</summary>
    /// <param name="scope">The scope.</param>
    internal IReadOnlyList<Node> Sharers(string scope) => sharers.GetValueOrDefault(scope) ?? [];

    /// <summary>The shape of every value for a batch size.</summary>
    /// <exception cref="NetworkException">A name is used twice, a value is unknown, or shapes do not fit.</exception>
    public IReadOnlyDictionary<string, Shape> InferShapes(int batch)
    {
        Dictionary<string, Shape> shapes = [];
        foreach (NetworkInput input in Inputs)
        {
            if (!shapes.TryAdd(input.Name, [batch, input.Height, input.Width, input.Channels]))
                throw new NetworkException($"The name '{input.Name}' is used twice.");
        }

        foreach (Node node in Nodes)
        {
            Shape output;
            try
            {
                output = node.Operation.OutputShape(InputShapes(node, shapes));
            }
            catch (NetworkException e)
            {
                throw new NetworkException($"Node '{node.Name}': {e.Message}", e);
            }

            if (!shapes.TryAdd(node.Name, output)) throw new NetworkException($"The name '{node.Name}' is used twice.");
        }

        return shapes;
    }

    /// <summary>The shapes of a node's inputs.</summary>
    internal static Shape[] InputShapes(Node node, IReadOnlyDictionary<string, Shape> shapes)
    {
        if (node.Inputs.Length != node.Operation.Arity)
            throw new NetworkException($"A {node.Operation.Label} takes {Amount.Of(node.Operation.Arity, "value")}, not {node.Inputs.Length}.");
        return [.. node.Inputs.Select(name => shapes.TryGetValue(name, out Shape shape)
            ? shape
            : throw new NetworkException($"It takes the value '{name}', which no earlier node computes."))];
    }

    private static void Add(Dictionary<string, List<Node>> lists, string name, Node node)
    {
        if (!lists.TryGetValue(name, out List<Node>? list)) lists.Add(name, list = []);
        list.Add(node);
    }

    private Dictionary<string, Parameter> CollectParameters()
    {
        Dictionary<string, Parameter> parameters = [];
        foreach (Node node in Nodes)
        {
            foreach (Parameter parameter in node.Operation.Parameters(InputShapes(node, Shapes)))
            {
                string name = node.WeightName(parameter.Name);
                if (parameters.TryGetValue(name, out Parameter? shared))
                {
                    if (shared.Shape != parameter.Shape)
                        throw new NetworkException($"Node '{node.Name}' shares the weight '{name}' of shape {shared.Shape}, but needs {parameter.Shape}.");
                }
                else
                {
                    parameters.Add(name, parameter);
                }
            }
        }

        return parameters;
    }
}
