using Graft.Activations;

namespace Graft.Plans;

/// <summary>
/// An inference kernel whose output falls into units, rows or pixels, each computed by itself: threads share them. An activation that follows is done at the end of each piece.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="units">The number of units.</param>
internal abstract unsafe class UnitKernel(InferenceNode node, int units) : InferenceKernel
{
    // Fewer numbers than this are not worth waking threads for.
    private const int ElementsPerChunk = 1 << 14;

    private readonly int unitFloats = units == 0 ? 0 : (int)(node.Output.Count / units);

    private readonly Epilogue epilogue = node.Epilogue;

    /// <summary>The pixels of a value, which are rows of its channels.</summary>
    public static int Pixels(Tensors.Shape shape) => shape[^1] == 0 ? 0 : (int)(shape.Count / shape[^1]);

    /// <inheritdoc/>
    public sealed override int Chunks(int phase, int threads) => (int)Math.Clamp((long)units * unitFloats / ElementsPerChunk, 1, Math.Min(threads, Math.Max(1, units)));

    /// <inheritdoc/>
    public sealed override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(units, chunk, chunks);
        float** x = stackalloc float*[Inputs.Length];
        for (int i = 0; i < Inputs.Length; i++) x[i] = buffers.Floats(Inputs[i]);
        float* y = buffers.Floats(Output), start = y + ((nint)first * unitFloats);
        Compute(x, y, first, end, scratch);
        if (epilogue.Activation != ActivationFunction.Identity) epilogue.Activation.Run((end - first) * unitFloats, start, start);
    }

    /// <summary>Computes some units.</summary>
    /// <param name="x">The inputs, whole.</param>
    /// <param name="y">The output, whole.</param>
    /// <param name="first">The first unit.</param>
    /// <param name="end">One past the last unit.</param>
    /// <param name="scratch">Memory of this worker.</param>
    protected abstract void Compute(float** x, float* y, int first, int end, float* scratch);
}
