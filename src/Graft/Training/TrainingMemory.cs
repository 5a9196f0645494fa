using Graft.Inference;
using Graft.Kernels;
using Graft.Training.Steps;

namespace Graft.Training;

/// <summary>
/// The memory of a training plan: activations live from the step that makes them to its backward, their gradients from the last reader's backward to the maker's; what is not alive
/// at the same time shares its place.
/// </summary>
internal sealed unsafe class TrainingMemory
{
    // Larger values are not in any cache by the time they are read again.
    private const long CacheBytes = 12 << 20;

    private readonly HugeMemory activations, shared;
    private readonly int scratchFloats;
    private readonly int threads;

    public TrainingMemory(TrainingStep[] steps, IEnumerable<Slot> inputs, IEnumerable<Slot> outputs, int batch, int threads)
    {
        this.threads = threads;
        HashSet<Slot> elsewhere = [.. inputs, .. outputs];
        List<ArenaLayout.Buffer> buffers = [];
        List<(Slot Slot, bool IsGradient)> owners = [];
        for (int i = 0; i < steps.Length; i++)
        {
            Slot slot = steps[i].Output;
            if (elsewhere.Contains(slot)) continue;
            int floats = checked(batch * slot.ImageFloats), backward = (2 * steps.Length) - 1 - i;
            slot.IsStoredAround = slot.Norm is { UsesBatch: true } && slot.Channels % 16 == 0 && (long)floats * sizeof(float) > CacheBytes;
            int lastReader = Array.FindLastIndex(steps, step => step.Inputs.Any(source => source.Slot == slot));
            buffers.Add(new ArenaLayout.Buffer(floats, i, backward));
            owners.Add((slot, false));
            buffers.Add(new ArenaLayout.Buffer(floats, (2 * steps.Length) - 1 - lastReader, backward));
            owners.Add((slot, true));
        }

        (var offsets, int total) = ArenaLayout.Place(buffers);
        activations = new HugeMemory((nuint)Math.Max(1, total) * sizeof(float));
        for (int i = 0; i < owners.Count; i++)
        {
            float* place = (float*)activations.Pointer + offsets[i];
            if (owners[i].IsGradient) owners[i].Slot.Gradient = place;
            else owners[i].Slot.Data = place;
        }

        scratchFloats = (steps.Select(step => step.ScratchFloats).DefaultIfEmpty().Max() + 64) / 16 * 16;
        long partials = steps.Select(step => (long)step.PartFloats * step.Parts(batch)).DefaultIfEmpty().Max();
        shared = new HugeMemory((nuint)(partials + ((long)scratchFloats * threads) + 16) * sizeof(float));
        Bytes = (total + partials + ((long)scratchFloats * threads)) * sizeof(float);
    }

    /// <summary>The size of everything.</summary>
    public long Bytes { get; }

    /// <summary>Where the parts of a step add up weight gradients.</summary>
    public float* Partials => (float*)shared.Pointer + ((nint)scratchFloats * threads);

    /// <summary>The memory of a worker.</summary>
    public float* Scratch(int worker) => (float*)shared.Pointer + ((nint)scratchFloats * worker);
}
