using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Inference;

/// <summary>
/// A network compiled for inference: batch norm folded into the weights, activations and additions at the end of the layer before them, inverted residuals as one step,
/// weights packed in the order in which they are read, and buffers placed once.
/// </summary>
/// <remarks>
/// A plan is immutable and may be used from any number of threads; each thread makes a session of its own, and all sessions share the packed weights. Results are the same
/// bits for every number of threads, every batch size and every place in a batch.
/// </remarks>
public sealed class InferencePlan
{
    // A dense layer reads each weight once: what is not in the second-level cache then comes at the speed of memory.
    private const int FarBytes = 1 << 18;

    // More at once would ask for more than memory gives, and slow the convolutions down.
    private const int FarPieces = 8;

    private InferencePlan(Graph graph, int threads)
    {
        Graph = graph;
        Threads = threads;
    }

    /// <summary>The graph that was compiled.</summary>
    public Graph Graph { get; }

    /// <summary>How many threads a call uses.</summary>
    public int Threads { get; }

    /// <summary>The names of the outputs that are computed, the main one last.</summary>
    public ImmutableArray<string> Outputs { get; private init; }

    /// <summary>The network's input.</summary>
    public NetworkInput Input => Graph.Inputs[0];

    /// <summary>The steps, for tests and summaries.</summary>
    internal ImmutableArray<InferenceStep> Steps { get; private init; }

    internal ImmutableArray<InferenceKernel> Kernels { get; private init; }

    /// <summary>For each output, the number of the value that holds it; value 0 is the input.</summary>
    internal ImmutableArray<int> OutputValues { get; private init; }

    /// <summary>For each buffer its place in a session's memory in bytes, or -1 if it lies elsewhere: the input and the outputs.</summary>
    internal ImmutableArray<long> Offsets { get; private init; }

    /// <summary>The type of each buffer's numbers.</summary>
    internal ImmutableArray<ElementType> Types { get; private init; }

    internal long ArenaBytes { get; private init; }

    internal int WorkerFloats { get; private init; }

    /// <summary>The pieces of memory that packed weights lie in, for tests.</summary>
    internal int WeightBlocks { get; private init; }

    /// <summary>Compiles a network.</summary>
    /// <param name="network">The network; later changes of its weights do not reach the plan.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="InferenceException">The network has several inputs, or a node that plans cannot run.</exception>
    /// <exception cref="NetworkException">The network has no output of a name in the options.</exception>
    public static InferencePlan Compile(Network network, InferenceOptions? options = null)
    {
        options ??= new InferenceOptions();
        Graph graph = network.Graph;
        if (graph.Inputs.Length != 1)
            throw new InferenceException($"An inference plan runs networks with one input; '{graph.Architecture}' has {graph.Inputs.Length}: {string.Join(", ", graph.Inputs.Select(i => i.Name))}.");
        ImmutableArray<string> outputs = options.Outputs.IsDefaultOrEmpty ? [graph.Outputs[^1].Name] : options.Outputs;
        (ImmutableArray<InferenceStep> steps, ImmutableArray<string> outputValues) = Fusion.Run(graph, outputs);

        Dictionary<string, int> numbers = new() { [graph.Inputs[0].Name] = 0 };
        foreach (InferenceStep step in steps) numbers.Add(step.Output, numbers.Count);
        int values = numbers.Count;
        WeightBlock block = new(PackedFloats(graph, steps));
        InferenceKernel[] kernels = new InferenceKernel[steps.Length];
        for (int i = 0; i < steps.Length; i++)
            kernels[i] = Kernel(network, steps[i], block).On([.. steps[i].Inputs.Select(name => numbers[name])], numbers[steps[i].Output], values + i);
        FetchAhead(kernels);
        for (int i = 0; i < kernels.Length; i++) kernels[i].Pauses = Pauses(graph, steps[i]);

        ImmutableArray<int> held = [.. outputValues.Select(value => numbers[value])];
        (ImmutableArray<long> offsets, long bytes) = Layout(graph, steps, kernels, numbers, held);
        return new InferencePlan(graph, options.Threads == 0 ? Environment.ProcessorCount : options.Threads)
        {
            Outputs = outputs,
            Steps = steps,
            Kernels = [.. kernels],
            OutputValues = held,
            Offsets = offsets,
            Types = [.. offsets.Select((_, value) => value > 0 && value < values ? kernels[value - 1].OutputType : ElementType.Float32)],
            ArenaBytes = bytes,
            WeightBlocks = block.Count,
            WorkerFloats = kernels.Select(kernel => kernel.WorkerFloats).DefaultIfEmpty().Max(),
        };
    }

    /// <summary>Makes a session: the buffers that a caller needs to run the plan.</summary>
    public InferenceSession CreateSession() => new(this);

    /// <summary>The shape of an output for a batch of one.</summary>
    /// <exception cref="InferenceException">The plan does not compute an output of that name.</exception>
    public Shape OutputShape(string name) => Graph.OutputShape(Outputs[OutputIndex(name)]);

    internal int OutputIndex(string name)
    {
        int index = Outputs.IndexOf(name);
        return index >= 0 ? index : throw new InferenceException(
            $"The plan of '{Graph.Architecture}' does not compute an output '{name}'. It computes: {string.Join(", ", Outputs)}. Name others in {nameof(InferenceOptions)}.{nameof(InferenceOptions.Outputs)}.");
    }

