using System.Collections.Immutable;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Networks.Passes;
using Graft.Normalization;
using Graft.Tensors;

namespace Graft.Inference;

/// <summary>
/// Turns a graph into the steps of a plan: nodes that no output needs are left out, dropout is nothing, batch norm goes into the weights before it,
/// additions and piecewise linear activations into the end of the layer before them, and a depthwise convolution joins the convolutions on both sides.
/// A value that is an output, or that two nodes take, always stays a value of its own.
/// </summary>
internal sealed class Fusion
{
    private readonly Graph graph;
    private readonly Dictionary<string, string> aliases = [];
    private readonly Dictionary<string, List<Node>> takers = [];
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
            if (fusion.takers.ContainsKey(node.Name) && !fusion.absorbed.Contains(node.Name) && !fusion.aliases.ContainsKey(node.Name)) fusion.Emit(node);
        }

        return (fusion.steps.ToImmutable(), values);
    }

    /// <summary>Finds who takes each value that is needed. A needed node has an entry in <see cref="takers"/>.</summary>
    private ImmutableArray<string> Prepare(ImmutableArray<string> outputs)
    {
        foreach (Node node in graph.Nodes)
        {
            if (node.Operation is Dropout or Activation(ActivationFunction.Identity)) aliases[node.Name] = Resolve(node.Inputs[0]);
        }

        ImmutableArray<string> values = [.. outputs.Select(name => Resolve(graph.Output(name).Value))];
        foreach (string value in values)
        {
            kept.Add(value);
            takers.TryAdd(value, []);
        }

        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!takers.ContainsKey(node.Name) || aliases.ContainsKey(node.Name)) continue;
            foreach (string input in node.Inputs.Select(Resolve).Distinct())
            {
                if (!takers.TryGetValue(input, out List<Node>? list)) takers[input] = list = [];
                list.Add(node);
            }
        }

        computed.UnionWith(graph.Inputs.Select(input => input.Name));
        return values;
    }

    private string Resolve(string value) => aliases.GetValueOrDefault(value, value);

    private void Emit(Node node)
    {
        Step step = node.Operation switch
        {
            Conv2d conv when IsDepthwise(node) => Depthwise(expand: null, node),
            Conv2d conv when IsPlain(node) => Convolution(node),
            Conv2d => new GroupedStep(Fuse(node, withEnd: false)),
            Dense => new DenseStep(Fuse(node)),
            var operation when PictureRule.Knows(operation) => Norm(node),
            _ => new OperationStep(node, [.. node.Inputs.Select(Resolve)]),
        };
        computed.Add(step.Output);
        steps.Add(step);
    }

    private PictureNormStep Norm(Node node)
    {
        PictureNormStep step = new(node, [.. node.Inputs.Select(Resolve)], node.Name, Clamp.None);
        return node.Operation is not FilterResponseNorm { HasThreshold: true } && OnlyTaker(node.Name) is { Operation: Activation(ActivationFunction.Relu or ActivationFunction.Relu6) } next
            ? step with { Clamp = ClampOf(next), Last = Absorb(next) }
            : step;
    }

    private Step Convolution(Node node)
    {
        FusedLayer layer = Fuse(node);
        if (layer.Residual is null && OnlyTaker(layer.Output) is { } next && IsDepthwise(next)) return Depthwise(layer, next);
        return new ConvolutionStep(layer);
    }

    private InvertedResidualStep Depthwise(FusedLayer? expand, Node node)
    {
        absorbed.Add(node.Name);
        FusedLayer depthwise = Fuse(node, withSum: false);
        Node? next = OnlyTaker(depthwise.Output);
        if (next?.Operation is not Conv2d { Kernel: 1, Stride: 1, Groups: 1 } project || project.Padding != default && !project.Padding.IsSame)
            return new InvertedResidualStep(expand, depthwise, Project: null);
        absorbed.Add(next.Name);
        return new InvertedResidualStep(expand, depthwise, Fuse(next));
    }

    /// <summary>Absorbs batch norm, an addition and an activation that follow a layer and that nothing else looks into.</summary>
    private FusedLayer Fuse(Node node, bool withEnd = true, bool withSum = true)
    {
        FusedLayer layer = new(node, Resolve(node.Inputs[0]), node.Name);
        Node? next = OnlyTaker(layer.Output);
        if (next is not null && ChannelNorm.Has(next))
        {
            layer = layer with { Norm = next, Output = Absorb(next) };
            next = OnlyTaker(layer.Output);
        }

        if (withEnd && withSum && next?.Operation is Add)
        {
            string first = Resolve(next.Inputs[0]), second = Resolve(next.Inputs[1]), other = first == layer.Output ? second : first;
            if (other != layer.Output && computed.Contains(other))
            {
                layer = layer with { Residual = other, Output = Absorb(next) };
                next = OnlyTaker(layer.Output);
            }
        }

        if (withEnd && next?.Operation is Activation(ActivationFunction.Relu or ActivationFunction.Relu6)) layer = layer with { Clamp = ClampOf(next), Output = Absorb(next) };
        return layer;
    }

    private static Clamp ClampOf(Node node) => new(0, node.Operation is Activation(ActivationFunction.Relu6) ? 6 : float.PositiveInfinity);

    private string Absorb(Node node)
    {
        absorbed.Add(node.Name);
        return node.Name;
    }

    /// <summary>The node that takes a value, where there is one only and the value is no output.</summary>
    private Node? OnlyTaker(string value) => !kept.Contains(value) && takers[value] is [Node only] ? only : null;

    private bool IsDepthwise(Node node) =>
        node.Operation is Conv2d { Groups: > 1, Dilation: 1 } conv && conv.Groups == conv.Outputs && conv.Groups == graph.Shapes[node.Inputs[0]][3];

    private static bool IsPlain(Node node) => node.Operation is Conv2d { Groups: 1, Dilation: 1 };
}
