using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Kernels.Convolution;

namespace Graft.Plans;

/// <summary>
/// What runs a step of an inference plan: packed weights, fixed shapes, and how the work on one image is cut. Chunks write different parts of the output and the
/// numbers do not depend on the cut.
/// </summary>
internal abstract unsafe class InferenceKernel
{
    // 1 GB, far more than stays in a cache.
    private const long MostFloats = 1 << 28;

    /// <summary>The numbers of the buffers that it reads.</summary>
    public ImmutableArray<int> Inputs { get; private set; }

    /// <summary>The number of the buffer that it writes.</summary>
    public int Output { get; private set; }

    /// <summary>The number of the buffer that its phases and chunks share, meaningful only when <see cref="SharedFloats"/> is not 0.</summary>
    public int Shared { get; private set; }

    /// <summary>The weights of which each is read once, so that fetching them ahead helps; null if there are none.</summary>
    public virtual PackedPanels? StreamedWeights => null;

    /// <summary>The multiply-adds of its last matrix product, during which <see cref="Far"/> is fetched; 0 if it has none.</summary>
    public virtual long FetchingMultiplyAdds => 0;

    /// <summary>What its last matrix product fetches besides its own weights.</summary>
    public PrefetchedWeights Far { get; set; }

    /// <summary>The size of the memory that phases and chunks share.</summary>
    public virtual int SharedFloats => 0;

    /// <summary>The size of the memory that each worker needs for itself.</summary>
    public virtual int WorkerFloats => 0;

    /// <summary>How many times all chunks must be done before any may go on.</summary>
    public virtual int Phases => 1;

    /// <summary>How many times as many chunks as threads a phase is cut into: more than one only where a chunk would run for long and nobody could stop it.</summary>
    public int Pauses { get; set; } = 1;

    /// <summary>What the numbers that it writes are.</summary>
    public virtual ElementType OutputType => ElementType.Float32;

    /// <summary>Sets the buffers that it works on.</summary>
    public InferenceKernel On(ImmutableArray<int> inputs, int output, int shared)
    {
        (Inputs, Output, Shared) = (inputs, output, shared);
        return this;
    }

    /// <summary>Into how many chunks a phase is cut for a number of threads.</summary>
    public abstract int Chunks(int phase, int threads);

    /// <summary>Does a chunk of a phase.</summary>
    /// <param name="buffers">Where buffers lie.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="chunks">The number of chunks.</param>
    /// <param name="scratch">Memory of this worker.</param>
    public abstract void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch);

    /// <summary>A size rounded up so that what follows begins on a 64-byte boundary.</summary>
    protected static int Align(int floats) => (floats + 15) / 16 * 16;

    /// <summary>The size of memory that a worker needs, where it gets as much.</summary>
    /// <exception cref="NotSupportedException">It does not: the rows of its image are longer than those of any network.</exception>
    protected static int Room(long floats) => floats <= MostFloats
        ? (int)floats
        : throw new NotSupportedException($"needs {floats} numbers of memory to compute a row of its output, and {MostFloats} are the most that it gets. Use a lower resolution or fewer channels.");
}