    // A step of usual size runs for milliseconds and is not cut further than its threads need.
    private static int Pauses(Graph graph, InferenceStep step)
    {
        const double WorkOfPause = 1e9, WorkOfElement = 256;
        double work = step.Nodes.Select(fused => fused.Node).Sum(node => (double)node.Operation.MultiplyAdds(Graph.InputShapes(node, graph.Shapes)) + (WorkOfElement * graph.Shapes[node.Name].Count));
        return (int)Math.Clamp(work / WorkOfPause, 1, 1024);
    }

    /// <summary>Makes what runs a step.</summary>
    private static InferenceKernel Kernel(Network network, InferenceStep step, WeightBlock block)
    {
        InferenceNode[] nodes = [.. step.Nodes.Select(fused => Planned(network, fused, block))];
        try
        {
            return nodes.Length == 1 ? step.Nodes[0].Node.Operation.Infer(nodes[0]) : Joined(step, nodes);
        }
        catch (NotSupportedException e)
        {
            Node node = step.Nodes[0].Node;
            throw new InferenceException($"Node '{node.Name}' ({node.Operation.Label}) {e.Message}");
        }
    }

    private static InferenceKernel Joined(InferenceStep step, InferenceNode[] nodes)
    {
        ConvolutionLayer?[] layers = [.. nodes.Zip(step.Nodes, (node, fused) => new ConvolutionLayer((Conv2d)fused.Node.Operation, node))];
        int depthwise = layers[0]!.Convolution.Groups > 1 ? 0 : 1;
        (ConvolutionLayer? expand, ConvolutionLayer middle, ConvolutionLayer? project) = (depthwise == 1 ? layers[0] : null, layers[depthwise]!, layers.ElementAtOrDefault(depthwise + 1));
        return step.Nodes[0].IsOnBytes ? new ByteInvertedResidualInference(expand, middle, project) : new InvertedResidualInference(expand, middle, project);
    }

    private static InferenceNode Planned(Network network, FusedNode fused, WeightBlock block) => new()
    {
        Inputs = [.. fused.Node.Inputs.Select(name => network.Graph.Shapes[name])],
        Grids = fused.Grids,
        Output = network.Graph.Shapes[fused.Node.Name],
        Weight = name => network.Weight(fused.Node, name),
        Block = block,
        Epilogue = new Epilogue
        {
            Affine = fused.Norm?.Operation.Affine(name => network.Weight(fused.Norm, name)),
            HasResidual = fused.Residual is not null,
            Inner = fused.Inner,
            Grid = fused.Grid,
            Activation = fused.Activation,
        },
    };

    /// <summary>Lets the convolutions before a large dense layer fetch its weights, each a piece in proportion to how long it takes.</summary>
    private static void FetchAhead(InferenceKernel[] kernels)
    {
        for (int i = 0; i < kernels.Length; i++)
        {
            if (kernels[i].StreamedWeights is not { Bytes: >= FarBytes } weights) continue;
            InferenceKernel[] before = [.. kernels.Take(i).Where(kernel => kernel.FetchingMultiplyAdds > 0).TakeLast(FarPieces)];
            double total = before.Sum(kernel => (double)kernel.FetchingMultiplyAdds), done = 0;
            foreach (InferenceKernel kernel in before)
            {
                double start = done / total;
                done += kernel.FetchingMultiplyAdds;
                kernel.Far = PrefetchedWeights.Piece(weights, start, done / total);
            }
        }
    }

    /// <summary>An upper bound of what the packed weights of most networks take, so that they lie in one piece.</summary>
    private static int PackedFloats(Graph graph, ImmutableArray<InferenceStep> steps)
    {
        FusedNode[] layers = [.. steps.SelectMany(step => step.Nodes).Where(fused => fused.Node.Operation is ILinearLayer).DistinctBy(fused => (fused.Node.WeightName("weight"), fused.IsOnBytes))];
        long floats = layers.Sum(fused =>
        {
            Shape shape = graph.Parameters[fused.Node.WeightName("weight")].Shape;
            long depth = shape.Count / Math.Max(1, shape[0]);
            return fused.IsOnBytes ? BytePanels.Floats(shape[0], depth) : (SimdWidth.RoundUp(shape[0], 32) + 32L) * (depth + 1);
        });
        return (int)Math.Min(floats, 1 << 28);
    }

    private static (ImmutableArray<long> Offsets, long Bytes) Layout(
        Graph graph, ImmutableArray<InferenceStep> steps, InferenceKernel[] kernels, Dictionary<string, int> numbers, ImmutableArray<int> held)
    {
        List<ArenaLayout.Buffer> buffers = [];
        List<int> owners = [];
        for (int i = 0; i < kernels.Length; i++)
        {
            int value = kernels[i].Output;
            if (!held.Contains(value))
            {
                int last = Array.FindLastIndex(kernels, kernel => kernel.Inputs.Contains(value));
                owners.Add(value);
                buffers.Add(ArenaLayout.Buffer.Of(kernels[i].OutputType, graph.Shapes[steps[i].Nodes[^1].Node.Name].Count, i, last));
            }

            if (kernels[i].SharedFloats > 0)
            {
                owners.Add(numbers.Count + i);
                buffers.Add(ArenaLayout.Buffer.Of(ElementType.Float32, kernels[i].SharedFloats, i, i));
            }
        }

        try
        {
            (ImmutableArray<long> places, long bytes) = ArenaLayout.Place(buffers);
            long[] offsets = new long[numbers.Count + kernels.Length];
            Array.Fill(offsets, -1);
            for (int i = 0; i < places.Length; i++) offsets[owners[i]] = places[i];
            return ([.. offsets], bytes);
        }
        catch (OverflowException)
        {
            throw new InferenceException($"The values of '{graph.Architecture}' take more than 8 GB for an image. Use a lower resolution or fewer channels.");
        }
    }
}
