using System.Collections.Immutable;

namespace Graft.Training.Steps;

/// <summary>
/// A step of a training plan. Its work is cut into parts that depend on the batch alone, never on the number of threads; each part adds up in its own
/// memory, and what parts added up is added in their order: the same bits on any number of threads.
/// </summary>
internal abstract unsafe class TrainingStep(ImmutableArray<Source> inputs, Slot output)
{
    /// <summary>The most parts of any step.</summary>
    public const int MostParts = 16;

    /// <summary>The values that it reads.</summary>
    public ImmutableArray<Source> Inputs { get; } = inputs;

    /// <summary>The value that it writes.</summary>
    public Slot Output { get; } = output;

    /// <summary>The weights that it multiplies by, where they are standardized ones.</summary>
    public StandardizedWeight? Standardized { get; init; }

    /// <summary>The numbers that a worker needs for itself.</summary>
    public virtual int ScratchFloats => 0;

    /// <summary>The numbers that each part needs to add up weight gradients in.</summary>
    public virtual int PartFloats => 0;

    /// <summary>Into how many pieces <see cref="Reduce"/> is cut.</summary>
    public virtual int ReduceChunks => 0;

    /// <summary>Into how many parts the work on a batch is cut: whole pictures.</summary>
    public virtual int Parts(int count) => Math.Min(count, MostParts);

    /// <summary>How many times all parts must be done before any may go on.</summary>
    public virtual int Phases(int count) => 1;

    /// <summary>Into how many parts a phase is cut.</summary>
    public virtual int Parts(int count, int phase) => Parts(count);

    /// <summary>Takes over weights that changed.</summary>
    public virtual void Pack()
    {
    }

    /// <summary>Computes a part of the output.</summary>
    public abstract void Forward(in Work work);

    /// <summary>Once after each forward of a training; not where the output is computed again for the backward.</summary>
    /// <param name="count">The pictures in the batch.</param>
    /// <param name="momentum">The weight of this batch in running statistics; null for every operation's own.</param>
    public virtual void FinishForward(int count, float? momentum)
    {
    }

    /// <summary>Gives the inputs their gradients and adds up those of the weights.</summary>
    public abstract void Backward(in Work work);

    /// <summary>Adds what the parts added up to the gradients of the weights.</summary>
    /// <param name="chunk">Which piece.</param>
    /// <param name="parts">The number of parts of the backward.</param>
    /// <param name="partials">The memory of all parts.</param>
    public virtual void Reduce(int chunk, int parts, float* partials)
    {
    }

    /// <summary>The pictures of a part.</summary>
    protected static (int First, int End) Images(in Work work) => Share(work.Count, work.Part, work.Parts);

    /// <summary>A part of a range.</summary>
    protected static (int First, int End) Share(int count, int part, int parts) => ((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts));

    /// <summary>A size rounded up so that what follows begins on a 64-byte boundary.</summary>
    protected static int Align(int floats) => (floats + 15) / 16 * 16;

    /// <summary>A row length for scratch memory: whole vectors, and no power of two, whose rows would all fall into the same few lines of the cache.</summary>
    protected static int Pitch(int channels) => Align(channels) % 128 == 0 ? Align(channels) + 16 : Align(channels);
}

/// <summary>A part of a step's work.</summary>
/// <param name="Count">The pictures in the batch.</param>
/// <param name="Part">Which part.</param>
/// <param name="Parts">The number of parts.</param>
/// <param name="Scratch">Memory of this worker.</param>
/// <param name="Partials">Memory of all parts.</param>
/// <param name="Seed">The seed of the training's random choices.</param>
/// <param name="Step">The step of the training.</param>
/// <param name="Phase">The phase of the work.</param>
internal readonly unsafe record struct Work(int Count, int Part, int Parts, nint Scratch, nint Partials, ulong Seed, ulong Step, int Phase)
{
    /// <summary>The worker's memory.</summary>
    public float* Memory => (float*)Scratch;

    /// <summary>The memory that parts add up in.</summary>
    public float* Sums => (float*)Partials;
}
