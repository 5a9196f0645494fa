using System.Collections.Immutable;
using System.Diagnostics;
using Graft.Plans;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Inference;

/// <summary>
/// The buffers of one caller of a plan. A session is for one thread at a time; sessions of one plan may run at the same time. Nothing is allocated by a
/// call, unless its batch is larger than any before.
/// </summary>
public sealed unsafe class InferenceSession : IDisposable
{
    private const long MostArenaBytes = 1L << 30;

    private readonly InferencePlan plan;
    private readonly WorkerPool pool;
    private readonly Tensor?[] arenas;
    private readonly Tensor[] scratch;
    private readonly BufferTable[] tables;
    private readonly Tensor?[] outputs;
    private readonly int imageFloats;
    private readonly int[] outputFloats;
    private float* images;
    private int batch, capacity, phase, chunks;
    private InferenceKernel? current;

    internal InferenceSession(InferencePlan plan)
    {
        this.plan = plan;
        pool = WorkerPool.Shared(plan.Threads);
        imageFloats = checked(plan.Input.Height * plan.Input.Width * plan.Input.Channels);
        outputFloats = [.. plan.Outputs.Select(name => (int)plan.OutputShape(name).Count)];
        arenas = new Tensor?[plan.Threads];
        tables = [.. Enumerable.Range(0, plan.Threads).Select(_ => new BufferTable([.. plan.Types]))];
        scratch = [.. Enumerable.Range(0, plan.Threads).Select(_ => Tensor.Uninitialized([Math.Max(1, plan.WorkerFloats)]))];
        outputs = new Tensor?[plan.Outputs.Length];
        Reserve(1);
    }

    /// <summary>Stops a call within a part of a second, also in the middle of an image; its outputs are then undefined. None unless it is set.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Computes every output of the plan and gives out the main one.</summary>
    /// <param name="images">The images <c>[batch, height, width, channels]</c>, preprocessed.</param>
    /// <param name="batch">The number of images, at least 1.</param>
    /// <param name="output">Receives the plan's last output, one after the other for each image.</param>
    /// <exception cref="InferenceException">A span has the wrong length.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> stopped it.</exception>
    public void Run(ReadOnlySpan<float> images, int batch, Span<float> output)
    {
        int expected = outputFloats[^1];
        if (batch >= 1 && output.Length != (long)batch * expected)
            throw new InferenceException($"Output '{plan.Outputs[^1]}' of {Amount.Of(batch, "image")} has {(long)batch * expected} numbers, {plan.OutputShape(plan.Outputs[^1])} for each; the span for it has {output.Length}.");
        Run(images, batch);
        Output(outputs.Length - 1).CopyTo(output);
    }

    /// <summary>Computes every output of the plan; <see cref="Output(string)"/> gives them out.</summary>
    /// <param name="images">The images <c>[batch, height, width, channels]</c>, preprocessed.</param>
    /// <param name="batch">The number of images, at least 1.</param>
    /// <exception cref="InferenceException">The span has the wrong length.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> stopped it.</exception>
    public void Run(ReadOnlySpan<float> images, int batch = 1)
    {
        ObjectDisposedException.ThrowIf(capacity < 0, this);
        if (batch < 1) throw new InferenceException($"A batch holds at least 1 image, not {batch}.");
        if (images.Length != (long)batch * imageFloats)
            throw new InferenceException($"{Amount.Of(batch, "image")} of [{plan.Input.Height}, {plan.Input.Width}, {plan.Input.Channels}] (height, width, channels) are {(long)batch * imageFloats} numbers; the span has {images.Length}.");
        Reserve(batch);
        this.batch = batch;
        fixed (float* start = images)
        {
            this.images = start;
            if (plan.Threads > 1 && RunsApart(batch)) pool.Run(batch, static (state, image, worker) => ((InferenceSession)state).RunAlone(image, worker), this);
            else for (int image = 0; image < batch; image++) RunTogether(image);
        }

        this.images = null;
    }

    /// <summary>An output of the last call, <c>[batch, ...]</c>. The span is valid until the next call.</summary>
    /// <param name="name">The output's name.</param>
    /// <exception cref="InferenceException">The plan does not compute it, or nothing was run yet.</exception>
    public ReadOnlySpan<float> Output(string name) => Output(plan.OutputIndex(name));

    /// <summary>Runs one image on one thread and records what each step takes.</summary>
    /// <param name="image">The image.</param>
    /// <param name="ticks">Receives the time of each step, in units of <see cref="Stopwatch"/>.</param>
    internal void RunTimed(ReadOnlySpan<float> image, Span<long> ticks)
    {
        fixed (float* start = image)
        {
            images = start;
            BufferTable buffers = Bind(0, 0);
            for (int step = 0; step < plan.Kernels.Length; step++)
            {
                long before = Stopwatch.GetTimestamp();
                for (int p = 0; p < plan.Kernels[step].Phases; p++) plan.Kernels[step].Run(buffers, p, 0, 1, scratch[0].Pointer);
                ticks[step] = Stopwatch.GetTimestamp() - before;
            }
        }
    }

