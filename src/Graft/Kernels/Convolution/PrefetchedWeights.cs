namespace Graft.Kernels.Convolution;

/// <summary>A piece of the weights of a dense layer to come. A matrix product with many rows before it fetches them meanwhile, because the layer's own product is too short to hide that.</summary>
/// <param name="Start">The address.</param>
/// <param name="Bytes">The size; 0 for nothing.</param>
internal readonly record struct PrefetchedWeights(nint Start, nint Bytes)
{
    /// <summary>The piece of a matrix between two fractions of its size.</summary>
    public static unsafe PrefetchedWeights Piece(PackedPanels panels, double from, double to)
    {
        nint start = (nint)(panels.Bytes * from);
        return new PrefetchedWeights((nint)panels[0].Weights + start, (nint)(panels.Bytes * to) - start);
    }
}
