using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Normalization;
using Graft.Tensors;
using Graft.Training.Steps;

namespace Graft.Training;

/// <summary>
/// Turns the part of a graph behind its first trained weight into steps. A norm or an activation that alone takes a value becomes something that the value's readers apply; what lies before every
/// trained weight becomes an input.
/// </summary>
internal sealed class TrainingCompiler
{
    private readonly Graph graph;
    private readonly TrainingOptions options;
    private readonly Func<string, Tensor> weights;
    private readonly IReadOnlyDictionary<string, TrainedWeight> trained;
    private readonly Dictionary<string, Slot> slots = [];
    private readonly Dictionary<string, int> takers = [];
    private readonly HashSet<string> differentiated = [], trainedBehind = [], run = [];

    public TrainingCompiler(Graph graph, TrainingOptions options, Func<string, Tensor> weights, IReadOnlyDictionary<string, TrainedWeight> trained)
    {
        (this.graph, this.options, this.weights, this.trained) = (graph, options, weights, trained);
        ImmutableArray<string> names = options.Outputs.IsDefaultOrEmpty ? [graph.Outputs[^1].Name] : options.Outputs;
        Dictionary<string, string> values = names.ToDictionary(name => name, name => graph.Output(name).Value);
        foreach (string value in values.Values) takers[value] = takers.GetValueOrDefault(value) + 1;
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!takers.ContainsKey(node.Name)) continue;
            foreach (string input in node.Inputs) takers[input] = takers.GetValueOrDefault(input) + 1;
        }

        if (options.InputGradient) differentiated.UnionWith(graph.Inputs.Select(i => i.Name));
        foreach (Node node in graph.Nodes)
        {
            if (!takers.ContainsKey(node.Name)) continue;
            bool isTrained = IsTrained(node);
            if (isTrained || node.Inputs.Any(trainedBehind.Contains)) trainedBehind.Add(node.Name);
            if (isTrained || node.Inputs.Any(differentiated.Contains)) differentiated.Add(node.Name);

            // What looks at the whole batch, and all behind it, cannot be left to an inference plan.
            if (differentiated.Contains(node.Name) || node.Inputs.Any(run.Contains) || UsesBatch(node)) run.Add(node.Name);
        }

        foreach (NetworkInput input in graph.Inputs.Where(i => takers.ContainsKey(i.Name))) Given(input.Name);
        ulong number = 0;
        foreach (Node node in graph.Nodes)
        {
            number++;
            if (run.Contains(node.Name)) Emit(node, number);
        }

        foreach ((string name, string value) in values) EmitOutput(name, value);
        Order();
    }

    /// <summary>The steps, in order.</summary>
    public List<TrainingStep> Steps { get; } = [];

    /// <summary>The values that are given from outside: inputs of the network, and what its frozen part computes.</summary>
    public Dictionary<string, Slot> Inputs { get; } = [];

    /// <summary>What the outputs are copied to, by name.</summary>
    public Dictionary<string, Slot> Outputs { get; } = [];

    /// <summary>The batch norms.</summary>
    public List<(NormState Norm, Slot Slot)> Norms { get; } = [];

    private bool IsTrained(Node node) => node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Any(p => trained.ContainsKey(node.WeightName(p.Name)));

    private bool UsesBatch(Node node)
    {
        if (node.Operation is not BatchStatisticsNorm norm) return false;
        if (norm.Statistics == KeptStatistics.None) return true;
        return options.BatchStatistics && (norm.IsAffine ? IsTrained(node) : options.Trainable is null || node.Inputs.Any(trainedBehind.Contains));
    }

    private void Emit(Node node, ulong number)
    {
        Source[] sources = [.. node.Inputs.Select(name => new Source(Given(name)))];
        Shape input = graph.Shapes[node.Inputs[0]], output = graph.Shapes[node.Name];
        switch (node.Operation)
        {
            case Dropout { Rate: 0 } or Activation { Function: ActivationFunction.Identity }:
                Alias(node, sources[0].Slot);
                break;
            case BatchStatisticsNorm norm:
                Slot normalized = CanJoin(sources[0].Slot) && sources[0].Slot.IsPlain ? Alias(node, sources[0].Slot) : Copy(node, sources, input, output, number);
                NormPlan plan = new(UsesBatch(node), options.Batch, name => weights(node.WeightName(name)), name => Trained(node, name), options.AllReduce);
                normalized.Norm = new NormState(norm, normalized, plan) { Name = node.Name };
                Norms.Add((normalized.Norm, normalized));
                break;
            case Activation { Function: ActivationFunction.Relu or ActivationFunction.Relu6 } activation:
                Slot activated = CanJoin(sources[0].Slot) && sources[0].Slot.Clamp.IsNone ? Alias(node, sources[0].Slot) : Copy(node, sources, input, output, number);
                activated.Clamp = new Clamp(0, activation.Function == ActivationFunction.Relu6 ? 6 : float.PositiveInfinity);
                break;
            case Conv2d convolution:
                EmitConvolution(node, convolution, sources[0], input, output);
                break;
            case Dense dense:
                WindowGeometry rows = WindowGeometry.Of(new Conv2d(dense.Outputs, 1), [1, 1, 1, input[1]]);
                Steps.Add(new ConvolutionStep(
                    rows, sources[0], Make(node, output), weights(node.WeightName("weight")), dense.HasBias ? weights(node.WeightName("bias")) : null, Trained(node, "weight"), Trained(node, "bias")));
                break;
            case var operation when PictureRule.Knows(operation):
                Steps.Add(new PictureNormStep(RuleOf(node, output[^1]), [.. sources], Make(node, output), options.Batch, options.CacheBytes));
                break;
            case var operation when PixelRule.Knows(operation):
                PixelRule pixelRule = PixelRule.Of(operation, output[^1], name => weights(node.WeightName(name)))!;
                Steps.Add(new PixelNormStep(pixelRule, sources[0], Make(node, output), Trained(node, "weight"), Trained(node, "bias"), options.Batch, options.CacheBytes));
                break;
            case var operation when OperationStep.Knows(operation):
                Copy(node, sources, input, output, number);
                break;
            default:
                throw new TrainingException($"A training plan cannot run node '{node.Name}': it does not know the operation '{node.Operation.Label}'.");
        }
    }

    private void EmitConvolution(Node node, Conv2d convolution, Source source, Shape input, Shape output)
    {
        WindowGeometry geometry = WindowGeometry.Of(convolution, input);
        Slot slot = Make(node, output);
        Tensor weight = weights(node.WeightName("weight"));
        Tensor? bias = convolution.HasBias ? weights(node.WeightName("bias")) : null;
        TrainedWeight? trainedWeight = Trained(node, "weight"), trainedBias = Trained(node, "bias");
        StandardizedWeight? standardized = convolution.StandardizeWeight ? new StandardizedWeight(convolution.StandardizationEpsilon, weight, trainedWeight) : null;
        if (standardized is not null) (weight, trainedWeight) = (standardized.Value, standardized.Inner);
        Steps.Add(DepthwiseStep.Fits(geometry)
            ? new DepthwiseStep(geometry, source, slot, weight, bias, trainedWeight, trainedBias) { Standardized = standardized }
            : WindowConvolutionStep.Fits(geometry)
            ? new WindowConvolutionStep(geometry, source, slot, weight, bias, trainedWeight, trainedBias) { Standardized = standardized }
            : new ConvolutionStep(geometry, source, slot, weight, bias, trainedWeight, trainedBias) { Standardized = standardized });
    }

    private PictureRule RuleOf(Node node, int channels)
    {
        // What has no parameter that could be trained is as if it were.
        Parameter[] parameters = [.. node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Where(p => !p.IsBuffer)];
        bool usesBatch = options.BatchStatistics && (parameters.Length == 0 || IsTrained(node));
        return PictureRule.Of(node.Operation, channels, usesBatch, name => weights(node.WeightName(name)), name => Trained(node, name)?.Gradient)!;
    }

    private Slot Copy(Node node, Source[] sources, Shape input, Shape output, ulong number)
    {
        Slot slot = Make(node, output);
        Steps.Add(new OperationStep(node.Operation, [.. sources], slot, input, output, number));
        return slot;
    }

    private void EmitOutput(string name, string value)
    {
        Slot slot = Given(value), copy = SlotOf(value, graph.Shapes[value]);
        copy.NeedsGradient = slot.NeedsGradient;
        Outputs.Add(name, copy);
        Steps.Add(new OperationStep(new Activation(ActivationFunction.Identity), [new Source(slot)], copy, graph.Shapes[value], graph.Shapes[value], 0));
    }

    private Slot Make(Node node, Shape output)
    {
        Slot slot = SlotOf(node.Name, output);
        slot.NeedsGradient = differentiated.Contains(node.Name);
        return slots[node.Name] = slot;
    }

    private Slot Alias(Node node, Slot slot)
    {
        slot.Nodes.Add(node.Name);
        slot.NeedsGradient |= differentiated.Contains(node.Name);
        return slots[node.Name] = slot;
    }

    /// <summary>The slot of a value; one that no step computes is given from outside.</summary>
    private Slot Given(string value)
    {
        if (slots.TryGetValue(value, out Slot? slot)) return slot;

        // Inference would leave it out; between the frozen part and the trained one it is the head's.
        if (graph.Nodes.FirstOrDefault(node => node.Name == value) is { Operation: Dropout { Rate: > 0 } } dropout)
        {
            Emit(dropout, (ulong)graph.Nodes.IndexOf(dropout) + 1);
            return slots[value];
        }

        slot = slots[value] = Inputs[value] = SlotOf(value, graph.Shapes[value]);
        slot.NeedsGradient = differentiated.Contains(value);
        return slot;
    }

    private static Slot SlotOf(string name, Shape shape) => shape.Rank == 4 ? new Slot(name, shape[1], shape[2], shape[3]) : new Slot(name, 1, 1, shape[1]);

    /// <summary>Whether nothing else takes a value, under this or another name.</summary>
    private bool CanJoin(Slot slot) => slot.Nodes.TrueForAll(name => takers[name] == 1) && !Inputs.ContainsValue(slot);

    private TrainedWeight? Trained(Node node, string parameter) => trained.GetValueOrDefault(node.WeightName(parameter));

    /// <summary>Who gives its part of a gradient first writes it, the others add; the last also sums up for the norm.</summary>
    private void Order()
    {
        HashSet<Slot> begun = [];
        Dictionary<Slot, Source> last = [];
        foreach (Source source in Steps.AsEnumerable().Reverse().Where(step => step.Output.NeedsGradient).SelectMany(step => step.Inputs))
        {
            source.Accumulates = !begun.Add(source.Slot);
            last[source.Slot] = source;
        }

        foreach (Source source in last.Values) source.Completes = true;
    }
}