    /// <summary>Hands the buffers back.</summary>
    public void Dispose()
    {
        if (capacity < 0) return;
        capacity = -1;
        foreach (Tensor? tensor in (IEnumerable<Tensor?>)[.. arenas, .. scratch, .. outputs]) tensor?.Dispose();
    }

    private ReadOnlySpan<float> Output(int index)
    {
        ObjectDisposedException.ThrowIf(capacity < 0, this);
        if (batch == 0) throw new InferenceException($"There is no output '{plan.Outputs[index]}' yet: call {nameof(Run)} first.");
        return outputs[index]!.Span[..(batch * outputFloats[index])];
    }

    /// <summary>Makes room for a batch: outputs for all its images, and an arena for each image that is computed at the same time.</summary>
    private void Reserve(int images)
    {
        if (images <= capacity) return;
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i]?.Dispose();
            outputs[i] = Tensor.Uninitialized([images, outputFloats[i]]);
        }

        int arenasNeeded = RunsApart(images) ? plan.Threads : 1;
        for (int worker = 0; worker < arenasNeeded; worker++)
        {
            if (arenas[worker] is not null) continue;
            Tensor arena = arenas[worker] = Tensor.Uninitialized([(int)Math.Max(1, plan.ArenaBytes / sizeof(float))]);
            for (int value = 0; value < plan.Offsets.Length; value++)
                if (plan.Offsets[value] >= 0) tables[worker].Place(value, (byte*)arena.Pointer + plan.Offsets[value]);
        }

        capacity = images;
    }

    /// <summary>Points a frame at an image and at its places in the outputs.</summary>
    private BufferTable Bind(int image, int worker)
    {
        BufferTable buffers = tables[worker];
        buffers.Place(0, images + ((nint)image * imageFloats));
        for (int i = 0; i < outputs.Length; i++)
        {
            float* place = outputs[i]!.Pointer + ((nint)image * outputFloats[i]);
            if (plan.OutputValues[i] == 0) new ReadOnlySpan<float>(buffers.Floats(0), imageFloats).CopyTo(new Span<float>(place, imageFloats));
            else buffers.Place(plan.OutputValues[i], place);
        }

        return buffers;
    }

    /// <summary>One image on one worker.</summary>
    private void RunAlone(int image, int worker)
    {
        BufferTable buffers = Bind(image, worker);
        foreach (InferenceKernel kernel in plan.Kernels)
        {
            for (int p = 0; p < kernel.Phases; p++)
            {
                int parts = kernel.Chunks(p, kernel.Pauses);
                for (int part = 0; part < parts; part++)
                {
                    Cancellation.ThrowIfCancellationRequested();
                    kernel.Run(buffers, p, part, parts, scratch[worker].Pointer);
                }
            }
        }

        CopyTwins(buffers, image);
    }

    // One image a thread takes a set of buffers for each: of a network with large ones all threads share one image instead.
    private bool RunsApart(int images) => images >= plan.Threads && plan.ArenaBytes * plan.Threads <= MostArenaBytes;

    /// <summary>One image on all workers.</summary>
    private void RunTogether(int image)
    {
        BufferTable buffers = Bind(image, 0);
        foreach (InferenceKernel kernel in plan.Kernels)
        {
            for (int p = 0; p < kernel.Phases; p++)
            {
                Cancellation.ThrowIfCancellationRequested();
                int parts = kernel.Chunks(p, plan.Threads * kernel.Pauses);
                if (parts <= 1)
                {
                    kernel.Run(buffers, p, 0, 1, scratch[0].Pointer);
                    continue;
                }

                (current, phase, chunks) = (kernel, p, parts);
                pool.Run(parts, static (state, chunk, worker) => ((InferenceSession)state).RunChunk(chunk, worker), this);
            }
        }

        CopyTwins(buffers, image);
    }

    private void RunChunk(int chunk, int worker)
    {
        Cancellation.ThrowIfCancellationRequested();
        current!.Run(tables[0], phase, chunk, chunks, scratch[worker].Pointer);
    }

    /// <summary>Outputs that name one value: the value was written where the last of them lies.</summary>
    private void CopyTwins(BufferTable buffers, int image)
    {
        ImmutableArray<int> values = plan.OutputValues;
        for (int i = 0; i < values.Length - 1; i++)
        {
            if (values[i] == 0 || values.LastIndexOf(values[i]) == i) continue;
            new ReadOnlySpan<float>(buffers.Floats(values[i]), outputFloats[i]).CopyTo(new Span<float>(outputs[i]!.Pointer + ((nint)image * outputFloats[i]), outputFloats[i]));
        }
    }
}
