using Graft.Kernels;

namespace Graft.Plans;

/// <summary>An inference kernel that reads or writes bytes, whose output falls into units, each computed by itself: threads share them.</summary>
/// <param name="node">The node.</param>
/// <param name="units">The number of units.</param>
internal abstract unsafe class ByteUnitKernel(InferenceNode node, int units) : InferenceKernel
{
    // Fewer numbers than this are not worth waking threads for.
    private const int ElementsPerChunk = 1 << 16;

    private readonly long elements = node.Output.Count;

    private readonly Epilogue epilogue = node.Epilogue;

    /// <inheritdoc/>
    public sealed override ElementType OutputType => epilogue.OutputType;

    /// <inheritdoc/>
    public sealed override int Chunks(int phase, int threads) => (int)Math.Clamp(elements / ElementsPerChunk, 1, Math.Min(threads, Math.Max(1, units)));

    /// <inheritdoc/>
    public sealed override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(units, chunk, chunks);
        Compute(buffers, first, end);
    }

    /// <summary>Computes some units.</summary>
    /// <param name="buffers">Where buffers lie.</param>
    /// <param name="first">The first unit.</param>
    /// <param name="end">One past the last unit.</param>
    protected abstract void Compute(BufferTable buffers, int first, int end);
}
