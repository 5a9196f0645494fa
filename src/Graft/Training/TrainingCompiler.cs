using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Training;

/// <summary>
/// Turns the part of a graph behind its first trained weight into steps. A norm or an activation that alone takes a value becomes something that the value's readers apply; what lies before every
/// trained weight becomes an input.
/// </summary>
internal sealed class TrainingCompiler
{
    private readonly Graph graph, needed;
    private readonly TrainingOptions options;
    private readonly Func<string, Tensor> weights;
    private readonly IReadOnlyDictionary<string, TrainedWeight> trained;
    private readonly Dictionary<string, ActivationBuffer> buffers = [];
    private readonly HashSet<string> differentiated = [], trainedBehind = [], run = [];

    public TrainingCompiler(Graph graph, TrainingOptions options, Func<string, Tensor> weights, IReadOnlyDictionary<string, TrainedWeight> trained)
    {
        (this.graph, this.options, this.weights, this.trained) = (graph, options, weights, trained);
        ImmutableArray<string> names = options.Outputs.IsDefaultOrEmpty ? [graph.Outputs[^1].Name] : options.Outputs;
        Dictionary<string, string> values = names.ToDictionary(name => name, name => graph.Output(name).Value);
        needed = graph.Truncate([.. names]);
        if (options.InputGradient) differentiated.UnionWith(graph.Inputs.Select(i => i.Name));
        foreach (Node node in needed.Nodes)
        {
            bool isTrained = IsTrained(node);
            if (isTrained || node.Inputs.Any(trainedBehind.Contains)) trainedBehind.Add(node.Name);
            if (isTrained || node.Inputs.Any(differentiated.Contains)) differentiated.Add(node.Name);

            // What looks at the whole batch, and all behind it, cannot be left to an inference plan.
            if (differentiated.Contains(node.Name) || node.Inputs.Any(run.Contains) || UsesBatch(node)) run.Add(node.Name);
        }

        foreach (NetworkInput input in graph.Inputs.Where(i => needed.Uses(i.Name) > 0)) Given(input.Name);
        foreach (Node node in needed.Nodes.Where(node => run.Contains(node.Name))) Emit(node);

        foreach ((string name, string value) in values) EmitOutput(name, value);
        Join();
        Order();
        if (options.Precision == TrainingPrecision.BFloat16) Narrow();
    }

    /// <summary>The steps, in order.</summary>
    public List<TrainingStep> Steps { get; } = [];

    /// <summary>The values that are given from outside: inputs of the network, and what its frozen part computes.</summary>
    public Dictionary<string, ActivationBuffer> Inputs { get; } = [];

    /// <summary>What the outputs are copied to, by name.</summary>
    public Dictionary<string, ActivationBuffer> Outputs { get; } = [];

    /// <summary>The normalizations that readers apply.</summary>
    public List<AppliedNorm> Norms { get; } = [];

    private ElementType Narrowest => options.Precision == TrainingPrecision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    private bool IsTrained(Node node) => node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Any(p => trained.ContainsKey(node.WeightName(p.Name)));

    private bool UsesBatch(Node node)
    {
        if (node.Operation.NeedsBatch) return true;
        if (!options.BatchStatistics || !node.Operation.KeepsStatistics) return false;
        bool hasWeights = node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Any(parameter => !parameter.IsBuffer);
        return hasWeights ? IsTrained(node) : options.Trainable is null || node.Inputs.Any(trainedBehind.Contains);
    }

    private void Emit(Node node)
    {
        ImmutableArray<InputUse> uses = [.. node.Inputs.Select(name => new InputUse(Given(name)))];
        ActivationBuffer first = uses[0].Buffer;
        if (node.Operation.IsIdentity(isTraining: true))
        {
            Alias(node, first);
            return;
        }

        bool isApplied = node.Operation.IsAppliedByReaders, joins = isApplied && CanJoin(first) && node.Operation.FitsOn(first);
        ActivationBuffer output = joins ? Alias(node, first) : Make(node, graph.Shapes[node.Name]);
        TrainingNode planned = new()
        {
            Name = node.Name,
            // Its place in the whole graph: what is drawn at random does not change with the outputs that are asked for.
            Number = (ulong)graph.Nodes.IndexOf(node) + 1,
            Inputs = uses,
            Output = output,
            InputShapes = [.. node.Inputs.Select(name => graph.Shapes[name])],
            OutputShape = graph.Shapes[node.Name],
            Weight = name => weights(node.WeightName(name)),
            Gradient = name => trained.GetValueOrDefault(node.WeightName(name))?.Gradient,
            UsesBatch = UsesBatch(node),
            Batch = options.Batch,
            Narrowest = Narrowest,
            CacheBytes = options.CacheBytes,
            SumOverRanks = options.AllReduce is { } ranks ? (SumOverRanks)ranks.Sum : null,
        };
        if (!joins) Steps.Add(new TrainingStep(uses, output, Train(node, planned)));
        if (!isApplied) return;
        node.Operation.ApplyTo(output, planned);
        if (output.Norm is { } norm && !Norms.Contains(norm)) Norms.Add(norm);
    }

