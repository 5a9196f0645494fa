using Graft.Inference;
using Graft.Memory;
using Graft.Training.Steps;

namespace Graft.Training;

/// <summary>
/// The memory of a training plan: activations live from the step that makes them to its backward, their gradients from the last reader's backward to the maker's; what is not alive
/// at the same time shares its place.
/// </summary>
internal sealed unsafe class TrainingMemory
{
    private readonly HugeMemory activations, shared;
    private readonly int scratchFloats;
    private readonly int threads;

    public TrainingMemory(TrainingStep[] steps, IEnumerable<Slot> inputs, IEnumerable<Slot> outputs, TrainingOptions options, int threads)
    {
        int batch = options.Batch;
        this.threads = threads;
        HashSet<Slot> elsewhere = [.. inputs, .. outputs];
        List<ArenaLayout.Buffer> buffers = [];
        List<(Slot Slot, Purpose Purpose)> owners = [];
        for (int i = 0; i < steps.Length; i++)
        {
            Slot slot = steps[i].Output;
            if (elsewhere.Contains(slot)) continue;
            int floats = checked(batch * slot.ImageFloats), backward = (2 * steps.Length) - 1 - i;
            slot.IsStoredAround = slot.Norm is { UsesBatch: true } && slot.Channels % 16 == 0 && (long)floats * sizeof(float) > options.CacheBytes;
            int lastReader = Array.FindLastIndex(steps, step => step.Inputs.Any(source => source.Slot == slot));
            int firstUse = FirstUse(steps, slot, lastReader);
            buffers.Add(new ArenaLayout.Buffer(floats, i, slot.IsRecomputed ? lastReader : backward));
            owners.Add((slot, Purpose.Forward));
            if (slot.IsRecomputed)
            {
                buffers.Add(new ArenaLayout.Buffer(floats, (2 * steps.Length) - 1 - firstUse, backward));
                owners.Add((slot, Purpose.Backward));
            }

            buffers.Add(new ArenaLayout.Buffer(floats, (2 * steps.Length) - 1 - lastReader, backward));
            owners.Add((slot, Purpose.Gradient));
        }

        (var offsets, int total) = ArenaLayout.Place(buffers);
        activations = new HugeMemory((nuint)Math.Max(1, total) * sizeof(float));
        for (int i = 0; i < owners.Count; i++)
        {
            float* place = (float*)activations.Pointer + offsets[i];
            switch (owners[i].Purpose)
            {
                case Purpose.Forward:
                    owners[i].Slot.Data = owners[i].Slot.ForwardData = place;
                    break;
                case Purpose.Backward:
                    owners[i].Slot.BackwardData = place;
                    break;
                default:
                    owners[i].Slot.Gradient = place;
                    break;
            }
        }

        scratchFloats = (steps.Select(step => step.ScratchFloats).DefaultIfEmpty().Max() + 64) / 16 * 16;
        long partials = steps.Select(step => (long)step.PartFloats * step.Parts(batch)).DefaultIfEmpty().Max();
        shared = new HugeMemory((nuint)(partials + ((long)scratchFloats * threads) + 16) * sizeof(float));
        Bytes = (total + partials + ((long)scratchFloats * threads)) * sizeof(float);
    }

    private enum Purpose
    {
        Forward,
        Backward,
        Gradient,
    }

    /// <summary>The size of everything.</summary>
    public long Bytes { get; }

    /// <summary>Where the parts of a step add up weight gradients.</summary>
    public float* Partials => (float*)shared.Pointer + ((nint)scratchFloats * threads);

    /// <summary>The memory of a worker.</summary>
    public float* Scratch(int worker) => (float*)shared.Pointer + ((nint)scratchFloats * worker);

    /// <summary>The last step whose backward needs a value, itself or to compute another one again.</summary>
    private static int FirstUse(TrainingStep[] steps, Slot slot, int lastReader)
    {
        for (int i = steps.Length - 1; i > lastReader; i--)
            if (steps[i].Inputs.Any(source => source.Slot.IsRecomputed && steps.First(step => step.Output == source.Slot).Inputs.Any(from => from.Slot == slot))) return i;
        return lastReader;
    }
}
