using System.Collections.Immutable;
using System.Diagnostics;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Plans;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training;

/// <summary>
/// A network compiled for training a set of its weights: forward and backward over a batch. What lies before every trained weight runs as an inference plan; a frozen node behind one passes the
/// gradient on and keeps its weights and buffers bit for bit.
/// </summary>
/// <remarks>The plan owns copies of the weights and buffers. It is for one thread at a time, which it spreads its work from; the same calls give the same bits on any number of threads.</remarks>
public sealed unsafe class TrainingPlan : IDisposable
{
    private const int CopyPieces = 16;

    private readonly TrainingOptions options;
    private readonly Dictionary<string, Tensor> tensors;
    private readonly Dictionary<string, Tensor> inputs = [], outputs = [], inputGradients = [], outputGradients = [];
    private readonly TrainingCompiler compiled;
    private readonly TrainingStep[] steps;
    private readonly TrainingStep[][] again;
    private readonly TrainingMemory memory;
    private readonly WorkerPool pool;
    private readonly InferenceSession? frozen;
    private readonly ImmutableArray<string> frozenValues;
    private readonly nint[] scratch;
    private readonly (TrainingKernel Kernel, int Chunk)[] packs;
    private readonly Dictionary<string, float[]> buffersBefore = [];
    private bool isPacked, isForwarded, isAgain;
    private int count;
    private ulong seed, stepNumber;
    private TrainingKernel? current;
    private int currentParts, phase;
    private (nint Source, int Floats) given;

    private TrainingPlan(Network network, TrainingOptions options)
    {
        (Graph, this.options) = (network.Graph, options);
        pool = WorkerPool.Shared(options.Threads);
        tensors = network.Weights.ToDictionary(w => w.Key, w => new Tensor(w.Value.Shape, w.Value.Span));
        Weights = [.. Graph.Parameters.Where(p => !p.Value.IsBuffer && options.Trainable?.Invoke(p.Key) != false).Select(p => new TrainedWeight(p.Key, tensors[p.Key]))];
        Buffers = Graph.Parameters.Where(p => p.Value.IsBuffer).ToDictionary(p => p.Key, p => tensors[p.Key]);
        compiled = new TrainingCompiler(Graph, options, name => tensors[name], Weights.ToDictionary(w => w.Name));
        steps = [.. compiled.Steps];
        again = options.Recompute ? GradientCheckpointing.Plan(steps) : [.. steps.Select(_ => Array.Empty<TrainingStep>())];
        memory = Lay(Graph, compiled, steps, options, pool.Threads);
        memory.Allocate();

        foreach (NetworkInput input in Graph.Inputs) inputs.Add(input.Name, new Tensor([options.Batch, input.Height, input.Width, input.Channels]));
        foreach ((string name, ActivationBuffer buffer) in compiled.Inputs)
        {
            if (!inputs.TryGetValue(name, out Tensor? tensor)) inputs.Add(name, tensor = new Tensor(Graph.Shapes[name].With(0, options.Batch)));
            buffer.Data = tensor.Pointer;
            if (!buffer.NeedsGradient) continue;
            inputGradients.Add(name, new Tensor(tensor.Shape));
            buffer.Gradient = inputGradients[name].Pointer;
        }

        foreach ((string name, ActivationBuffer buffer) in compiled.Outputs)
        {
            outputs.Add(name, new Tensor(Graph.OutputShape(name).With(0, options.Batch)));
            outputGradients.Add(name, new Tensor(outputs[name].Shape));
            buffer.Data = outputs[name].Pointer;
            buffer.Gradient = outputGradients[name].Pointer;
        }

        frozenValues = [.. compiled.Inputs.Keys.Where(name => Graph.Inputs.All(i => i.Name != name))];
        if (frozenValues.Length > 0) frozen = Prefix(network, frozenValues, options.Threads).CreateSession();
        // The last layers are the largest: whoever took one of them at the end would be waited for. Workers begin with shares of their own.
        (TrainingKernel, int)[] largestFirst = [.. steps.Reverse().SelectMany(step => Enumerable.Range(0, step.Kernel.PackChunks).Select(chunk => (step.Kernel, chunk)))];
        packs = [.. Enumerable.Range(0, pool.Threads).SelectMany(worker => largestFirst.Where((_, i) => i % pool.Threads == worker))];
        scratch = [.. Enumerable.Range(0, pool.Threads).Select(worker => (nint)memory.Scratch(worker))];
    }

    /// <summary>The graph that was compiled.</summary>
    public Graph Graph { get; }

    /// <summary>The largest batch.</summary>
    public int Batch => options.Batch;

    /// <summary>What is trained, in the order of the graph.</summary>
    public IReadOnlyList<TrainedWeight> Weights { get; }

