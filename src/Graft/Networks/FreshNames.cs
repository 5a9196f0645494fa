namespace Graft.Networks;

/// <summary>Gives names that nothing bears yet.</summary>
/// <param name="taken">The names that are borne.</param>
internal sealed class FreshNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> taken = [.. taken];

    /// <summary>Names that no input, node, scope or output of a graph bears.</summary>
    public FreshNames(Graph graph)
        : this(In(graph))
    {
    }

    /// <summary>The names that are borne in a graph: by inputs, nodes, scopes and outputs.</summary>
    public static IEnumerable<string> In(Graph graph) =>
    [
        .. graph.Inputs.Select(input => input.Name),
        .. graph.Nodes.SelectMany(node => (string[])[node.Name, node.Scope]),
        .. graph.Outputs.Select(output => output.Name),
    ];

    /// <summary>Takes a name as it is.</summary>
    /// <returns>False where something bears it already.</returns>
    public bool TryTake(string name) => taken.Add(name);

    /// <summary>The name itself where it is free, or else the first free one of <c>name_1</c>, <c>name_2</c> and so on. It is borne from now on.</summary>
    public string Take(string name)
    {
        string fresh = name;
        for (int i = 1; !taken.Add(fresh); i++) fresh = $"{name}_{i}";
        return fresh;
    }
}
