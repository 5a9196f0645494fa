using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Memory;
using Graft.Plans;

namespace Graft.Training;

/// <summary>
/// The memory of a training plan: activations live from the step that makes them to its backward, their gradients from the last reader's backward to the maker's; what is not alive
/// at the same time shares its place.
/// </summary>
internal sealed unsafe class TrainingMemory : IDisposable
{
    // Rows of whole lines can be written past the caches.
    private const int LineBytes = 64;

    private readonly ImmutableArray<long> offsets;
    private readonly List<(ActivationBuffer Buffer, Purpose Purpose)> owners = [];
    private readonly List<TrainingKernel> workers = [];
    private readonly long activationBytes, sharedFloats;
    private readonly int scratchFloats, threads;
    private HugeMemory? activations, shared;

    /// <summary>Lays out the memory, which is not there before <see cref="Allocate"/>.</summary>
    public TrainingMemory(TrainingStep[] steps, IEnumerable<ActivationBuffer> inputs, IEnumerable<ActivationBuffer> outputs, TrainingOptions options, int threads)
    {
        int batch = options.Batch;
        this.threads = threads;
        HashSet<ActivationBuffer> elsewhere = [.. inputs, .. outputs];
        List<ArenaLayout.Buffer> buffers = [];
        for (int i = 0; i < steps.Length; i++)
        {
            ActivationBuffer buffer = steps[i].Output;
            if (elsewhere.Contains(buffer)) continue;
            int floats = checked(batch * buffer.ImageFloats), backward = (2 * steps.Length) - 1 - i;
            buffer.IsStoredNonTemporal = buffer.Norm is { UsesBatch: true } && buffer.Channels * buffer.Type.Bytes % LineBytes == 0 && (long)floats * buffer.Type.Bytes > options.CacheBytes;
            int lastReader = Array.FindLastIndex(steps, step => step.Inputs.Any(use => use.Buffer == buffer));
            int firstUse = FirstUse(steps, buffer, lastReader);
            buffers.Add(ArenaLayout.Buffer.Of(buffer.Type, floats, i, buffer.IsRecomputed ? lastReader : backward));
            owners.Add((buffer, Purpose.Forward));
            if (buffer.IsRecomputed)
            {
                buffers.Add(ArenaLayout.Buffer.Of(buffer.Type, floats, (2 * steps.Length) - 1 - firstUse, backward));
                owners.Add((buffer, Purpose.Backward));
            }

            buffers.Add(ArenaLayout.Buffer.Of(buffer.Type, floats, (2 * steps.Length) - 1 - lastReader, backward));
            owners.Add((buffer, Purpose.Gradient));
        }

        for (int i = 0; i < steps.Length; i++)
        {
            int floats = steps[i].Kernel.BackwardMemoryFloats(batch), backward = (2 * steps.Length) - 1 - i;
            if (floats == 0) continue;
            buffers.Add(ArenaLayout.Buffer.Of(ElementType.Float32, floats, backward, backward));
            workers.Add(steps[i].Kernel);
        }

        (offsets, activationBytes) = ArenaLayout.Place(buffers);
        scratchFloats = (steps.Select(step => step.Kernel.ScratchFloats).DefaultIfEmpty().Max() + 64) / 16 * 16;
        sharedFloats = steps.Select(step => (long)step.Kernel.PartFloats * step.Kernel.Parts(batch)).DefaultIfEmpty().Max() + ((long)scratchFloats * threads);
    }

    private enum Purpose
    {
        Forward,
        Backward,
        Gradient,
    }

    /// <summary>The size of everything.</summary>
    public long Bytes => activationBytes + (sharedFloats * sizeof(float));

    /// <summary>Where the parts of a step add up weight gradients.</summary>
    public float* Partials => (float*)shared!.Pointer + ((nint)scratchFloats * threads);

    /// <summary>Takes the memory, and tells every value where it lies.</summary>
    public void Allocate()
    {
        activations = new HugeMemory((nuint)Math.Max(sizeof(float), activationBytes));
        for (int i = 0; i < owners.Count; i++)
        {
            float* place = (float*)((byte*)activations.Pointer + offsets[i]);
            switch (owners[i].Purpose)
            {
                case Purpose.Forward:
                    owners[i].Buffer.Data = owners[i].Buffer.ForwardData = place;
                    break;
                case Purpose.Backward:
                    owners[i].Buffer.BackwardData = place;
                    break;
                default:
                    owners[i].Buffer.Gradient = place;
                    break;
            }
        }

        for (int i = 0; i < workers.Count; i++) workers[i].BackwardMemory = (float*)((byte*)activations.Pointer + offsets[owners.Count + i]);
        shared = new HugeMemory((nuint)(sharedFloats + 16) * sizeof(float));
    }

    /// <summary>Whether it was given back.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        activations?.Dispose();
        shared?.Dispose();
    }

    /// <summary>The memory of a worker.</summary>
    public float* Scratch(int worker) => (float*)shared!.Pointer + ((nint)scratchFloats * worker);

    /// <summary>The last step whose backward needs a value, itself or to compute another one again.</summary>
    private static int FirstUse(TrainingStep[] steps, ActivationBuffer buffer, int lastReader)
    {
        for (int i = steps.Length - 1; i > lastReader; i--)
            if (steps[i].Inputs.Any(use => use.Buffer.IsRecomputed && steps.First(step => step.Output == use.Buffer).Inputs.Any(from => from.Buffer == buffer))) return i;
        return lastReader;
    }
}
