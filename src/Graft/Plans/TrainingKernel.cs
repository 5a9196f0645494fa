using System.Collections.Immutable;

namespace Graft.Plans;

/// <summary>
/// What runs a step of a training plan. Its work is cut into parts that depend on the batch alone, never on the number of threads; each part adds up in its own
/// memory, and what parts added up is added in one fixed order: the same bits on any number of threads.
/// </summary>
internal abstract unsafe class TrainingKernel(ImmutableArray<InputUse> inputs, ActivationBuffer output)
{
    /// <summary>The values that it reads.</summary>
    public ImmutableArray<InputUse> Inputs { get; } = inputs;

    /// <summary>The value that it writes.</summary>
    public ActivationBuffer Output { get; } = output;

    /// <summary>The numbers that a worker needs for itself.</summary>
    public virtual int ScratchFloats => 0;

    /// <summary>Memory of <see cref="BackwardMemoryFloats"/> numbers, there while the backward runs.</summary>
    public float* BackwardMemory { get; set; }

    /// <summary>The numbers that each part needs to add up weight gradients in.</summary>
    public virtual int PartFloats => 0;

    /// <summary>Into how many pieces <see cref="Reduce"/> is cut.</summary>
    public virtual int ReduceChunks => 0;

    /// <summary>Whether the values that it reads and writes may be kept as bfloat16.</summary>
    public virtual bool TakesNarrow => false;

    /// <summary>The numbers that all parts need together from one phase of the backward to the next.</summary>
    /// <param name="batch">The most images of a batch.</param>
    public virtual int BackwardMemoryFloats(int batch) => 0;

    /// <summary>A kernel that does the work of this one and of the only reader of its output, and does not store what is between them; null where there is none.</summary>
    /// <param name="reader">The reader.</param>
    public virtual TrainingKernel? JoinedBy(TrainingKernel reader) => null;

    /// <summary>Whether to compute its output again takes less time than to write and read it, where it is larger than the caches.</summary>
    public virtual bool IsQuickToRepeat => false;

    /// <summary>Into how many parts the work on a batch is cut: whole images.</summary>
    public virtual int Parts(int count) => Division.Parts(count);

    /// <summary>How many times all parts must be done before any may go on.</summary>
    public virtual int Phases(int count) => 1;

    /// <summary>Into how many parts a phase is cut.</summary>
    public virtual int Parts(int count, int phase) => Parts(count);

    /// <summary>Into how many pieces <see cref="Pack"/> is cut.</summary>
    public virtual int PackChunks => 1;

    /// <summary>Takes over weights that changed.</summary>
    /// <param name="chunk">Which piece.</param>
    public virtual void Pack(int chunk)
    {
    }

    /// <summary>Computes a part of the output.</summary>
    public abstract void Forward(in Work work);

    /// <summary>Once after each forward of a training; not where the output is computed again for the backward.</summary>
    /// <param name="count">The images in the batch.</param>
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

    /// <summary>Into how many pieces <see cref="PassOn"/> is cut.</summary>
    public virtual int PassOnChunks => 0;

    /// <summary>Whether its output is large and quickly computed again, so that a plan that saves memory does not keep it.</summary>
    public virtual bool IsCheapToRepeat => false;

    /// <summary>After <see cref="Reduce"/>, hands gradients of what was made of the weights on to the weights.</summary>
    /// <param name="chunk">Which piece.</param>
    public virtual void PassOn(int chunk)
    {
    }

    /// <summary>The images of a part.</summary>
    protected static (int First, int End) Images(in Work work) => Division.Share(work.Count, work.Part, work.Parts);

    /// <summary>A size rounded up so that what follows begins on a 64-byte boundary.</summary>
    public static int Align(int floats) => (floats + 15) / 16 * 16;

    /// <summary>A row length for scratch memory: whole vectors, and no power of two, whose rows would all fall into the same few lines of the cache.</summary>
    public static int Pitch(int channels) => Align(channels) % 128 == 0 ? Align(channels) + 16 : Align(channels);
}
