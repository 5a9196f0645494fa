using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Plans;

namespace Graft.Inference;

/// <summary>
/// Turns a graph into the steps of a plan: nodes that no output needs are left out, what hands on its input is nothing, normalizations with kept statistics go into the weights before them, additions and
/// activations to the end of the step before them, and a depthwise convolution joins the convolutions on both sides. A value that is an output, or that two nodes take, always stays a value of its own.
/// </summary>
internal sealed class Fusion
{
    private readonly Graph graph;
    private readonly Dictionary<string, string> aliases = [];
    private readonly Dictionary<string, List<Node>> consumers = [];
    private readonly HashSet<string> kept = [];
    private readonly HashSet<string> computed = [];
    private readonly HashSet<string> absorbed = [];
    private readonly ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();

    private Fusion(Graph graph) => this.graph = graph;

    /// <summary>The steps that compute some outputs of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The outputs, by name.</param>
    /// <returns>The steps in order, and the value that holds each output.</returns>
    public static (ImmutableArray<Step> Steps, ImmutableArray<string> Values) Run(Graph graph, ImmutableArray<string> outputs)
    {
        Fusion fusion = new(graph);
        ImmutableArray<string> values = fusion.Prepare(outputs);
        foreach (Node node in graph.Nodes)
        {
            if (fusion.consumers.ContainsKey(node.Name) && !fusion.absorbed.Contains(node.Name) && !fusion.aliases.ContainsKey(node.Name)) fusion.Emit(node);
        }

        return (fusion.steps.ToImmutable(), values);
    }

    /// <summary>Finds who takes each value that is needed. A needed node has an entry in <see cref="consumers"/>.</summary>
    private ImmutableArray<string> Prepare(ImmutableArray<string> outputs)
    {
        foreach (Node node in graph.Nodes)
        {
            if (node.Operation.IsIdentity(isTraining: false)) aliases[node.Name] = Resolve(node.Inputs[0]);
        }

        ImmutableArray<string> values = [.. outputs.Select(name => Resolve(graph.Output(name).Value))];
        foreach (string value in values)
        {
            kept.Add(value);
            consumers.TryAdd(value, []);
        }

        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!consumers.ContainsKey(node.Name) || aliases.ContainsKey(node.Name)) continue;
            foreach (string input in node.Inputs.Select(Resolve).Distinct())
            {
                if (!consumers.TryGetValue(input, out List<Node>? list)) consumers[input] = list = [];
                list.Add(node);
            }
        }

        computed.UnionWith(graph.Inputs.Select(input => input.Name));
        return values;
    }

    private string Resolve(string value) => aliases.GetValueOrDefault(value, value);

    private void Emit(Node node)
    {
        FusedNode first = Fuse(node);
        Step step = node.Operation is Conv2d { IsDense: true } && first.Residual is null && OnlyConsumer(first.Output) is { } next && IsDepthwise(next) ? Joined([first], next)
            : IsDepthwise(node) ? Joined([], first)
            : new Step([first]);
        computed.Add(step.Output);
        steps.Add(step);
    }

    private Step Joined(ImmutableArray<FusedNode> before, Node depthwise)
    {
        absorbed.Add(depthwise.Name);
        return Joined(before, Fuse(depthwise));
    }

    /// <summary>A depthwise convolution with what is before it, and with the 1x1 convolution after it if there is one.</summary>
    private Step Joined(ImmutableArray<FusedNode> before, FusedNode depthwise)
    {
        if (OnlyConsumer(depthwise.Output) is not { Operation: Conv2d { IsPointwise: true } } next) return new Step([.. before, depthwise]);
        absorbed.Add(next.Name);
        return new Step([.. before, depthwise, Fuse(next)]);
    }

    /// <summary>Absorbs what follows a node, as far as its kernel can do it and nothing else looks at what is between.</summary>
    private FusedNode Fuse(Node node)
    {
        EpilogueParts parts = node.Operation.Absorbs(Graph.InputShapes(node, graph.Shapes));
        FusedNode fused = new(node, [.. node.Inputs.Select(Resolve)], node.Name);
        Node? next = OnlyConsumer(fused.Output);
        if (parts.HasFlag(EpilogueParts.Affine) && next?.Operation.IsFixedAffine == true)
        {
            fused = fused with { Norm = next, Output = Absorb(next) };
            next = OnlyConsumer(fused.Output);
        }

        if (parts.HasFlag(EpilogueParts.Sum) && next?.Operation.IsSum == true)
        {
            string first = Resolve(next.Inputs[0]), second = Resolve(next.Inputs[1]), other = first == fused.Output ? second : first;
            if (other != fused.Output && computed.Contains(other))
            {
                fused = fused with { Residual = other, Output = Absorb(next) };
                next = OnlyConsumer(fused.Output);
            }
        }

        return parts.HasFlag(EpilogueParts.Activation) && next?.Operation.Elementwise is { } function ? fused with { Activation = function, Output = Absorb(next) } : fused;
    }

    private string Absorb(Node node)
    {
        absorbed.Add(node.Name);
        return node.Name;
    }

    /// <summary>The node that takes a value, where there is one only and the value is no output.</summary>
    private Node? OnlyConsumer(string value) => !kept.Contains(value) && consumers[value] is [Node only] ? only : null;

    private bool IsDepthwise(Node node) => node.Operation is Conv2d convolution && convolution.IsDepthwise(graph.Shapes[node.Inputs[0]]);
}