    private static TrainingKernel Train(Node node, TrainingNode planned)
    {
        try
        {
            return node.Operation.Train(planned);
        }
        catch (NotSupportedException e)
        {
            throw new TrainingException($"Node '{node.Name}' ({node.Operation.Label}) {e.Message}");
        }
    }

    private void EmitOutput(string name, string value)
    {
        ActivationBuffer buffer = Given(value), copy = BufferOf(value, graph.Shapes[value]);
        copy.NeedsGradient = buffer.NeedsGradient;
        Outputs.Add(name, copy);
        InputUse use = new(buffer);
        Steps.Add(new TrainingStep([use], copy, new CopyKernel(use, copy)));
    }

    private ActivationBuffer Make(Node node, Shape output)
    {
        ActivationBuffer buffer = BufferOf(node.Name, output);
        buffer.NeedsGradient = differentiated.Contains(node.Name);
        return buffers[node.Name] = buffer;
    }

    private ActivationBuffer Alias(Node node, ActivationBuffer buffer)
    {
        buffer.Nodes.Add(node.Name);
        buffer.NeedsGradient |= differentiated.Contains(node.Name);
        return buffers[node.Name] = buffer;
    }

    /// <summary>The buffer of a value; one that no step computes is given from outside.</summary>
    private ActivationBuffer Given(string value)
    {
        if (buffers.TryGetValue(value, out ActivationBuffer? buffer)) return buffer;

        // Inference would leave it out; between the frozen part and the trained one it is the head's.
        if (graph.Producer(value) is { Operation.IsRandom: true } random)
        {
            Emit(random);
            return buffers[value];
        }

        buffer = buffers[value] = Inputs[value] = BufferOf(value, graph.Shapes[value]);
        buffer.NeedsGradient = differentiated.Contains(value);
        return buffer;
    }

    private static ActivationBuffer BufferOf(string name, Shape shape) => shape.Rank == 4 ? new ActivationBuffer(name, shape[1], shape[2], shape[3]) : new ActivationBuffer(name, 1, 1, shape[1]);

    /// <summary>Whether nothing else takes a value, under this or another name.</summary>
    private bool CanJoin(ActivationBuffer buffer) => buffer.Nodes.TrueForAll(name => needed.Uses(name) == 1) && !Inputs.ContainsValue(buffer);

    /// <summary>Leaves out values that are out of the caches before they are read, where the step that makes one and its only reader can do without.</summary>
    private void Join()
    {
        for (int i = 0; i < Steps.Count; i++)
        {
            ActivationBuffer between = Steps[i].Output;
            if ((long)options.Batch * between.ImageFloats * Narrowest.Bytes <= options.LeastJoinedBytes || Outputs.ContainsValue(between)) continue;
            if (options.LeastJoinedBytes > 0 && !Steps[i].Kernel.IsQuickToRepeat) continue;
            int[] readers = [.. Enumerable.Range(0, Steps.Count).Where(reader => Steps[reader].Inputs.Any(use => use.Buffer == between))];
            if (readers.Length != 1 || Steps[readers[0]].Inputs.Length != 1 || Steps[i].Kernel.JoinedBy(Steps[readers[0]].Kernel) is not { } kernel) continue;
            Steps[readers[0]] = new TrainingStep(Steps[i].Inputs, kernel.Output, kernel) { Inside = between };
            Steps.RemoveAt(i--);
        }
    }

    /// <summary>Keeps as bfloat16 what lies between steps that can all read and write it. Features and scores, of one pixel, stay what they are.</summary>
    private void Narrow()
    {
        ILookup<ActivationBuffer, TrainingStep> readers = Steps.SelectMany(step => step.Inputs, (step, use) => (use.Buffer, Step: step)).ToLookup(pair => pair.Buffer, pair => pair.Step);
        foreach (TrainingStep step in Steps)
        {
            if (step.Output.Pixels > 1 && step.Kernel.TakesNarrow && !Outputs.ContainsValue(step.Output) && readers[step.Output].All(reader => reader.Kernel.TakesNarrow)) step.Output.Type = ElementType.BFloat16;
        }
    }

    /// <summary>Who gives its part of a gradient first writes it, the others add; the last also sums up for the norm.</summary>
    private void Order()
    {
        HashSet<ActivationBuffer> begun = [];
        Dictionary<ActivationBuffer, InputUse> last = [];
        foreach (InputUse use in Steps.AsEnumerable().Reverse().Where(step => step.Output.NeedsGradient).SelectMany(step => step.Inputs))
        {
            use.Accumulates = !begun.Add(use.Buffer);
            last[use.Buffer] = use;
        }

        foreach (InputUse use in last.Values) use.IsLast = true;
    }
}