    /// <summary>The running statistics by full name; they may be written between steps.</summary>
    public IReadOnlyDictionary<string, Tensor> Buffers { get; }

    /// <summary>All that a training changes: the weights, and the statistics.</summary>
    internal Dictionary<string, Tensor> Changing => Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)).Concat(Buffers).ToDictionary();

    /// <summary>The memory of activations, gradients of activations and scratch, in bytes.</summary>
    public long ActivationBytes => memory.Bytes;

    /// <summary>
    /// The weight of a batch in the running statistics, in place of every norm's own; null for those. 1 / (t + 1) for the batches t = 0, 1, ... makes them the means over these batches,
    /// the population statistics of the paper's algorithm 2; 0 keeps them.
    /// </summary>
    public float? StatisticsMomentum { get; set; }

    /// <summary>
    /// Stops a forward or a backward at the next of its layers with an <see cref="OperationCanceledException"/>: the running statistics are then what they were before the forward, the gradients zero,
    /// and the weights were not touched, so that it is as if the batch had not been shown.
    /// </summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>The steps, for tests and timings.</summary>
    internal ReadOnlySpan<TrainingStep> Steps => steps;

    /// <summary>Where set, what each step's forward and, behind those of all steps, each step's backward take is added up, in ticks of <see cref="Stopwatch"/>.</summary>
    internal long[]? Ticks { get; set; }

    /// <summary>Compiles a network.</summary>
    /// <param name="network">The network; the plan copies its weights.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="TrainingException">Nothing is trained, or a node is of a kind that plans cannot train through.</exception>
    /// <exception cref="NetworkException">The network has no output of a name in the options.</exception>
    public static TrainingPlan Compile(Network network, TrainingOptions? options = null)
    {
        TrainingPlan plan = new(network, options ?? new TrainingOptions());
        if (plan.compiled.Outputs.Values.Any(buffer => buffer.NeedsGradient)) return plan;
        plan.Dispose();
        throw new TrainingException($"No trained weight reaches an output of '{network.Graph.Architecture}': name at least one in {nameof(TrainingOptions)}.{nameof(TrainingOptions.Trainable)}.");
    }

    /// <summary>What a plan would take, in bytes: <see cref="ActivationBytes"/> and the images of a batch.</summary>
    internal static long Measure(Network network, TrainingOptions options)
    {
        Dictionary<string, TrainedWeight> trained = network.Graph.Parameters.Where(p => !p.Value.IsBuffer && options.Trainable?.Invoke(p.Key) != false).ToDictionary(p => p.Key, p => new TrainedWeight(p.Key, network.Weights[p.Key]));
        TrainingCompiler compiler = new(network.Graph, options, name => network.Weights[name], trained);
        TrainingStep[] steps = [.. compiler.Steps];
        if (options.Recompute) GradientCheckpointing.Plan(steps);
        using TrainingMemory memory = Lay(network.Graph, compiler, steps, options, WorkerPool.Shared(options.Threads).Threads);
        return memory.Bytes + (options.Batch * network.Graph.Inputs.Sum(input => (long)input.Height * input.Width * input.Channels) * sizeof(float));
    }

    private static TrainingMemory Lay(Graph graph, TrainingCompiler compiler, TrainingStep[] steps, TrainingOptions options, int threads)
    {
        try
        {
            return new TrainingMemory(steps, compiler.Inputs.Values, compiler.Outputs.Values, options, threads);
        }
        catch (OverflowException)
        {
            throw new TrainingException($"A batch of {Amount.Of(options.Batch, "image")} needs more than 8 GB of activations in '{graph.Architecture}': a smaller batch, smaller images or {nameof(TrainingOptions.Recompute)} needs less.");
        }
    }

    /// <summary>An input <c>[batch, height, width, channels]</c>: the caller fills the first images before a forward.</summary>
    /// <param name="name">Its name; null for the first.</param>
    public Tensor Input(string? name = null) => Find(inputs, name ?? Graph.Inputs[0].Name, "input");

    /// <summary>An output <c>[batch, ...]</c> of the last forward.</summary>
    /// <param name="name">Its name; null for the last.</param>
    public Tensor Output(string? name = null) => Find(outputs, name ?? compiled.Outputs.Keys.Last(), "output");

    /// <summary>The gradient of the loss with respect to an output: the caller fills it before a backward.</summary>
    /// <param name="name">The output's name; null for the last.</param>
    public Tensor OutputGradient(string? name = null) => Find(outputGradients, name ?? compiled.Outputs.Keys.Last(), "output");

    /// <summary>The gradient of the loss with respect to an input, of the last backward; there where <see cref="TrainingOptions.InputGradient"/> is set.</summary>
    /// <param name="name">The input's name; null for the first.</param>
    public Tensor InputGradient(string? name = null) => Find(inputGradients, name ?? Graph.Inputs[0].Name, "input with a gradient");

    /// <summary>Copies images to the first input, on all threads.</summary>
    internal void SetInput(ReadOnlySpan<float> images)
    {
        if (images.Length > inputs[Graph.Inputs[0].Name].Span.Length) throw new ArgumentException("There are more images than a batch has.", nameof(images));
        fixed (float* source = images)
        {
            given = ((nint)source, images.Length);
            pool.Run(CopyPieces, static (state, piece, _) => ((TrainingPlan)state).CopyPiece(piece), this);
        }
    }

    /// <summary>Computes the outputs in training mode.</summary>
    /// <param name="count">The number of images, 1 to <see cref="Batch"/>.</param>
    /// <param name="seed">The seed of what is random.</param>
    /// <param name="step">The step: the same seed and step drop the same elements. Batch renormalization's limits follow it.</param>
    /// <exception cref="TrainingException">The number of images does not fit.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> stopped it.</exception>
    public void Forward(int count, ulong seed = 0, ulong step = 0)
    {
        ObjectDisposedException.ThrowIf(memory.IsDisposed, this);
        if (count < 1 || count > Batch) throw new TrainingException($"A batch of this plan has 1 to {Batch} images, not {count}.");
        (this.count, this.seed, stepNumber) = (count, seed, step);
        KeepBuffers();
        if (!isPacked) pool.Run(packs.Length, static (state, chunk, _) => ((TrainingPlan)state).Pack(chunk), this);
        isPacked = true;
        RunFrozen();
        pool.Run(compiled.Norms.Count, static (state, norm, _) => ((TrainingPlan)state).Begin(norm), this);
        for (int i = 0; i < steps.Length; i++)
        {
            TrainingStep next = steps[i];
            StopIfCancelled();
            long begin = Stopwatch.GetTimestamp();
            if (next.Output.IsRecomputed) next.Output.Data = next.Output.ForwardData;
            RunParts(next.Kernel, static (state, part, worker) => ((TrainingPlan)state).ForwardPart(part, worker));
            next.Kernel.FinishForward(count, StatisticsMomentum);
            next.Output.Norm?.FinishForward((long)count * next.Output.Pixels, next.Output.Values(0));
            next.Output.Norm?.Track((long)count * next.Output.Pixels, StatisticsMomentum);
            if (Ticks is not null) Ticks[i] += Stopwatch.GetTimestamp() - begin;
        }

        isForwarded = true;
    }

    /// <summary>Adds the gradients of the loss to those of the weights, from <see cref="OutputGradient"/>; once after each forward.</summary>
    /// <exception cref="TrainingException">There was no forward since the last backward.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> stopped it.</exception>
    public void Backward()
    {
        if (!isForwarded) throw new TrainingException($"A backward follows a forward: call {nameof(Forward)} first.");
        isForwarded = false;
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            TrainingStep step = steps[i];
            if (!step.Output.NeedsGradient) continue;
            StopIfCancelled();
            long begin = Stopwatch.GetTimestamp();
            foreach (TrainingStep wanted in again[i])
            {
                // The sums that norms need were taken the first time; what is added to them now is not looked at.
                wanted.Output.Data = wanted.Output.BackwardData;
                isAgain = true;
                RunParts(wanted.Kernel, static (state, part, worker) => ((TrainingPlan)state).ForwardPart(part, worker));
                isAgain = false;
            }

            step.Output.Norm?.FinishBackward((long)count * step.Output.Pixels);
            RunParts(step.Kernel, static (state, part, worker) => ((TrainingPlan)state).BackwardPart(part, worker));
            if (step.Kernel.ReduceChunks > 0) pool.Run(step.Kernel.ReduceChunks, static (state, chunk, _) => ((TrainingPlan)state).ReduceChunk(chunk), this);
            if (Ticks is not null) Ticks[steps.Length + i] += Stopwatch.GetTimestamp() - begin;
            if (step.Kernel.PassOnChunks > 0) pool.Run(step.Kernel.PassOnChunks, static (state, chunk, _) => ((TrainingKernel)state).PassOn(chunk), step.Kernel);
        }
    }

    /// <summary>Sets the gradients of all weights to zero.</summary>
    public void ClearGradients()
    {
        foreach (TrainedWeight weight in Weights) weight.Gradient.Span.Clear();
    }

    /// <summary>To be called after the values of weights were written: the next forward uses them.</summary>
    public void WeightsChanged() => isPacked = false;

    /// <summary>
    /// The first input or node, in the order of the graph, whose value of the last forward is not finite everywhere; null if all are. To be called before the backward. Values that are computed again
    /// in the backward are not there to be looked at.
    /// </summary>
    public string? FirstNonFinite()
    {
        foreach ((string name, ActivationBuffer buffer) in compiled.Inputs)
        {
            if (!buffer.IsFinite(count)) return name;
        }

        foreach (TrainingStep step in steps)
        {
            if (step.Inside is { Norm: { } inner } inside && !inner.IsFinite((long)count * inside.Pixels)) return inner.Name;
            ActivationBuffer buffer = step.Output;
            if (!buffer.IsRecomputed && !buffer.IsFinite(count)) return buffer.Nodes[0];
            if (buffer.Norm is { } norm && !norm.IsFinite((long)count * buffer.Pixels)) return norm.Name;
        }

        return null;
    }

    /// <summary>The network with the weights and statistics as they are now.</summary>
    public Network ToNetwork() => new(Graph, tensors.ToDictionary(t => t.Key, t => new Tensor(t.Value.Shape, t.Value.Span)));

    /// <summary>Hands back what a step needs beyond the weights: nothing can be computed any more.</summary>
    internal void ReleaseActivations() => memory.Dispose();

    /// <summary>Hands the memory back.</summary>
    public void Dispose()
    {
        ReleaseActivations();
        frozen?.Dispose();
        foreach (Tensor tensor in (IEnumerable<Tensor>)[.. inputs.Values, .. outputs.Values, .. inputGradients.Values, .. outputGradients.Values]) tensor.Dispose();
    }

    /// <summary>What computes the values in front of all that is trained.</summary>
    private static InferencePlan Prefix(Network network, ImmutableArray<string> values, int threads) => InferencePlan.Compile(
        network.Between([.. network.Graph.Inputs.Select(input => input.Name)], [.. values.Select(value => new NetworkOutput(value, value))]),
        new InferenceOptions { Threads = threads, Outputs = values });

    private static Tensor Find(Dictionary<string, Tensor> tensors, string name, string kind) => tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new TrainingException($"This plan has no {kind} '{name}'. It has: {(tensors.Count == 0 ? "none" : string.Join(", ", tensors.Keys))}.");

    private void RunFrozen()
    {
        if (frozen is null) return;
        Tensor input = inputs[Graph.Inputs[0].Name];
        frozen.Cancellation = Cancellation;
        try
        {
            frozen.Run(input.Span[..(int)(input.Shape.Count / Batch * count)], count);
        }
        catch (OperationCanceledException)
        {
            StopIfCancelled();
            throw;
        }

        foreach (string value in frozenValues) frozen.Output(value).CopyTo(inputs[value].Span);
    }

    // Statistics move while a forward goes through the layers, long before its backward ends.
    private void KeepBuffers()
    {
        if (!Cancellation.CanBeCanceled) return;
        foreach ((string name, Tensor buffer) in Buffers)
        {
            if (!buffersBefore.TryGetValue(name, out float[]? before)) buffersBefore.Add(name, before = new float[buffer.Span.Length]);
            buffer.Span.CopyTo(before);
        }
    }

    /// <summary>Where the step is to be stopped, takes back what it did.</summary>
    private void StopIfCancelled()
    {
        if (!Cancellation.IsCancellationRequested) return;
        foreach ((string name, float[] before) in buffersBefore) before.CopyTo(Buffers[name].Span);
        ClearGradients();
        isForwarded = false;
        Cancellation.ThrowIfCancellationRequested();
    }

    private void RunParts(TrainingKernel kernel, Chunk run)
    {
        current = kernel;
        for (phase = 0; phase < kernel.Phases(count); phase++)
        {
            currentParts = kernel.Parts(count, phase);
            pool.Run(currentParts, run, this);
        }
    }

    private Work WorkOf(int part, int worker) => new(count, part, currentParts, scratch[worker], (nint)memory.Partials, seed, stepNumber, phase, isAgain);

    private void Pack(int chunk) => packs[chunk].Kernel.Pack(packs[chunk].Chunk);

    private void CopyPiece(int piece)
    {
        Span<float> input = inputs[Graph.Inputs[0].Name].Span;
        (int first, int end) = Division.Share(given.Floats, piece, CopyPieces, 16);
        new ReadOnlySpan<float>((float*)given.Source + first, end - first).CopyTo(input[first..]);
    }

    private void Begin(int norm) => compiled.Norms[norm].Begin(stepNumber);

    private void ForwardPart(int part, int worker) => current!.Forward(WorkOf(part, worker));

    private void BackwardPart(int part, int worker) => current!.Backward(WorkOf(part, worker));

    private void ReduceChunk(int chunk) => current!.Reduce(chunk, currentParts, memory.Partials);
}
