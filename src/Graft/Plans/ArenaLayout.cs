using System.Collections.Immutable;
using Graft.Kernels;

namespace Graft.Plans;

/// <summary>Places buffers in one block of memory so that those alive at the same time do not overlap: largest first, each at the lowest address that is free.</summary>
internal static class ArenaLayout
{
    private const long MostBytes = 1L << 33;

    // Kernels for whole vectors may read, never use, what lies behind a buffer.
    private const int Line = 64;

    /// <summary>A buffer: its size, and the first and last step that need it.</summary>
    public readonly record struct Buffer(long Bytes, int First, int Last)
    {
        /// <summary>A buffer of a number of elements of a type.</summary>
        public static Buffer Of(ElementType type, long elements, int first, int last) => new(elements * type.Bytes, first, last);
    }

    /// <summary>The offset of each buffer in bytes, a multiple of 64, and the size of the block.</summary>
    /// <exception cref="OverflowException">They take more than 8 GB.</exception>
    public static (ImmutableArray<long> Offsets, long Bytes) Place(IReadOnlyList<Buffer> buffers)
    {
        long[] offsets = new long[buffers.Count];
        int[] order = [.. Enumerable.Range(0, buffers.Count)];
        Array.Sort(order, (a, b) => buffers[a].Bytes != buffers[b].Bytes ? buffers[b].Bytes.CompareTo(buffers[a].Bytes) : a.CompareTo(b));

        // In the order of their addresses.
        List<int> placed = [];
        long total = 0;
        foreach (int index in order)
        {
            Buffer buffer = buffers[index];
            long offset = 0;
            foreach (int other in placed)
            {
                if (buffers[other].First > buffer.Last || buffer.First > buffers[other].Last) continue;
                if (offset + Size(buffer) <= offsets[other]) break;
                offset = Math.Max(offset, offsets[other] + Size(buffers[other]));
            }

            offsets[index] = offset;
            int place = placed.FindIndex(other => offsets[other] > offset);
            placed.Insert(place < 0 ? placed.Count : place, index);
            total = Math.Max(total, offset + Size(buffer));
            if (total > MostBytes) throw new OverflowException("The buffers take more than 8 GB.");
        }

        return ([.. offsets], total);
    }

    private static long Size(Buffer buffer) => (buffer.Bytes + Line + Line - 1) / Line * Line;
}
