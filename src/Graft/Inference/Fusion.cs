using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Plans;

namespace Graft.Inference;

/// <summary>
/// Turns a graph into the steps of a plan: nodes that no output needs are left out, what hands on its input is nothing, normalizations with kept statistics go into the weights before them, additions and
/// activations to the end of the step before them, and a depthwise convolution joins the convolutions on both sides. A value that is an output, or that two nodes take, always stays a value of its own.
/// What lies between values of a <see cref="FakeQuantize"/> is computed on bytes where all of it can be (<see cref="ByteValues"/>); who wants such a value as numbers gets a copy.
/// </summary>
internal sealed class Fusion
{
    private readonly Graph graph;
    private readonly HashSet<string> computed;
    private readonly HashSet<string> absorbed = [];
    private readonly ImmutableArray<InferenceStep>.Builder steps = ImmutableArray.CreateBuilder<InferenceStep>();
    private readonly ByteValues bytes;
    private readonly Dictionary<string, string> numbers = [];
    private readonly FreshNames names;

    private Fusion(Graph graph)
    {
        this.graph = graph;
        bytes = new ByteValues(graph);
        names = new FreshNames(graph.Nodes.Select(node => node.Name).Concat(graph.Inputs.Select(input => input.Name)));
        computed = [.. graph.Inputs.Select(input => input.Name)];
        foreach (Node node in graph.Nodes)
            if (!absorbed.Contains(node.Name)) Emit(node);
    }

    /// <summary>The steps that compute some outputs of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The outputs, by name.</param>
    /// <returns>The steps in order, and the value that holds each output.</returns>
    public static (ImmutableArray<InferenceStep> Steps, ImmutableArray<string> Values) Run(Graph graph, ImmutableArray<string> outputs)
    {
        Graph needed = graph.Truncate([.. outputs.Distinct()]).Bypass(node => node.Operation.IsIdentity(isTraining: false));
        Fusion fusion = new(needed);
        ImmutableArray<string> values = [.. outputs.Select(name => fusion.AsNumbers(needed.Output(name).Value))];
        return (fusion.steps.ToImmutable(), values);
    }

    private void Emit(Node node)
    {
        FusedNode first = Fuse(node);
        InferenceStep step = node.Operation is Conv2d { IsDense: true } && first.Residual is null && graph.SoleConsumer(first.Output) is { } next && IsDepthwise(next) && AreAlike(first, next) ? Joined([first], next)
            : IsDepthwise(node) ? Joined([], first)
            : new InferenceStep([first]);
        computed.Add(step.Output);
        steps.Add(step);
    }

    private InferenceStep Joined(ImmutableArray<FusedNode> before, Node depthwise)
    {
        absorbed.Add(depthwise.Name);
        return Joined(before, Fuse(depthwise));
    }

    /// <summary>A depthwise convolution with what is before it, and with the 1x1 convolution after it if there is one.</summary>
    private InferenceStep Joined(ImmutableArray<FusedNode> before, FusedNode depthwise)
    {
        if (graph.SoleConsumer(depthwise.Output) is not { Operation: Conv2d { IsPointwise: true } } next || !AreAlike(depthwise, next)) return new InferenceStep([.. before, depthwise]);
        absorbed.Add(next.Name);
        return new InferenceStep([.. before, depthwise, Fuse(next)]);
    }

