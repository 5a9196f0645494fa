using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
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
    private readonly HashSet<string> computed;
    private readonly HashSet<string> absorbed = [];
    private readonly ImmutableArray<InferenceStep>.Builder steps = ImmutableArray.CreateBuilder<InferenceStep>();

    private Fusion(Graph graph)
    {
        this.graph = graph;
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
        return (new Fusion(needed).steps.ToImmutable(), [.. outputs.Select(name => needed.Output(name).Value)]);
    }

    private void Emit(Node node)
    {
        FusedNode first = Fuse(node);
        InferenceStep step = node.Operation is Conv2d { IsDense: true } && first.Residual is null && graph.SoleConsumer(first.Output) is { } next && IsDepthwise(next) ? Joined([first], next)
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
        if (graph.SoleConsumer(depthwise.Output) is not { Operation: Conv2d { IsPointwise: true } } next) return new InferenceStep([.. before, depthwise]);
        absorbed.Add(next.Name);
        return new InferenceStep([.. before, depthwise, Fuse(next)]);
    }

    /// <summary>Absorbs what follows a node, as far as its kernel can do it and nothing else looks at what is between.</summary>
    private FusedNode Fuse(Node node)
    {
        EpilogueParts parts = node.Operation.Absorbs(Graph.InputShapes(node, graph.Shapes));
        FusedNode fused = new(node, node.Inputs, node.Name);
        Node? next = graph.SoleConsumer(fused.Output);
        if (parts.HasFlag(EpilogueParts.Affine) && next?.Operation.IsFixedAffine == true)
        {
            fused = fused with { Norm = next, Output = Absorb(next) };
            next = graph.SoleConsumer(fused.Output);
        }

        if (parts.HasFlag(EpilogueParts.Sum) && next?.Operation.IsSum == true)
        {
            string first = next.Inputs[0], second = next.Inputs[1], other = first == fused.Output ? second : first;
            if (other != fused.Output && computed.Contains(other))
            {
                fused = fused with { Residual = other, Output = Absorb(next) };
                next = graph.SoleConsumer(fused.Output);
            }
        }

        return parts.HasFlag(EpilogueParts.Activation) && next?.Operation.Elementwise is { } function ? fused with { Activation = function, Output = Absorb(next) } : fused;
    }

    private string Absorb(Node node)
    {
        absorbed.Add(node.Name);
        return node.Name;
    }

    private bool IsDepthwise(Node node) => node.Operation is Conv2d convolution && convolution.IsDepthwise(graph.Shapes[node.Inputs[0]]);
}
