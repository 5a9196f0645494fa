namespace Graft.Training.Optimizers;

/// <summary>A stretch of a tensor.</summary>
/// <param name="Tensor">The index of the tensor.</param>
/// <param name="Start">The first element.</param>
/// <param name="Count">The number of elements.</param>
internal readonly record struct Piece(int Tensor, int Start, int Count);

/// <summary>
/// Cuts tensors into pieces and collects the pieces in chunks of about the same size for threads to take. Both depend on the lengths alone, so sums that are kept by the piece
/// and added in their order have the same bits on any number of threads.
/// </summary>
internal sealed class WeightChunks
{
    // Three arrays of this length lie in a second-level cache; a multiple of every vector's lanes.
    private const int Size = 1 << 15;

    private readonly Piece[] pieces;
    private readonly int[] starts;

    /// <summary>Cuts tensors of the lengths given.</summary>
    public WeightChunks(IEnumerable<int> lengths)
    {
        List<Piece> cut = [];
        List<int> begins = [0];
        int tensor = 0, filled = 0;
        foreach (int length in lengths)
        {
            for (int start = 0; start < length; start += Size)
            {
                int count = Math.Min(Size, length - start);
                if (filled > 0 && filled + count > Size)
                {
                    begins.Add(cut.Count);
                    filled = 0;
                }

                cut.Add(new(tensor, start, count));
                filled += count;
            }

            tensor++;
        }

        begins.Add(cut.Count);
        (pieces, starts) = ([.. cut], [.. begins]);
    }

    /// <summary>The number of chunks.</summary>
    public int Count => starts.Length - 1;

    /// <summary>All pieces, by tensor and start.</summary>
    public ReadOnlySpan<Piece> Pieces => pieces;

    /// <summary>The indices of the pieces of a chunk.</summary>
    public Range this[int chunk] => starts[chunk]..starts[chunk + 1];
}