    /// <summary>Absorbs what follows a node, as far as its kernel can do it and nothing else looks at what is between.</summary>
    private FusedNode Fuse(Node node)
    {
        if (bytes.Takes(node)) return FuseBytes(node);
        EpilogueParts parts = node.Operation.Absorbs(Graph.InputShapes(node, graph.Shapes));
        FusedNode fused = new(node, [.. node.Inputs.Select(AsNumbers)], node.Name);
        if (node.Operation is FakeQuantize) return fused with { Grid = bytes.GridOf(node.Name) };
        Node? next = graph.SoleConsumer(fused.Output);
        if (parts.HasFlag(EpilogueParts.Affine) && next?.Operation.IsFixedAffine == true)
        {
            fused = fused with { Norm = next, Output = Absorb(next) };
            next = graph.SoleConsumer(fused.Output);
        }

        if (parts.HasFlag(EpilogueParts.Sum) && next?.Operation.IsSum == true && Other(next, fused.Output) is { } other)
        {
            fused = fused with { Residual = AsNumbers(other), Output = Absorb(next) };
            next = graph.SoleConsumer(fused.Output);
        }

        return parts.HasFlag(EpilogueParts.Activation) && next?.Operation.Elementwise is { } function ? fused with { Activation = function, Output = Absorb(next) } : fused;
    }

    /// <summary>The same of a node on bytes: an activation and the rounding behind it, and behind these an addition with its own.</summary>
    private FusedNode FuseBytes(Node node)
    {
        FusedNode fused = Rounded(new FusedNode(node, node.Inputs, node.Name) { Grids = [.. node.Inputs.Select(input => bytes.GridOf(input)!.Value)] });
        if (fused is not { Grid: { } inner, Activation: var activation } || activation != ActivationFunction.Identity) return fused;
        bool adds = node.Operation.Absorbs(Graph.InputShapes(node, graph.Shapes)).HasFlag(EpilogueParts.Sum);
        return adds && graph.SoleConsumer(fused.Output) is { Operation.IsSum: true } next && bytes.Takes(next) && Other(next, fused.Output) is { } other
            ? Rounded(fused with { Inner = inner, Grid = null, Residual = other, Grids = fused.Grids.Add(bytes.GridOf(other)!.Value), Output = Absorb(next) })
            : fused;
    }

    /// <summary>Absorbs an activation, and the rounding to bytes behind it.</summary>
    private FusedNode Rounded(FusedNode fused)
    {
        Node? next = graph.SoleConsumer(fused.Output);
        if (next?.Operation.Elementwise is { } function)
        {
            fused = fused with { Activation = function, Output = Absorb(next) };
            next = graph.SoleConsumer(fused.Output);
        }

        return next is { Operation: FakeQuantize } && bytes.GridOf(next.Name) is { } grid ? fused with { Grid = grid, Output = Absorb(next) } : fused;
    }

    /// <summary>What an addition adds to a value, where that is another one and computed already.</summary>
    private string? Other(Node sum, string value)
    {
        string other = sum.Inputs[0] == value ? sum.Inputs[1] : sum.Inputs[0];
        return other != value && computed.Contains(other) ? other : null;
    }

    /// <summary>Whether a step and its reader, of which one is a depthwise convolution, can be joined: both on numbers, or both on bytes where its kernel can be done.</summary>
    private bool AreAlike(FusedNode before, Node next)
    {
        if (before.IsOnBytes != bytes.Takes(next)) return false;
        if (!before.IsOnBytes) return true;
        return IsDepthwise(next) ? ByteInvertedResidualInference.Fits((Conv2d)next.Operation) && bytes.GivesBytes(next) : ByteInvertedResidualInference.Fits((Conv2d)before.Node.Operation);
    }

    /// <summary>The name of a value as numbers; bytes are copied.</summary>
    private string AsNumbers(string value)
    {
        if (bytes.GridOf(value) is not { } grid) return value;
        if (numbers.TryGetValue(value, out string? copy)) return copy;
        copy = numbers[value] = names.Take($"{value}.numbers");
        steps.Add(new InferenceStep([new FusedNode(graph.Producer(value)!, [value], copy) { Grids = [grid] }]));
        return copy;
    }

    private string Absorb(Node node)
    {
        absorbed.Add(node.Name);
        return node.Name;
    }

    private bool IsDepthwise(Node node) => node.Operation is Conv2d convolution && convolution.IsDepthwise(graph.Shapes[node.Inputs[0]]);
}
